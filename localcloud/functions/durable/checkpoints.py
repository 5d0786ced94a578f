"""Checkpoints and the state of replays: what a running function asks of its execution."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from localcloud.clock import MovableClock
from localcloud.functions.durable import invocations, reading, updates
from localcloud.functions.durable.chained import Chained
from localcloud.functions.durable.documents import operation_document, page, replayed, seconds
from localcloud.functions.durable.errors import InvalidParameter
from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.model import Document, DurableOperation
from localcloud.functions.durable.parts import Executions
from localcloud.functions.durable.pauses import stand_still
from localcloud.functions.durable.tokens import checkpoint_token, new_callback_id
from localcloud.functions.model import JSON


class Checkpoints:
    """Applies checkpoints, one after the other: each takes the token that the one before has given.

    Attributes
    ----------
    callbacks
        The callbacks of all executions, by their ids.
    """

    def __init__(self, executions: Executions, chained: Chained, clock: MovableClock) -> None:
        self._executions = executions
        self._chained = chained
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._answers: dict[str, tuple[str, str, Document]] = {}
        self.callbacks: dict[str, tuple[Execution, DurableOperation]] = {}

    def token(self, execution: Execution) -> str:
        """Return the token that the next checkpoint needs."""
        return checkpoint_token(self._secret, execution.arn, execution.generation, execution.serial)

    def register(self, execution: Execution, keys: Iterable[str]) -> None:
        """Make the callbacks among some operations known."""
        for operation in (execution.operations[key] for key in keys):
            if operation.callback_id is not None:
                self.callbacks[operation.callback_id] = (execution, operation)

    def close(self, execution: Execution) -> None:
        """Forget the last answer: the invocation that might ask for it again has ended."""
        self._answers.pop(execution.arn, None)

    def forget(self, execution: Execution) -> None:
        """Forget an execution."""
        self.close(execution)
        for operation in execution.operations.values():
            if operation.callback_id is not None:
                self.callbacks.pop(operation.callback_id, None)

    async def checkpoint(self, arn: str, token: str, client_token: str, value: JSON) -> Document:
        """Apply a checkpoint's updates, all or none, and return its answer.

        Raises
        ------
        InvalidParameter
            An update is not allowed, or the token is not the latest.
        """
        execution = self._executions.get(arn)
        if execution is None:
            raise InvalidParameter(f"Invalid durable execution ARN: {arn}")
        previous = self._answers.get(arn)
        if client_token and previous is not None and previous[:2] == (token, client_token):
            return previous[2]
        changes = reading.updates_of(value)
        targets = await self._chained.targets(execution, changes)
        now = self._clock.now()
        execution.settle(now)
        if token != self.token(execution) or not execution.invoking:
            raise InvalidParameter("Invalid Checkpoint Token")
        if execution.live:
            updates.check(execution, changes)
            started = [
                change.id for change in changes if (change.type, change.action) == ("CALLBACK", "START")
            ]
            updates.apply(
                execution, changes, now, targets, {key: new_callback_id(execution.arn) for key in started}
            )
            self.register(execution, started)
        execution.serial += 1
        if execution.status == "PAUSING":
            stand_still(execution, now)
            execution.due = True
        answer = self._answer(execution)
        self._answers[arn] = (token, client_token, answer)
        self._executions.moved(execution)
        self._chained.later(execution)
        return answer

    def _answer(self, execution: Execution) -> Document:
        changed = [execution.operations[key] for key in execution.unseen if key != execution.id]
        documents, count = page(
            (operation_document(operation, seconds) for operation in changed), invocations.PAGE
        )
        state: Document = {"Operations": documents}
        if count < len(changed):
            state["NextMarker"] = f"{invocations.STATE_MARKER}0"
        execution.unseen.clear()
        if execution.status != "RUNNING":
            return {"NewExecutionState": state}  # no token: nothing can be recorded any more
        return {"CheckpointToken": self.token(execution), "NewExecutionState": state}

    def state(self, arn: str, token: str, marker: str, size: int) -> Document:
        """Return a page of what a replay is given."""
        execution = self._executions.get(arn)
        if execution is None:
            raise InvalidParameter(f"Invalid durable execution ARN: {arn}")
        if token != self.token(execution):
            raise InvalidParameter("Invalid Checkpoint Token")
        first = reading.offset(marker, invocations.STATE_MARKER)
        operations = replayed(execution)[first:]
        documents, count = page((operation_document(operation, seconds) for operation in operations), size)
        answer: Document = {"Operations": documents}
        if count < len(operations):
            answer["NextMarker"] = f"{invocations.STATE_MARKER}{first + count}"
        return answer
