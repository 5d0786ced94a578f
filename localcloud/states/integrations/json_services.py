"""DynamoDB, SQS, EventBridge and Step Functions, optimized: JSON that goes almost as it is.

These are the busy ones: a request of theirs is a dictionary and a line of headers, without botocore.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from localcloud.states.integrations import failures, metadata, text
from localcloud.states.integrations.optimized import ACTIONS
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import TaskReply, Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json

# Prefix of X-Amz-Target and version of the protocol.
_TARGETS: Final = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "stepfunctions": ("AWSStepFunctions", "1.0"),
}
_TEXTS: Final = ("N", "S")


async def call(
    entry: Integration, arguments: dict[str, Json], transport: Transport, context: Mapping[str, Json]
) -> Json:
    """Carry out an optimized integration of one of the services.

    Parameters
    ----------
    context
        The context object; an event names its execution.
    """
    members = {name: value for name, value in arguments.items() if value is not None}
    content = _PREPARE[entry.service](entry, members, context)
    target, version = _TARGETS[entry.service]
    reply = await transport.send(
        entry.service,
        entry.operation,
        method="POST",
        path="/",
        headers={
            "Content-Type": f"application/x-amz-json-{version}",
            "X-Amz-Target": f"{target}.{entry.operation}",
        },
        body=text.compact(content).encode(),
    )
    if reply.status >= 300:
        raise _refusal(entry, reply)
    if len(reply.body) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    result = json.loads(reply.body) if reply.body else {}
    if entry.service == "stepfunctions":
        result = {
            "ExecutionArn": result["executionArn"],
            "StartDate": milliseconds(result["startDate"]),
        }
    elif entry.service == "events" and result.get("FailedEntryCount"):
        raise StatesError("EventBridge.FailedEntry", text.compact(result))
    return {**result, **metadata.of_reply(reply, checksum=entry.service == "dynamodb")}


def milliseconds(moment: float | str) -> int:
    """Return a date as results of the optimized integration of Step Functions hold it.

    Examples
    --------
    >>> milliseconds(1.5), milliseconds("1970-01-01T00:00:01Z")
    (1500, 1000)
    """
    return round((text.epoch(moment) if isinstance(moment, str) else moment) * 1000)


def _item(entry: Integration, arguments: dict[str, Json], context: Mapping[str, Json]) -> Json:
    missing: list[str] = [
        name for name in ("TableName", "Item", "Key") if name in _required(entry) and name not in arguments
    ]
    if missing:
        raise failures.validation(entry, missing)
    faults = [
        f"The value for the field '{kind}' must be a STRING"
        for part in ("Key", "Item", "ExpressionAttributeValues")
        for value in (arguments.get(part) or {}).values()
        if isinstance(value, dict)
        for kind in _TEXTS
        if kind in value and not isinstance(value[kind], str)
    ]
    if faults:
        raise failures.unusable(text.compact(arguments), faults)
    return arguments


def _required(entry: Integration) -> tuple[str, ...]:
    return ACTIONS[f"{entry.resource_type}:{entry.resource_name.partition('.')[0]}"].required


def _message(entry: Integration, arguments: dict[str, Json], context: Mapping[str, Json]) -> Json:
    queue = str(arguments.get("QueueUrl", ""))
    if queue and "://" not in queue:
        # Step Functions takes the whole for a host.
        raise failures.client_failure(
            entry, f"Unable to execute HTTP request: {queue}: Name or service not known"
        )
    for name in ("QueueUrl", "MessageBody"):
        if name not in arguments:
            reason = f"The request must contain the parameter {name}."
            raise failures.failure(entry, "MissingParameter", reason, 400, text.request_id())
    return {**arguments, "MessageBody": text.text_of(arguments["MessageBody"])}


def _events(entry: Integration, arguments: dict[str, Json], context: Mapping[str, Json]) -> Json:
    origin = [
        context[part]["Id"] for part in ("Execution", "StateMachine") if "Id" in (context.get(part) or {})
    ]
    entries = []
    for event in arguments.get("Entries") or ():
        content = {**event, "Resources": [*(event.get("Resources") or ()), *origin]}
        if "Detail" in content:
            content["Detail"] = text.text_of(content["Detail"])
        if isinstance(content.get("Time"), str):
            content["Time"] = text.epoch(content["Time"])
        entries.append(content)
    return {**arguments, "Entries": entries}


def _start(entry: Integration, arguments: dict[str, Json], context: Mapping[str, Json]) -> Json:
    content = {f"{name[:1].lower()}{name[1:]}": value for name, value in arguments.items()}
    if "input" in content:
        content["input"] = text.text_of(content["input"])
    return content


_Prepare = Callable[[Integration, dict[str, Json], Mapping[str, Json]], Json]
_PREPARE: Final[dict[str, _Prepare]] = {
    "dynamodb": _item,
    "sqs": _message,
    "events": _events,
    "stepfunctions": _start,
}


def _refusal(entry: Integration, reply: TaskReply) -> StatesError:
    try:
        record = json.loads(reply.body)
    except ValueError:
        record = {}
    record = record if isinstance(record, dict) else {}
    code = str(record.get("__type") or record.get("code") or reply.status).rpartition("#")[2]
    # SQS returns the code that it had before it spoke JSON.
    query = metadata.header(reply, "x-amzn-query-error")
    message = record.get("message") or record.get("Message")
    return failures.failure(
        entry,
        code,
        str(message) if message else None,
        reply.status,
        metadata.request_id(reply),
        legacy_code=query.partition(";")[0] if query else None,
    )
