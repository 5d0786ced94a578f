"""`Executions` on Step Functions' API. What may hold payloads or tokens is dropped right here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from orders.errors import TraceThrottled
from orders.model import OrderId, timestamp
from orders.origins import Workflow
from orders.tracing.definition import Definition
from orders.tracing.model import Event, ExecutionOutcome
from orders.tracing.reading import Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

PAGE = 1000
LONGEST_NAME = 256
"""Of an error: a Fail state may compute the name that it fails by."""


class StepFunctionsHistories:
    """Reads executions of the Standard state machine, and both machines' definitions."""

    def __init__(self, client: SFNClient, standard_arn: str, express_arn: str) -> None:
        self._client = client
        self._machines = {Workflow.STANDARD: standard_arn, Workflow.EXPRESS: express_arn}

    def standard(self, order_id: OrderId) -> Execution | None:
        """Return the execution that is named by the order."""
        machine = self._machines[Workflow.STANDARD]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{order_id}"
        try:
            with _throttled():
                described = self._client.describe_execution(executionArn=arn)
                definition = self._client.describe_state_machine_for_execution(executionArn=arn)["definition"]
                events = tuple(self._events(arn))
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        status, stopped = described["status"], described.get("stopDate")
        return Execution(
            outcome=ExecutionOutcome.FAILED if status == "PENDING_REDRIVE" else ExecutionOutcome(status),
            started_at=timestamp(described["startDate"]),
            ended_at=None if stopped is None else timestamp(stopped),
            redrives=described.get("redriveCount", 0),
            error=_name(described.get("error")),
            definition=json.loads(definition),
            events=events,
        )

    def definition(self, workflow: Workflow) -> Definition:
        """Return a state machine's definition as it is now."""
        with _throttled():
            machine = self._client.describe_state_machine(stateMachineArn=self._machines[workflow])
        definition: Definition = json.loads(machine["definition"])
        return definition

    def _events(self, arn: str) -> Iterator[Event]:
        query: dict[str, Any] = {"executionArn": arn, "maxResults": PAGE, "includeExecutionData": False}
        while True:
            page = self._client.get_execution_history(**query)
            for event in page["events"]:
                yield to_event(event)
            if "nextToken" not in page:
                return
            query["nextToken"] = page["nextToken"]


def to_event(event: Mapping[str, Any]) -> Event:
    """Return as much of an event as a trace may hold: of its details the state, the index, the error's name.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 29, 18, 0, 0, 123000, tzinfo=UTC)
    >>> event = to_event({"id": 5, "previousEventId": 4, "type": "TaskFailed", "timestamp": at,
    ...                   "taskFailedEventDetails": {"error": "OutOfStock", "cause": "never sent"}})
    >>> event.id, event.previous, event.at, event.name, event.error
    (5, 4, '2026-11-29T18:00:00.123Z', None, 'OutOfStock')
    """
    details: dict[str, Any] = {}
    for name, value in event.items():
        if name.endswith("EventDetails"):
            details = value
    moment: datetime = event["timestamp"]
    return Event(
        id=event["id"],
        previous=event.get("previousEventId", 0),
        type=event["type"],
        at=timestamp(moment),
        name=details.get("name"),
        index=details.get("index"),
        error=_name(details.get("error")),
    )


def _name(error: str | None) -> str | None:
    return None if error is None else error[:LONGEST_NAME]


@contextmanager
def _throttled() -> Iterator[None]:
    """Report that the quota is used up: reading a history has a small bucket of its own."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "ThrottlingException":
            raise TraceThrottled from error
        raise
