"""What Step Functions knows of an order's execution: where it is, and which steps failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LONGEST_CAUSE = 300


@dataclass(frozen=True, slots=True)
class StepFailure:
    """A step that failed, or whose time was over: AWS's name for the error, and its words."""

    step: str
    error: str
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.step}: {self.error}{f' ({self.cause})' if self.cause else ''}"


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution.

    Attributes
    ----------
    status
        Step Functions' word: ``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT`` or ``ABORTED``.
    step
        The step that was entered last.
    failures
        The steps that failed, each error once, in order.
    """

    status: str
    step: str = ""
    failures: tuple[StepFailure, ...] = ()


def executions(ready: Ready, order_ids: Iterable[str]) -> dict[str, Execution | str]:
    """Return each order's execution, or why there is nothing to be said of it. It blocks."""
    if ready.state_machine is None:
        return {}
    client: SFNClient = boto3.client(
        "stepfunctions",
        endpoint_url=ready.engine,
        region_name=ready.region,
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
    )
    # An order's execution has its id as its name.
    prefix = ready.state_machine.replace(":stateMachine:", ":execution:")
    return {order_id: _read(client, f"{prefix}:{order_id}") for order_id in order_ids}


def _read(client: SFNClient, arn: str) -> Execution | str:
    try:
        status = client.describe_execution(executionArn=arn)["status"]
        history = client.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return "its workflow never started"
        return f"its execution could not be read: {error}"
    except BotoCoreError as error:
        return f"its execution could not be read: {error}"
    return read_history(status, cast("list[Mapping[str, Any]]", history))


def read_history(status: str, events: Iterable[Mapping[str, Any]]) -> Execution:
    """Return an execution by its history, as GetExecutionHistory gives it.

    Examples
    --------
    >>> entered = {"id": 1, "type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Pay"}}
    >>> failed = {"id": 2, "previousEventId": 1, "type": "TaskTimedOut",
    ...           "taskTimedOutEventDetails": {"error": "States.Timeout"}}
    >>> execution = read_history("FAILED", [entered, failed])
    >>> execution.step, [str(failure) for failure in execution.failures]
    ('Pay', ['Pay: States.Timeout'])
    """
    steps: dict[int, str] = {}
    last = ""
    failures: dict[tuple[str, str], StepFailure] = {}
    for event in events:
        kind = str(event["type"])
        details = _details(event)
        if kind.endswith("StateEntered"):
            last = str(details.get("name", ""))
            steps[int(event["id"])] = last
            continue
        step = steps.get(int(event.get("previousEventId", 0)), last)
        steps[int(event["id"])] = step
        if kind.endswith(("Failed", "TimedOut", "Aborted")) and details.get("error"):
            failure = StepFailure(step, str(details["error"]), _short(details.get("cause")))
            failures.setdefault((step, failure.error), failure)
    return Execution(status, last, tuple(failures.values()))


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


def _short(cause: object) -> str:
    text = " ".join(str(cause or "").split())
    return text if len(text) <= LONGEST_CAUSE else f"{text[:LONGEST_CAUSE]}…"
