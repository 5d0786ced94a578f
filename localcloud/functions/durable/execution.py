"""One durable execution: its operations, its history, and what may happen to it next.

It knows no clock and runs nothing: every method takes the time, and leaves in ``external`` what the
function has not received, in ``unsaved`` what is not written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from localcloud.functions.durable.model import (
    LIVE,
    Document,
    DurableOperation,
    ErrorObject,
    Event,
    ExecutionStatus,
    OperationStatus,
    error_object,
)
from localcloud.functions.model import JSON, DurableConfig

_NAMES: Final = {
    "EXECUTION": "Execution",
    "CONTEXT": "Context",
    "STEP": "Step",
    "WAIT": "Wait",
    "CALLBACK": "Callback",
    "CHAINED_INVOKE": "ChainedInvoke",
}
_ENDS: Final = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "TIMED_OUT": "TimedOut",
    "STOPPED": "Stopped",
    "CANCELLED": "Cancelled",
}
# A pause prolongs an execution by at most this: AWS ends it 366 days after its start.
LONGEST: Final = 366 * 86_400


@dataclass(slots=True, eq=False)
class Execution:
    """An execution's state.

    Attributes
    ----------
    due
        Whether the function is to be invoked: at the start, after a crash, after a change.
    external
        Operations that changed outside of checkpoints since the invocation began.
    unseen
        Operations that changed since the last checkpoint was answered.
    generation, serial
        What forms the valid checkpoint token: one more with each invocation, and each checkpoint.
    failures
        Invocations in a row that ended without an envelope.
    paused
        The request of a pause under way: when, why, and whether the timeout stands still.
    remaining
        Seconds of the timeout that were left when it stood still.
    caller
        The execution and the operation whose chained invocation this is.
    trace
        Its caller's X-Ray header; its invocations belong to that trace.
    reported
        Whether its end is not reported: destinations and dead letters receive that of an ``Event``.
    """

    arn: str
    name: str
    id: str
    function: str
    version: str
    function_arn: str
    input: str
    started: float
    config: DurableConfig
    status: ExecutionStatus = "RUNNING"
    ended: float | None = None
    result: str | None = None
    error: ErrorObject | None = None
    operations: dict[str, DurableOperation] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    deadline: float = 0.0
    generation: int = 0
    serial: int = 0
    failures: int = 0
    due: bool = True
    invoking: bool = False
    paused: tuple[float, str | None, bool] | None = None
    remaining: float | None = None
    caller: tuple[str, str] | None = None
    reported: bool = True
    trace: str = ""
    external: dict[str, None] = field(default_factory=dict)
    unseen: dict[str, None] = field(default_factory=dict)
    open: dict[str, None] = field(default_factory=dict)
    unsaved: dict[str, None] = field(default_factory=dict)
    saved_events: int = 0

    def begin(self) -> None:
        """Start: the EXECUTION operation and the first event."""
        self.deadline = self.started + self.config.execution_timeout
        own = DurableOperation(self.id, "EXECUTION", self.started, name=self.name, payload=self.input)
        self.operations[self.id] = own
        self.unsaved[self.id] = None
        details: Document = {
            "Input": payload_of(self.input),
            "ExecutionTimeout": self.config.execution_timeout,
        }
        self.note("ExecutionStarted", self.started, own, details)

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.status in LIVE

    @property
    def next_due(self) -> float:
        """When something happens by itself."""
        assert self.live
        due = [self.deadline]
        for operation in self.opened():
            due += [at for at in (operation.due, operation.heartbeat_due) if at is not None]
        return min(due)

    def opened(self) -> Iterator[DurableOperation]:
        """Yield the operations that have not ended."""
        return (self.operations[key] for key in self.open)

    def note(self, kind: str, at: float, operation: DurableOperation | None, details: Document) -> None:
        """Add an event to the history."""
        key = None if operation is None else operation.id
        self.events.append(Event(len(self.events) + 1, kind, at, key, details))

    def changed(self, operation: DurableOperation, *, external: bool = False) -> None:
        """Take note of a changed operation."""
        key = operation.id
        self.unseen[key] = self.unsaved[key] = None
        if operation.open and operation.type != "EXECUTION":
            self.open[key] = None
        else:
            self.open.pop(key, None)
        if external:
            self.external[key] = None
            self.due = True

    def end_operation(
        self,
        operation: DurableOperation,
        status: OperationStatus,
        at: float,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
        external: bool = False,
        details: Document | None = None,
    ) -> None:
        """End an operation, with its event where AWS has one."""
        operation.status, operation.ended = status, at
        operation.result, operation.error = result, error
        operation.due = operation.heartbeat_due = None
        kind = _NAMES[operation.type] + _ENDS[status]
        if details is None:
            details = {"Result": payload_of(result)} if status == "SUCCEEDED" else {"Error": error_of(error)}
        if status != "CANCELLED" or operation.type == "WAIT":
            self.note(kind, at, operation, details)
        self.changed(operation, external=external)

    def settle(self, now: float) -> None:
        """Let everything happen that is due, in the order in which it was."""
        while self.live:
            due, operation = self._first_due()
            if due > now:
                return
            if operation is None:
                timeout = error_object("Execution.TimedOut", "Execution timed out")
                self.finish("TIMED_OUT", now, error=timeout)
            elif operation.type == "WAIT":
                seconds: Document = {"Duration": operation.seconds}
                self.end_operation(operation, "SUCCEEDED", now, external=True, details=seconds)
            elif operation.type == "STEP":
                operation.status, operation.due = "READY", None
                self.changed(operation, external=True)
            else:
                heartbeat = operation.heartbeat_due is not None and operation.heartbeat_due <= due
                kind = "Callback.Heartbeat" if heartbeat else "Callback.Timeout"
                words = "Callback heartbeat timed out" if heartbeat else "Callback timed out"
                error = error_object(kind, words)
                self.end_operation(operation, "TIMED_OUT", now, error=error, external=True)

    def _first_due(self) -> tuple[float, DurableOperation | None]:
        first: tuple[float, DurableOperation | None] = (self.deadline, None)
        for operation in self.opened():
            for at in (operation.due, operation.heartbeat_due):
                if at is not None and at < first[0]:
                    first = (at, operation)
        return first

    def finish(
        self,
        status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"],
        now: float,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
    ) -> None:
        """End the execution. No timer of it runs on."""
        self.status, self.ended, self.result, self.error = status, now, result, error
        self.due, self.paused = False, None
        own = self.operations[self.id]
        own.status, own.ended = status, now
        details: Document = (
            {"Result": payload_of(result)} if status == "SUCCEEDED" else {"Error": error_of(error)}
        )
        self.note("Execution" + _ENDS[status], now, own, details)
        self.changed(own)
        self.open.clear()


def payload_of(text: str | None) -> Document:
    """Return an event's EventInput or EventResult."""
    return {"Truncated": False} if text is None else {"Payload": text, "Truncated": False}


def error_of(error: ErrorObject | None) -> dict[str, JSON]:
    """Return an event's EventError."""
    return {"Payload": dict(error or {}), "Truncated": False}
