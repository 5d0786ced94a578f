"""The services that records and dead letters are sent to, and their client at the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, Protocol
from urllib.parse import urlencode

from localcloud.aws.signing import signed
from localcloud.calls import JsonApi, JsonDocument, JsonService, ServiceRefused

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress
    from localcloud.calls import HttpReply
    from localcloud.functions.model import JSON

SQS: Final = JsonService("sqs", "AmazonSQS")
EVENTS: Final = JsonService("events", "AWSEvents", "1.1")
# As an SDK does, while the service is busy or breaks off. A record that comes twice is no harm.
ATTEMPTS: Final = 3
# A message attribute's type and value.
Attribute = tuple[Literal["String", "Number"], str]


class Targets(Protocol):
    """What takes a record. Each raises `localcloud.calls.CallFailed` when it is not delivered."""

    async def send(self, queue: str, body: str, attributes: Mapping[str, Attribute]) -> None:
        """Send a message to the queue with this ARN."""

    async def publish(self, topic: str, message: str, attributes: Mapping[str, Attribute]) -> None:
        """Publish to the topic with this ARN."""

    async def put_event(self, bus: str, detail_type: str, detail: str, resources: list[str]) -> None:
        """Put an event of Lambda's on the bus with this ARN."""

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write a JSON document into the bucket with this ARN."""


class EngineTargets:
    """`Targets` at the engine."""

    def __init__(self, engine: EngineAddress, api: JsonApi) -> None:
        self._engine = engine
        self._api = api

    async def send(self, queue: str, body: str, attributes: Mapping[str, Attribute]) -> None:
        """See `Targets.send`."""
        name = queue.rsplit(":", 1)[-1]
        url = (await self._api.call(SQS, "GetQueueUrl", {"QueueName": name}, attempts=ATTEMPTS))["QueueUrl"]
        typed: dict[str, JSON] = {
            name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()
        }
        message: JsonDocument = {"QueueUrl": url, "MessageBody": body, "MessageAttributes": typed}
        await self._api.call(SQS, "SendMessage", message, attempts=ATTEMPTS)

    async def publish(self, topic: str, message: str, attributes: Mapping[str, Attribute]) -> None:
        """See `Targets.publish`."""
        form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": message}
        for number, (name, (kind, value)) in enumerate(attributes.items(), start=1):
            entry = f"MessageAttributes.entry.{number}"
            form[f"{entry}.Name"] = name
            form[f"{entry}.Value.DataType"] = kind
            form[f"{entry}.Value.StringValue"] = value
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        await self._send("sns.Publish", "POST", "/", urlencode(form).encode(), headers)

    async def put_event(self, bus: str, detail_type: str, detail: str, resources: list[str]) -> None:
        """See `Targets.put_event`."""
        entry: dict[str, JSON] = {
            "Source": "lambda",
            "DetailType": detail_type,
            "Detail": detail,
            "Resources": [*resources],
            "EventBusName": bus,
        }
        answer = await self._api.call(EVENTS, "PutEvents", {"Entries": [entry]}, attempts=ATTEMPTS)
        entries = answer.get("Entries")
        first = entries[0] if isinstance(entries, list) and entries else {}
        if answer.get("FailedEntryCount") and isinstance(first, dict):
            failure = {"__type": first.get("ErrorCode"), "message": first.get("ErrorMessage")}
            raise ServiceRefused("AWSEvents.PutEvents", 400, failure)

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """See `Targets.put_object`."""
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Content-Sha256": hashlib.sha256(body).hexdigest(),
        }
        path = f"/{bucket.rpartition(':')[2]}/{key}"
        await self._send("s3.PutObject", "PUT", path, body, headers)

    async def _send(
        self, operation: str, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        connections = self._api.connections
        sent = signed(
            method,
            connections.host,
            path,  # of names that need no encoding
            body,
            headers,
            credentials=self._engine.credentials,
            service=operation.partition(".")[0],
            region=self._engine.region,
        )
        answer = await connections.send(method, path, sent, body)
        if answer.status >= 300:
            raise ServiceRefused(operation, answer.status, _error_of(answer))


def _error_of(answer: HttpReply) -> JsonDocument:
    """Read an error of the services that speak XML."""
    from xml.etree import ElementTree  # noqa: PLC0415 - a megabyte for what mostly never happens

    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - the engine's own
    except ElementTree.ParseError:
        return {}
    fields = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    return {"__type": fields.get("Code"), "message": fields.get("Message")}
