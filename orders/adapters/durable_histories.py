"""What Lambda keeps of durable orders' executions, beside Step Functions' of the others.

What may hold payloads or callbacks is dropped right here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from orders.adapters.durable_functions import DurableOrders
from orders.errors import TraceThrottled
from orders.model import OrderId, timestamp
from orders.tracing.durable import DurableExecution, OperationEvent
from orders.tracing.model import ExecutionOutcome

if TYPE_CHECKING:
    from orders.adapters.execution_histories import StepFunctionsHistories
    from orders.origins import Workflow
    from orders.tracing.definition import Definition
    from orders.tracing.reading import Execution

PAGE: Final = 1000
_KINDS: Final = ("Step", "Wait", "Context", "Callback")
_PHASES: Final = ("Started", "Succeeded", "Failed", "TimedOut", "Cancelled")
_OUTCOMES: Final = {
    "RUNNING": ExecutionOutcome.RUNNING,
    "SUCCEEDED": ExecutionOutcome.SUCCEEDED,
    "FAILED": ExecutionOutcome.FAILED,
    "TIMED_OUT": ExecutionOutcome.TIMED_OUT,
    "STOPPED": ExecutionOutcome.ABORTED,
}


class EveryHistory:
    """Histories of the workflow's executions, and of the durable function's."""

    def __init__(self, machines: StepFunctionsHistories, functions: DurableOrders) -> None:
        self._machines = machines
        self._functions = functions

    def standard(self, order_id: OrderId) -> Execution | None:
        """Return the order's Standard execution."""
        return self._machines.standard(order_id)

    def definition(self, workflow: Workflow) -> Definition:
        """Return a state machine's definition as it is now."""
        return self._machines.definition(workflow)

    def durable(self, order_id: OrderId) -> DurableExecution | None:
        """Return the order's durable executions as one; None when there is none (any more)."""
        try:
            executions = self._functions.executions(order_id)
            if not executions:
                return None
            last, error = executions[-1], None
            if last["Status"] not in {"RUNNING", "SUCCEEDED"}:
                error = self._functions.error_of(last).kind or None
            arns = [execution["DurableExecutionArn"] for execution in executions]
            events = tuple(event for arn in arns for event in self._events(arn))
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] == "TooManyRequestsException":
                raise TraceThrottled from refusal
            raise
        ended = last.get("EndTimestamp")
        return DurableExecution(
            outcome=_OUTCOMES.get(last["Status"], ExecutionOutcome.RUNNING),
            started_at=timestamp(executions[0]["StartTimestamp"]),
            ended_at=None if ended is None else timestamp(ended),
            redrives=len(executions) - 1,
            error=error,
            events=events,
        )

    def _events(self, arn: str) -> Iterator[OperationEvent]:
        client = self._functions.client()
        query: dict[str, Any] = {"DurableExecutionArn": arn, "IncludeExecutionData": False, "MaxItems": PAGE}
        while True:
            page = client.get_durable_execution_history(**query)
            for event in page["Events"]:
                if (read := to_event(event, arn)) is not None:
                    yield read
            if not page.get("NextMarker"):
                return
            query["Marker"] = page["NextMarker"]


def to_event(event: Mapping[str, Any], arn: str) -> OperationEvent | None:
    """Return as much of an event as a trace may hold; None of what is no operation with a name.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 30, 18, 0, 0, 123000, tzinfo=UTC)
    >>> failed = {"Error": {"Payload": {"ErrorType": "a.b.Contended", "ErrorMessage": "for nobody"}},
    ...           "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 2}}
    >>> event = to_event({"EventType": "StepFailed", "Id": "7", "Name": "MarkPacked", "EventTimestamp": at,
    ...                   "StepFailedDetails": failed}, "arn")
    >>> event.phase, event.tried_again, event.error
    ('Failed', True, 'Contended')
    """
    kind = str(event["EventType"])
    phase = next((phase for phase in _PHASES if kind.endswith(phase)), "")
    name = event.get("Name")
    if not name or kind.removesuffix(phase) not in _KINDS:
        return None
    details = event.get(f"{kind}Details") or {}
    error = ((details.get("Error") or {}).get("Payload") or {}).get("ErrorType")
    delay = (details.get("RetryDetails") or {}).get("NextAttemptDelaySeconds")
    return OperationEvent(
        key=f"{arn}#{event.get('Id', '')}",
        name=name,
        phase=phase,
        at=timestamp(event["EventTimestamp"]),
        tried_again=phase == "Failed" and delay is not None,
        error=None if error is None else str(error).rpartition(".")[2],
    )
