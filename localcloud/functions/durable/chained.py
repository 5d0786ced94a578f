"""Chained invocations: functions that an execution has invoked for it, durable ones and others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.model import (
    DurableOperation,
    ErrorObject,
    InvocationTarget,
    Update,
    error_object,
)
from localcloud.functions.durable.naming import execution_arn
from localcloud.functions.durable.parts import Attempt, Executions, FunctionDirectory
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound, FunctionsError, TooManyRequests
from localcloud.functions.model import new_request_id
from localcloud.functions.registry import FunctionReference, parse_reference

# An invocation that is about to suspend does so first: on AWS the queue between them takes longer.
PATIENCE: Final = 0.1


class Chained:
    """Starts them, and hands their ends to their callers."""

    def __init__(
        self,
        executions: Executions,
        functions: FunctionDirectory,
        attempt: Attempt,
    ) -> None:
        self._executions = executions
        self._functions = functions
        self._attempt = attempt
        self._started: set[tuple[str, str]] = set()

    async def targets(self, execution: Execution, updates: Sequence[Update]) -> dict[str, InvocationTarget]:
        """Return what the chained invocations of a checkpoint are going to invoke, by operation."""
        starts = [update for update in updates if (update.type, update.action) == ("CHAINED_INVOKE", "START")]
        caller = FunctionReference(execution.function, execution.version)
        return {start.id: await self._target(caller, start.function) for start in starts}

    async def _target(self, caller: FunctionReference, name: str) -> InvocationTarget:
        try:
            function = await self._functions.find(parse_reference(name))
        except FunctionNotFound as error:
            return InvocationTarget(error=error_object("ResourceNotFoundException", str(error)))
        refusal = await self._functions.refusal(caller, function)
        if refusal is not None:
            return InvocationTarget(function.version, error=error_object("AccessDeniedException", refusal))
        if function.durable is None:
            return InvocationTarget(function.version)
        if not function.qualifier:
            words = "You cannot invoke a durable function using an unqualified ARN."
            return InvocationTarget(
                function.version, error=error_object("InvalidParameterValueException", words)
            )
        return InvocationTarget(function.version, execution_arn(function))

    def later(self, execution: Execution) -> None:
        """Start soon what a checkpoint asked for."""
        if self._outstanding(execution):
            asyncio.get_running_loop().call_later(PATIENCE, self.begin, execution)

    def begin(self, execution: Execution) -> None:
        """Start what is still to be started, unless the execution has ended."""
        for operation in self._outstanding(execution):
            self._started.add((execution.arn, operation.id))
            self._executions.keep(self._run(execution, operation))

    def resume(self, execution: Execution) -> None:
        """Take up the chained invocations of an earlier run: those whose executions ended meanwhile."""
        for operation in self._outstanding(execution):
            child = self._executions.get(operation.child_arn or "")
            if child is None:
                continue
            self._started.add((execution.arn, operation.id))
            if not child.live:
                self.ended((execution.arn, operation.id), child, execution)
        self.begin(execution)

    def _outstanding(self, execution: Execution) -> list[DurableOperation]:
        if not execution.live or not execution.open:
            return []
        return [
            operation
            for operation in execution.opened()
            if operation.type == "CHAINED_INVOKE" and (execution.arn, operation.id) not in self._started
        ]

    async def _run(self, execution: Execution, operation: DurableOperation) -> None:
        payload = "{}" if operation.payload is None else operation.payload
        own = (execution.arn, operation.id)
        failures = 0
        while True:
            try:
                function = await self._functions.find(parse_reference(operation.function))
                if operation.child_arn is not None:
                    name = operation.child_arn.split("/")[-2]
                    self._executions.start(function, payload, name, arn=operation.child_arn, caller=own)
                    return
                result = await self._attempt(function, payload.encode(), new_request_id())
            except (EngineUnavailable, TooManyRequests):
                failures += 1
                await asyncio.sleep(min(60.0, 2.0 ** min(failures, 6)))
                continue
            except FunctionsError as error:
                self._end(execution, operation, error=error_object("ResourceNotFoundException", str(error)))
                return
            break
        if result.function_error is None:
            self._end(execution, operation, result=result.payload.decode("utf-8", "replace"))
        else:
            self._end(execution, operation, error=_error_of(result.payload))

    def ended(self, caller: tuple[str, str], child: Execution, parent: Execution | None = None) -> None:
        """Hand the end of a durable one to its caller."""
        if parent is None:
            parent = self._executions.get(caller[0])
        if parent is None or not parent.live:
            return
        operation = parent.operations[caller[1]]
        self._started.discard(caller)
        if not operation.open:
            return
        now = self._executions.now()
        if child.status == "SUCCEEDED":
            parent.end_operation(operation, "SUCCEEDED", now, result=child.result, external=True)
        else:
            status = child.status if child.status in ("TIMED_OUT", "STOPPED") else "FAILED"
            error = child.error or error_object("Unhandled", "The chained execution failed.")
            parent.end_operation(operation, status, now, error=error, external=True)
        self._executions.moved(parent)

    def _end(
        self,
        execution: Execution,
        operation: DurableOperation,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
    ) -> None:
        self._started.discard((execution.arn, operation.id))
        if not execution.live or not operation.open:
            return
        status: str = "SUCCEEDED" if error is None else "FAILED"
        now = self._executions.now()
        if status == "SUCCEEDED":
            execution.end_operation(operation, "SUCCEEDED", now, result=result, external=True)
        else:
            execution.end_operation(operation, "FAILED", now, error=error, external=True)
        self._executions.moved(execution)


def _error_of(payload: bytes) -> ErrorObject:
    try:
        document = json.loads(payload)
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    return error_object(
        str(document.get("errorType") or "Unhandled"), str(document.get("errorMessage") or "")
    )
