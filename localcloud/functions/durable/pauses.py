"""Pausing and resuming an execution: operations go on to their ends, the function is not invoked."""

from __future__ import annotations

from localcloud.functions.durable.documents import pause_details, seconds
from localcloud.functions.durable.errors import ExecutionConflict
from localcloud.functions.durable.execution import LONGEST, Execution
from localcloud.functions.durable.model import Document


def pause(execution: Execution, now: float, reason: str | None, *, timeout: bool) -> None:
    """Pause at once, or at the next checkpoint of the invocation under way.

    Raises
    ------
    ExecutionConflict
        It is paused already, or has ended.
    """
    if execution.status != "RUNNING":
        raise ExecutionConflict(f"The durable execution is {execution.status}: it cannot be paused.")
    execution.paused = now, reason, timeout
    execution.status = "PAUSING"
    if not execution.invoking:
        stand_still(execution, now)


def stand_still(execution: Execution, now: float) -> None:
    """Go from PAUSING to PAUSED."""
    assert execution.paused is not None
    requested, reason, timeout = execution.paused
    execution.status = "PAUSED"
    if timeout:
        execution.remaining = execution.deadline - now
        execution.deadline = execution.started + LONGEST
    details = pause_details((requested, None, timeout))
    if reason is not None:
        details["Reason"] = {"Payload": reason, "Truncated": False}
    execution.note("ExecutionPaused", now, None, details)


def resume(execution: Execution, now: float, reason: str | None) -> None:
    """Go on, or take back a pause that has not come into effect.

    Raises
    ------
    ExecutionConflict
        It is not paused.
    """
    if execution.status not in ("PAUSED", "PAUSING"):
        raise ExecutionConflict(f"The durable execution is {execution.status}: it cannot be resumed.")
    if execution.status == "PAUSED":
        details: Document = {"ResumeRequestTimestamp": seconds(now)}
        if reason is not None:
            details["Reason"] = {"Payload": reason, "Truncated": False}
        execution.note("ExecutionResumed", now, None, details)
        if execution.remaining is not None:
            execution.deadline = min(now + execution.remaining, execution.started + LONGEST)
            execution.remaining = None
    execution.status, execution.paused = "RUNNING", None
