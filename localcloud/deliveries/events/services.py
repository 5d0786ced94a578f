"""Targets that are one call of a service of AWS's: functions, queues, topics, machines, streams, logs."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Final

from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.failures import (
    INVALID_JSON,
    NO_RESOURCE,
    THIRD_HOP,
    judge,
)
from localcloud.deliveries.events.interfaces import EVENTS, CallDestination, CloudServices, Document
from localcloud.deliveries.events.paths import Missing, find
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome

MOST_PARTITION_KEY: Final = 256
_LOGS: Final = uuid.UUID("4f0c2a52-6a0e-4c8e-9c0e-3a4d6f4f8a11")


def place_of(invocation: Invocation) -> CallDestination:
    """Return where a target's service is called."""
    arn = invocation.target.arn
    rule = invocation.rule
    return CallDestination(
        *(arn.account or rule.account, arn.region or rule.region, invocation.trace),
        service="scheduler.amazonaws.com" if ":scheduler:" in rule.arn else EVENTS,
        source=rule.arn,
        role=invocation.target.role or "",
    )


async def to_function(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Invoke a function asynchronously: what it makes of the event is Lambda's to try again."""
    broken = not_json(text)
    return broken or judge(await services.invoke(place_of(invocation), invocation.target.arn.text, text))


async def to_queue(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Send a message; in a FIFO queue the event's id distinguishes a repeated attempt from another event."""
    target = invocation.target
    url = services.queue_url(target.arn.text)
    if url is None:
        return DeliveryRefused(f"there is no queue {target.arn.text}", NO_RESOURCE)
    document: Document = {"QueueUrl": url, "MessageBody": text}
    group = target.parameter("SqsParameters", "MessageGroupId")
    if group is not None:
        document["MessageGroupId"] = group
    if target.arn.resource.endswith(".fifo"):
        document["MessageDeduplicationId"] = f"{invocation.id}-{target.id}"
    if invocation.trace is not None:
        header = {"StringValue": invocation.trace, "DataType": "String"}
        document["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    return judge(await services.call(place_of(invocation), "sqs", "SendMessage", document))


async def to_topic(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Publish a message."""
    document: Document = {"TopicArn": invocation.target.arn.text, "Message": text}
    return judge(await services.call(place_of(invocation), "sns", "Publish", document))


async def to_machine(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Start an execution, whose name makes a repeated attempt start no second one."""
    broken = not_json(text)
    if broken is not None:
        return broken
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{invocation.lane}#{invocation.id}")
    document: Document = {
        "stateMachineArn": invocation.target.arn.text,
        "name": f"{invocation.id}_{name}",
        "input": text,
    }
    if invocation.trace is not None:
        document["traceHeader"] = invocation.trace
    reply = await services.call(place_of(invocation), "states", "StartExecution", document)
    if reply.code.endswith("ExecutionAlreadyExists"):
        return Delivered()
    return judge(reply)


async def to_stream(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Put a record into a Kinesis stream; without a path the event's id is the partition key."""
    path = invocation.target.parameter("KinesisParameters", "PartitionKeyPath")
    key = invocation.id
    if path is not None:
        try:
            value = find(path, invocation.event)
            key = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        except (Missing, ValueError):
            key = invocation.id
    document: Document = {
        "StreamName": invocation.target.arn.resource.partition("/")[2],
        "Data": encoded(text),
        "PartitionKey": key[:MOST_PARTITION_KEY] or invocation.id,
    }
    return judge(await services.call(place_of(invocation), "kinesis", "PutRecord", document))


async def to_delivery_stream(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Put a record into a Firehose stream."""
    document: Document = {
        "DeliveryStreamName": invocation.target.arn.resource.partition("/")[2],
        "Record": {"Data": encoded(text)},
    }
    return judge(await services.call(place_of(invocation), "firehose", "PutRecord", document))


async def to_log_group(invocation: Invocation, text: str, services: CloudServices) -> Outcome:
    """Write an event to a log group, in a stream of the target's own, made when it is missing."""
    group = invocation.target.arn.resource.removeprefix("log-group:").removesuffix(":*")
    stream = str(uuid.uuid5(_LOGS, invocation.lane))
    place, names = place_of(invocation), {"logGroupName": group, "logStreamName": stream}
    written: Document = {**names, "logEvents": [_log_event(invocation, text)]}
    reply = await services.call(place, "logs", "PutLogEvents", written)
    if reply.code.endswith("ResourceNotFoundException"):
        created = await services.call(place, "logs", "CreateLogStream", dict(names))
        if created.status >= 300 and not created.code.endswith("ResourceAlreadyExistsException"):
            return judge(created)
        reply = await services.call(place, "logs", "PutLogEvents", written)
    return judge(reply)


async def to_bus(invocation: Invocation, _text: str, services: CloudServices) -> Outcome:
    """Put the event on another bus, as it is; what came from another bus goes to no third one."""
    target = invocation.target
    bus = target.arn.resource.partition("/")[2]
    if invocation.buses:
        through = " and ".join(invocation.buses)
        return DeliveryRefused(
            f"the event came from the bus {through}: it cannot be routed to a third", THIRD_HOP
        )
    if not services.forward(invocation, target.arn.text):
        return DeliveryRefused(f"Event bus {bus} does not exist.", NO_RESOURCE)
    return Delivered()


def encoded(text: str) -> str:
    """Return a text as AWS's JSON protocols carry bytes."""
    return base64.b64encode(text.encode()).decode()


def not_json(text: str) -> DeliveryRefused | None:
    """Return the failure of an input that has to be JSON, and is not."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return DeliveryRefused(f"the target's input is not JSON: {error}", INVALID_JSON)
    return None


def _log_event(invocation: Invocation, text: str) -> Document:
    """Return an entry: a transformer may write ``timestamp`` (in ms) and ``message`` itself."""
    timestamp, message = int(invocation.moment * 1000), text
    if not invocation.target.input.whole:
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if isinstance(document, dict) and "message" in document:
            inner = document["message"]
            message = inner if isinstance(inner, str) else json.dumps(inner)
            if isinstance(document.get("timestamp"), int | float):
                timestamp = int(document["timestamp"])
    return {"timestamp": timestamp, "message": message}
