"""AWS's SDK of durable functions without Lambda: the service in memory, and a driver that invokes a handler.

Time passes at once: what a handler waits for is over when it is invoked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, cast

from aws_durable_execution_sdk_python.execution import (
    DurableExecutionInvocationInputWithClient,
    InitialExecutionState,
)
from aws_durable_execution_sdk_python.lambda_service import (
    CallbackDetails,
    CheckpointOutput,
    CheckpointUpdatedExecutionState,
    ContextDetails,
    ExecutionDetails,
    Operation,
    OperationAction,
    OperationStatus,
    OperationType,
    OperationUpdate,
    StateOutput,
    StepDetails,
)

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:run-order:1/durable-execution"
_RUNS_MOST = 60
_STATUS = {
    OperationAction.START: OperationStatus.STARTED,
    OperationAction.SUCCEED: OperationStatus.SUCCEEDED,
    OperationAction.FAIL: OperationStatus.FAILED,
    OperationAction.RETRY: OperationStatus.PENDING,
}


class Killed(Exception):
    """The function's process dies."""


@dataclass
class DurableRun:
    """One execution of an order.

    Attributes
    ----------
    names
        The operations that were begun, in their order.
    timing_out
        Whether callbacks run out of time; else anyone with the id answers them.
    on_suspend
        Called whenever the handler has suspended.
    dies_after
        The name of a step after whose work the process dies, before it is checkpointed; once.
    """

    order_id: str
    name: str = ""
    timing_out: bool = False
    on_suspend: Callable[[], object] = lambda: None
    dies_after: str = ""
    names: list[str] = field(default_factory=list)
    operations: dict[str, Operation] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    invocations: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def arn(self) -> str:
        return f"{ARN}/{self.name or self.order_id}/0b9a8f7e"

    def drive(self, handler: Callable[[Any, Any], Any], context: object, **event: str) -> dict[str, Any]:
        """Invoke the handler until it ends, and return what it answers at last."""
        payload = json.dumps({"orderId": self.order_id, **event})
        key = self.arn.rpartition("/")[2]  # the SDK looks for the execution's own operation by it
        self.operations[key] = Operation(
            key,
            OperationType.EXECUTION,
            OperationStatus.STARTED,
            execution_details=ExecutionDetails(payload),
        )
        while self.invocations < _RUNS_MOST:
            self.invocations += 1
            invocation = DurableExecutionInvocationInputWithClient(
                durable_execution_arn=self.arn,
                checkpoint_token="token",
                initial_execution_state=InitialExecutionState(list(self.operations.values()), ""),
                service_client=cast("Any", self),
            )
            try:
                self.answer = handler(invocation, context)
            except Killed:
                continue
            if self.answer["Status"] != "PENDING":
                return self.answer
            self.on_suspend()
            self._let_time_pass()
        raise AssertionError(f"it does not end: {self.names}")

    def checkpoint(
        self,
        durable_execution_arn: str,
        checkpoint_token: str,
        updates: list[OperationUpdate],
        client_token: str | None,
    ) -> CheckpointOutput:
        """Take updates, as Lambda does."""
        with self._lock:
            changed = [self._apply(update) for update in updates]
        return CheckpointOutput("token", CheckpointUpdatedExecutionState(changed))

    def get_execution_state(self, *_: object, **__: object) -> StateOutput:
        """Return nothing more: a handler is given all operations."""
        return StateOutput()

    def succeed(self, callback_id: str) -> None:
        """Answer a callback, as SendDurableExecutionCallbackSuccess does."""
        operation = self.operations[callback_id]
        if operation.status is OperationStatus.STARTED:
            self.operations[callback_id] = replace(operation, status=OperationStatus.SUCCEEDED)

    def _apply(self, update: OperationUpdate) -> Operation:
        if update.name == self.dies_after and update.action is OperationAction.SUCCEED:
            self.dies_after = ""
            raise Killed
        before = self.operations.get(update.operation_id)
        if before is None and update.name:
            self.names.append(update.name)
        operation = Operation(
            update.operation_id,
            update.operation_type,
            _STATUS[update.action],
            parent_id=update.parent_id,
            name=update.name,
            sub_type=update.sub_type,
        )
        match update.operation_type:
            case OperationType.STEP:
                tries = 0 if before is None or before.step_details is None else before.step_details.attempt
                if update.action is not OperationAction.START:
                    tries += 1
                details = StepDetails(tries, result=update.payload, error=update.error)
                operation = replace(operation, step_details=details)
            case OperationType.CONTEXT:
                replays = update.context_options.replay_children if update.context_options else False
                context = ContextDetails(replays, update.payload, update.error)
                operation = replace(operation, context_details=context)
            case OperationType.CALLBACK:
                operation = replace(operation, callback_details=CallbackDetails(update.operation_id))
        self.operations[update.operation_id] = operation
        return operation

    def _let_time_pass(self) -> None:
        for key, operation in self.operations.items():
            status = operation.status
            match operation.operation_type:
                case OperationType.WAIT:
                    status = OperationStatus.SUCCEEDED
                case OperationType.STEP if status is OperationStatus.PENDING:
                    status = OperationStatus.READY
                case OperationType.CALLBACK if status is OperationStatus.STARTED and self.timing_out:
                    status = OperationStatus.TIMED_OUT
            self.operations[key] = replace(operation, status=status)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the SDK's own log of failures, which tests cause, out of what is printed."""
    import logging

    logger = logging.getLogger("aws_durable_execution_sdk_python")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
