"""Executions, operations and events as AWS's documents have them.

Times are seconds since 1970 in the API, and whole milliseconds in what a function is invoked with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from localcloud.functions.durable.execution import LONGEST, Execution
from localcloud.functions.durable.model import Document, DurableOperation, Event
from localcloud.functions.model import JSON

Moment = Callable[[float], JSON]


def seconds(at: float) -> JSON:
    """Return a moment as the API writes it."""
    return round(at, 3)


def milliseconds(at: float) -> JSON:
    """Return a moment as a function's event has it."""
    return round(at * 1000)


def operation_document(operation: DurableOperation, moment: Moment) -> Document:
    """Return an Operation."""
    document: Document = {
        "Id": operation.id,
        "Type": operation.type,
        "Status": operation.status,
        "StartTimestamp": moment(operation.started),
    }
    _put(document, ParentId=operation.parent, Name=operation.name, SubType=operation.sub_type)
    if operation.ended is not None:
        document["EndTimestamp"] = moment(operation.ended)
    details: Document = {}
    match operation.type:
        case "EXECUTION":
            document["ExecutionDetails"] = {"InputPayload": operation.payload}
        case "STEP":
            details["Attempt"] = operation.attempt
            if operation.due is not None:
                details["NextAttemptTimestamp"] = moment(operation.due)
            document["StepDetails"] = _put(details, Result=operation.result, Error=operation.error)
        case "WAIT":
            details["ScheduledEndTimestamp"] = moment(operation.started + operation.seconds)
            document["WaitDetails"] = details
        case "CALLBACK":
            details["CallbackId"] = operation.callback_id
            document["CallbackDetails"] = _put(details, Result=operation.result, Error=operation.error)
        case "CONTEXT":
            if operation.replay_children:
                details["ReplayChildren"] = True
            document["ContextDetails"] = _put(details, Result=operation.result, Error=operation.error)
        case _:
            document["ChainedInvokeDetails"] = _put(details, Result=operation.result, Error=operation.error)
    return document


def replayed(execution: Execution) -> list[DurableOperation]:
    """Return what a replay is given, in the order of the starts: no children of what has ended for good."""
    hidden: set[str] = set()
    visible = []
    for operation in execution.operations.values():
        if operation.parent in hidden:
            hidden.add(operation.id)
            continue
        visible.append(operation)
        if operation.type == "CONTEXT" and not operation.open and not operation.replay_children:
            hidden.add(operation.id)
    return visible


def event_document(event: Event, execution: Execution, *, data: bool) -> Document:
    """Return an Event; without ``data`` it has no payloads, errors or inputs."""
    document: Document = {
        "EventType": event.type,
        "EventId": event.number,
        "EventTimestamp": seconds(event.at),
    }
    if event.operation is not None:
        operation = execution.operations[event.operation]
        document["Id"] = operation.id
        _put(document, Name=operation.name, SubType=operation.sub_type, ParentId=operation.parent)
    details = event.details if data else _without_data(event.details)
    document[f"{event.type}Details"] = details
    return document


def _without_data(details: Document) -> Document:
    remaining: Document = {}
    for name, value in details.items():
        if isinstance(value, dict) and "Truncated" in value:
            remaining[name] = {"Truncated": True} if "Payload" in value else value
        else:
            remaining[name] = value
    return remaining


def execution_document(execution: Execution) -> Document:
    """Return an Execution, as lists have it."""
    document: Document = {
        "DurableExecutionArn": execution.arn,
        "DurableExecutionName": execution.name,
        "FunctionArn": execution.function_arn,
        "Status": execution.status,
        "StartTimestamp": seconds(execution.started),
    }
    if execution.ended is not None:
        document["EndTimestamp"] = seconds(execution.ended)
    if execution.config.key_arn:
        document["KMSKeyArn"] = execution.config.key_arn
    return document


def description(execution: Execution, *, data: bool) -> Document:
    """Return GetDurableExecution's answer."""
    document = execution_document(execution)
    document.pop("KMSKeyArn", None)
    config: Document = {
        "ExecutionTimeout": execution.config.execution_timeout,
        "RetentionPeriodInDays": execution.config.retention_days,
    }
    if execution.config.key_arn:
        config["KMSKeyArn"] = execution.config.key_arn
    document |= {"Version": execution.version, "DurableConfig": config, "ExecutionDataIncluded": data}
    if data:
        document["InputPayload"] = execution.input
        if execution.status == "SUCCEEDED":
            _put(document, Result=execution.result)
        elif not execution.live:
            _put(document, Error=execution.error)
    if execution.live:
        still = execution.paused is not None and execution.paused[2] and execution.status == "PAUSED"
        expected = execution.started + LONGEST if still else execution.deadline
        document["ExpectedExecutionTimeoutTimestamp"] = seconds(expected)
    if execution.trace:
        document["TraceHeader"] = {"XAmznTraceId": execution.trace}
    if execution.paused is not None:
        document["PauseDetails"] = pause_details(execution.paused)
    return document


def pause_details(paused: tuple[float, str | None, bool]) -> Document:
    """Return PauseDetails of a pause's request."""
    at, reason, timeout = paused
    details: Document = {"PauseRequestTimestamp": seconds(at), "ExecutionTimeoutPaused": timeout}
    return _put(details, Reason=reason)


PAGE_BYTES: Final = 4_000_000


def page(documents: Iterable[Document], size: int) -> tuple[list[JSON], int]:
    """Return the first documents that fit a page, and how many they are.

    Parameters
    ----------
    size
        The most documents of a page.
    """
    entries: list[JSON] = []
    weight = 0
    for document in documents:
        if entries and (len(entries) >= size or weight > PAGE_BYTES):
            break
        entries.append(document)
        weight += _weight(document)
    return entries, len(entries)


def _weight(value: JSON) -> int:
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, dict):
        return sum(len(key) + 4 + _weight(inner) for key, inner in value.items())
    if isinstance(value, list):
        return sum(_weight(inner) + 1 for inner in value)
    return 8


def _put(document: Document, **values: JSON) -> Document:
    document.update((name, value) for name, value in values.items() if value is not None)
    return document
