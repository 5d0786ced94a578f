"""The engine's queues and the Lambda service, as deliveries reach them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from localcloud.deliveries.facade import (
    CallDestination,
    Delivered,
    DeliveryRefused,
    NoReply,
    Outcome,
    QueueMessage,
    ServiceReply,
    Subscriber,
    Unavailable,
    judge_reply,
)
from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.gate import EngineGate
from localcloud.engine.measures import measure_notification
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.sqs import sqs
from localcloud.engine.operations import OperationCall
from localcloud.engine.patching import Record

SNS: Final = "sns.amazonaws.com"
_API_HOST: Final = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


def local_address(address: str, port: int) -> str:
    """Return where on this machine an address is; API Gateway's own lead to the engine's APIs.

    Examples
    --------
    >>> local_address("https://abc123.execute-api.us-east-1.amazonaws.com/prod/hook?k=1", 4566)
    'http://127.0.0.1:4566/_aws/execute-api/abc123/prod/hook?k=1'
    >>> local_address("http://127.0.0.1:3000/", 4566)
    'http://127.0.0.1:3000/'
    """
    parts = urlsplit(address)
    api = _API_HOST.fullmatch(parts.hostname or "")
    if api is None:
        return address
    query = f"?{parts.query}" if parts.query else ""
    return f"http://127.0.0.1:{port}/_aws/execute-api/{api[1]}{parts.path}{query}"


class EngineQueues:
    """SQS in this process, behind the gate: what faults and quotas say of SendMessage counts here, too."""

    def __init__(self, gate: EngineGate) -> None:
        self._gate = gate
        self._sqs = sqs
        self._by_arn = sqs.queue_by_arn
        self._refusal: type[Exception] = sqs.Error
        self._scope = responses.request_scope

    def send(self, queue: str, message: QueueMessage, source: str) -> Outcome:
        """Put a message into a queue."""
        record: Record | None = self._by_arn(queue)
        if record is None:
            return DeliveryRefused(f"there is no queue {queue}")
        _, _, _, region, account, _ = queue.split(":", 5)
        request = {
            "QueueUrl": record["url"],
            "MessageBody": message.body,
            "MessageAttributes": {
                name: {
                    "DataType": item.data_type,
                    "BinaryValue" if item.data_type.startswith("Binary") else "StringValue": item.value,
                }
                for name, item in message.attributes.items()
            },
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.deduplication,
        }
        iam = self._gate.iam
        if iam is not None:
            denied = iam.sends(SNS, source, queue)
            if denied is not None:
                return DeliveryRefused(denied.message)
        with self._scope(account, region):
            if self._gate.open:
                return self._put(request, record["url"])
            return self._put_past_faults(request, record["url"])

    def _put(self, request: Record, url: str) -> Outcome:
        try:
            # By name at each call: mends wrap it.
            self._sqs.send_message(request, url)
        except self._refusal as error:
            return DeliveryRefused(f"SQS refuses it: {error}")
        return Delivered()

    def _put_past_faults(self, request: Record, url: str) -> Outcome:
        call = OperationCall("sqs", "SendMessage", json.dumps(request).encode())
        fault = self._gate.faults.hit(call)
        refusal = self._gate.refusal(call, fault)
        if refusal is not None:
            self._gate.meter.refused(call.name)
            return judge_reply(ServiceReply(refusal.status, refusal.code, refusal.message))
        if fault is not None and fault.kind == "timeout":
            return Unavailable("SQS did not answer in time")
        outcome = self._put(request, url)
        if fault is not None and fault.kind == "duplicate":
            return self._put(request, url)
        if fault is not None and fault.kind == "drop-answer":
            return Unavailable("the connection to SQS broke")
        return outcome


class EngineFunctions:
    """The Lambda service."""

    def __init__(self, calling: Calling) -> None:
        self._calling = calling

    async def invoke(self, function: str, payload: bytes, source: str, *, service: str = SNS) -> Outcome:
        """Hand an event to Lambda, which tries it again on its own where the function fails."""
        place = replace(place_of(function), service=service, source=source)
        try:
            return judge_reply(await self._calling.invoke(place, function, payload.decode()))
        except NoReply as error:
            return Unavailable(f"the Lambda service cannot be reached: {error}")


class EngineDeliveryStreams:
    """Firehose in this process."""

    def __init__(self, calling: Calling) -> None:
        self._calling = calling

    async def put(self, stream: str, data: str) -> Outcome:
        """Put a record into a delivery stream."""
        document = {
            "DeliveryStreamName": stream.rpartition(":deliverystream/")[2],
            "Record": {"Data": base64.b64encode(data.encode()).decode()},
        }
        try:
            return judge_reply(await self._calling.call(place_of(stream), "firehose", "PutRecord", document))
        except NoReply as error:
            return Unavailable(f"Firehose cannot be reached: {error}")


def place_of(arn: str) -> CallDestination:
    """Return account and Region of an ARN.

    Examples
    --------
    >>> place_of("arn:aws:lambda:eu-west-1:000000000000:function:bell").region
    'eu-west-1'
    """
    parts = arn.split(":", 5)
    return CallDestination(parts[4], parts[3])


Delivery = Callable[[Subscriber, int], None]
Failure = Callable[[Subscriber, str, bool | None], None]


@dataclass
class SnsJournal:
    """Counts deliveries in the engine's meter and metrics, and notifies listeners, which must return at once.

    Attributes
    ----------
    on_delivered
        A subscriber has a message of so many bytes.
    on_failed
        A subscriber never gets a message: why, and whether its dead-letter queue has it (None: it has none).
    """

    gate: EngineGate
    on_delivered: list[Delivery] = field(default_factory=list)
    on_failed: list[Failure] = field(default_factory=list)

    def delivered(self, subscriber: Subscriber, size: int) -> None:
        """Count a delivery."""
        self.gate.meter.delivered(subscriber.protocol, size)
        measure_notification(self.gate.meter.metrics, subscriber.topic, delivered=True)
        for listener in self.on_delivered:
            listener(subscriber, size)

    def failed(self, subscriber: Subscriber, reason: str, redriven: bool | None) -> None:
        """Take note of a loss, or of a dead letter."""
        measure_notification(self.gate.meter.metrics, subscriber.topic, delivered=False, redriven=redriven)
        for listener in self.on_failed:
            listener(subscriber, reason, redriven)
