"""What CloudWatch shows of Step Functions, EventBridge, SNS and DynamoDB, taken where each notes it.

Sources: the pages on CloudWatch metrics in each service's guide.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from localcloud.deliveries.facade import Delivered
from localcloud.engine.operations import OperationCall
from localcloud.watchtower.facade import Metrics

if TYPE_CHECKING:
    from localcloud.deliveries.facade import Ended, Invocation, Rule
    from localcloud.engine.event_journal import EventJournal
    from localcloud.states.facade import Execution

STATES: Final = "AWS/States"
EVENTS: Final = "AWS/Events"
_ENDS: Final = (
    ("SUCCEEDED", "ExecutionsSucceeded"),
    ("FAILED", "ExecutionsFailed"),
    ("TIMED_OUT", "ExecutionsTimedOut"),
    ("ABORTED", "ExecutionsAborted"),
)
OF_ENDS: Final = (*((name, "Count") for _, name in _ENDS), ("ExecutionTime", "Milliseconds"))
OF_TASKS: Final = (
    *(("LambdaFunctionsScheduled", "Count"), ("LambdaFunctionsStarted", "Count")),
    *(("LambdaFunctionsSucceeded", "Count"), ("LambdaFunctionsFailed", "Count")),
    ("LambdaFunctionTime", "Milliseconds"),
)
OF_MATCHES: Final = (("Invocations", "Count"), ("TriggeredRules", "Count"), ("MatchedEvents", "Count"))
OF_DELIVERIES: Final = (
    *(("FailedInvocations", "Count"), ("RetryInvocationAttempts", "Count")),
    ("IngestionToInvocationSuccessLatency", "Milliseconds"),
)
_TABLE_READS: Final = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})


def measure_execution(metrics: Metrics, execution: Execution) -> None:
    """Measure a change of an execution's status; Express ones are noted once, at their end."""
    dimensions = (("StateMachineArn", execution.machine_arn),)
    running = execution.status == "RUNNING"
    if running or ":express:" in execution.arn:
        metrics.put(STATES, "ExecutionsStarted", dimensions, 1)
    if running:
        return
    milliseconds = ((execution.stopped or execution.started) - execution.started) * 1000
    ends = [float(execution.status == status) for status, _ in _ENDS]
    metrics.put_several(STATES, dimensions, OF_ENDS, (*ends, milliseconds))


def measure_task(metrics: Metrics, function: str, seconds: float, *, failed: bool) -> None:
    """Measure a function that a task ran."""
    dimensions = (("LambdaFunctionArn", function),)
    ends = (0.0, 1.0) if failed else (1.0, 0.0)
    metrics.put_several(STATES, dimensions, OF_TASKS, (1.0, 1.0, *ends, seconds * 1000))


def measure_events(metrics: Metrics, journal: EventJournal) -> None:
    """Measure EventBridge's deliveries."""

    @lru_cache(maxsize=256)
    def dimensions_of(rule: Rule) -> tuple[tuple[str, str], ...]:
        bus = rule.bus
        # Those of the default bus have the rule alone.
        return ((("EventBusName", bus),) if bus != "default" else ()) + (("RuleName", rule.name),)

    def begin(invocation: Invocation) -> None:
        metrics.put_several(EVENTS, dimensions_of(invocation.rule), OF_MATCHES, (1.0, 1.0, 1.0))

    def ended(delivery: Ended) -> None:
        dimensions = dimensions_of(delivery.invocation.rule)
        retries = float(delivery.retries)
        if isinstance(delivery.outcome, Delivered):
            metrics.put_several(EVENTS, dimensions, OF_DELIVERIES, (0.0, retries, delivery.seconds * 1000))
            return
        metrics.put_several(EVENTS, dimensions, OF_DELIVERIES[:2], (1.0, retries))
        if delivery.dead_lettered is not None:
            sent = delivery.dead_lettered
            name = "InvocationsSentToDlq" if sent else "InvocationsFailedToBeSentToDlq"
            metrics.put(EVENTS, name, dimensions, 1)

    journal.on_start.append(begin)
    journal.on_ended.append(ended)


def measure_throttle(metrics: Metrics, call: OperationCall) -> None:
    """Measure a call that was throttled, where CloudWatch counts that for its service."""
    try:
        members = json.loads(call.body or b"{}")
    except ValueError:
        members = {}
    if call.service == "dynamodb":
        table = str(members.get("TableName") or "")
        dimensions = (("Operation", call.operation), ("TableName", table))
        metrics.put("AWS/DynamoDB", "ThrottledRequests", dimensions, 1)
        kind = "ReadThrottleEvents" if call.operation in _TABLE_READS else "WriteThrottleEvents"
        metrics.put("AWS/DynamoDB", kind, (("TableName", table),), 1)
    elif call.name in {"states.StartExecution", "states.StartSyncExecution"}:
        machine = str(members.get("stateMachineArn") or "")
        metrics.put(STATES, "ExecutionThrottled", (("StateMachineArn", machine),), 1)
    elif call.service == "lambda" and call.operation == "Invoke":
        name = str(members.get("FunctionName") or "").rpartition(":function:")[2]
        dimensions_of_function = (("FunctionName", name.partition(":")[0]),)
        metrics.put("AWS/Lambda", "Throttles", dimensions_of_function, 1)


def measure_capacity(metrics: Metrics, table: str, read: float, write: float) -> None:
    """Measure the capacity that a request consumed."""
    dimensions = (("TableName", table),)
    if read:
        metrics.put("AWS/DynamoDB", "ConsumedReadCapacityUnits", dimensions, read)
    if write:
        metrics.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", dimensions, write)


def measure_publication(metrics: Metrics, topic: str, size: int) -> None:
    """Measure a message that was published."""
    dimensions = (("TopicName", topic.rpartition(":")[2]),)
    metrics.put("AWS/SNS", "NumberOfMessagesPublished", dimensions, 1)
    metrics.put("AWS/SNS", "PublishSize", dimensions, size, "Bytes")


def measure_notification(
    metrics: Metrics, topic: str, *, delivered: bool, redriven: bool | None = None
) -> None:
    """Measure what became of a message for one subscription.

    Parameters
    ----------
    redriven
        Of one that was not delivered: whether its dead-letter queue has it; None where there is none.
    """
    dimensions = (("TopicName", topic.rpartition(":")[2]),)
    metrics.put("AWS/SNS", "NumberOfNotificationsDelivered", dimensions, 1 if delivered else 0)
    metrics.put("AWS/SNS", "NumberOfNotificationsFailed", dimensions, 0 if delivered else 1)
    if redriven is not None:
        name = "RedrivenToDlq" if redriven else "FailedToRedriveToDlq"
        metrics.put("AWS/SNS", f"NumberOfNotifications{name}", dimensions, 1)
