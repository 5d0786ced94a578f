"""What is visible of an order's execution when it is over, asked of AWS's own APIs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.exceptions import ClientError

from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventTypeDef
    from mypy_boto3_stepfunctions import SFNClient

SAMPLE = 20
# Members of events' details that hold what a checkpoint wrote.
_PAYLOADS = ("Result", "Input", "Error")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What an API says of one execution.

    Attributes
    ----------
    operation
        The operation.
    events
        Of the execution's history; None where there is none.
    answer
        The error where nothing is kept, else the execution's status.
    """

    operation: str
    events: int | None
    answer: str


@dataclass(frozen=True, slots=True)
class DurableUse:
    """What the mean execution took; ``written`` is bytes of payloads in its history."""

    operations: float = 0.0
    written: float = 0.0


class Resources(Protocol):
    """The stack's resources."""

    def resource(self, name: str) -> str | None:
        """Return the physical id of a logical one; None where there is none."""
        ...


class Records:
    """Asks Step Functions and Lambda."""

    def __init__(self, ready: Ready, resources: Resources) -> None:
        session = boto3.session.Session(
            ready.access_key_id, ready.secret_access_key, region_name=ready.region
        )
        self._states: SFNClient = session.client("stepfunctions", endpoint_url=ready.engine)
        self._lambda: LambdaClient = session.client("lambda", endpoint_url=ready.engine)
        self._resources = resources

    def workflow(self, order_id: str, machine: str = "OrderWorkflow") -> Afterwards:
        """Ask for the execution of an order by a state machine, whose name is the order's id."""
        operation = "DescribeExecution"
        arn = (self._resources.resource(machine) or "").replace(":stateMachine:", ":execution:")
        try:
            status = self._states.describe_execution(executionArn=f"{arn}:{order_id}")["status"]
            pages = self._states.get_paginator("get_execution_history")
            events = sum(len(page["events"]) for page in pages.paginate(executionArn=f"{arn}:{order_id}"))
        except ClientError as error:
            return Afterwards(operation, None, error.response["Error"]["Code"])
        return Afterwards("GetExecutionHistory", events, status)

    def durable(self, order_id: str) -> Afterwards:
        """Ask for the durable execution of an order."""
        arns = self._executions(order_id)
        if not arns:
            return Afterwards("ListDurableExecutionsByFunction", None, "none")
        status = self._lambda.get_durable_execution(DurableExecutionArn=arns[0])["Status"]
        return Afterwards("GetDurableExecutionHistory", len(self._history(arns[0])), status)

    def durable_use(self, order_ids: Sequence[str]) -> DurableUse:
        """Return what the executions of some orders took in the mean, of at most ``SAMPLE`` of them."""
        histories = [
            self._history(arn) for order_id in order_ids[:SAMPLE] for arn in self._executions(order_id)[:1]
        ]
        if not histories:
            return DurableUse()
        return DurableUse(fmean(map(operations, histories)), fmean(map(written, histories)))

    def _executions(self, order_id: str) -> list[str]:
        function = self._resources.resource("RunOrderFunction")
        if function is None:
            return []
        answer = self._lambda.list_durable_executions_by_function(
            FunctionName=function, DurableExecutionName=order_id
        )
        return [execution["DurableExecutionArn"] for execution in answer["DurableExecutions"]]

    def _history(self, arn: str) -> list[EventTypeDef]:
        pages = self._lambda.get_paginator("get_durable_execution_history")
        return [
            event
            for page in pages.paginate(DurableExecutionArn=arn, IncludeExecutionData=True)
            for event in page["Events"]
        ]


def operations(events: Iterable[EventTypeDef]) -> int:
    """Count the operations of a history: its start, and each step, wait, callback, context and invocation.

    Examples
    --------
    >>> operations([{"EventType": "ExecutionStarted", "Id": "e"}, {"EventType": "StepStarted", "Id": "1"},
    ...     {"EventType": "StepSucceeded", "Id": "1"}, {"EventType": "InvocationCompleted"}])
    2
    """
    return len({event["Id"] for event in events if event.get("Id")})


def written(events: Iterable[EventTypeDef]) -> int:
    """Count the bytes of the payloads in a history."""
    total = 0
    for event in events:
        for details in event.values():
            if isinstance(details, dict):
                for name in _PAYLOADS:
                    payload = details.get(name)
                    if isinstance(payload, dict) and payload.get("Payload") is not None:
                        total += len(str(payload["Payload"]).encode())
    return total
