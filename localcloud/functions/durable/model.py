"""The values of durable executions: operations, events, updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from localcloud.functions.model import JSON

Document = dict[str, JSON]
ErrorObject = dict[str, JSON]

OperationType = Literal["EXECUTION", "CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE"]
Action = Literal["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"]
OperationStatus = Literal[
    "STARTED", "PENDING", "READY", "SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"
]
ExecutionStatus = Literal[
    "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "DELETING", "PAUSING", "PAUSED"
]
EXECUTION_STATUSES: Final = frozenset(
    ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "DELETING", "PAUSING", "PAUSED")
)
OPEN: Final = frozenset(("STARTED", "PENDING", "READY"))
"""The statuses of operations that have not ended."""
LIVE: Final = frozenset(("RUNNING", "PAUSING", "PAUSED"))
"""The statuses of executions that have not ended."""


@dataclass(slots=True)
class DurableOperation:
    """One operation of an execution. Times are seconds since 1970.

    Attributes
    ----------
    due
        When a wait ends, a step may be tried again, or a callback expires.
    heartbeat_due
        When a callback expires unless it has a sign of life.
    attempt
        How many attempts of a step have ended.
    seconds
        How long a wait or a step's delay takes; a callback's time limit.
    child_arn
        The execution that a chained invocation started.
    """

    id: str
    type: OperationType
    started: float
    status: OperationStatus = "STARTED"
    parent: str | None = None
    name: str | None = None
    sub_type: str | None = None
    ended: float | None = None
    payload: str | None = None
    result: str | None = None
    error: ErrorObject | None = None
    attempt: int = 0
    seconds: int = 0
    due: float | None = None
    heartbeat: int = 0
    heartbeat_due: float | None = None
    callback_id: str | None = None
    replay_children: bool = False
    function: str = ""
    tenant: str | None = None
    child_arn: str | None = None

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN


@dataclass(slots=True)
class Event:
    """One event of a history; the operation's own fields are read from it when they are asked for."""

    number: int
    type: str
    at: float
    operation: str | None
    details: Document


@dataclass(frozen=True)
class Update:
    """One of a checkpoint's updates."""

    id: str
    type: OperationType
    action: Action
    parent: str | None = None
    name: str | None = None
    sub_type: str | None = None
    payload: str | None = None
    error: ErrorObject | None = None
    replay_children: bool = False
    delay: int | None = None
    wait: int | None = None
    timeout: int = 0
    heartbeat: int = 0
    function: str = ""
    tenant: str | None = None


@dataclass(frozen=True)
class InvocationTarget:
    """What a chained invocation invokes: resolved before the checkpoint is applied.

    Attributes
    ----------
    error
        Why it cannot be invoked.
    arn
        The execution that it is going to start; None for a function that is not durable.
    """

    version: str = "$LATEST"
    arn: str | None = None
    error: ErrorObject | None = None


Targets = Mapping[str, InvocationTarget]


def error_object(kind: str, message: str) -> ErrorObject:
    """Return an ErrorObject of the service's own."""
    return {"ErrorType": kind, "ErrorMessage": message}
