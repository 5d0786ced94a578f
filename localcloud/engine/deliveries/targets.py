"""The engine's queues and the Lambda service, as deliveries reach them."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from localcloud.calls import Connections, NoAnswer
from localcloud.deliveries.front import Delivered, Outcome, QueueMessage, Refused, Unavailable
from localcloud.engine.gate import Gate
from localcloud.engine.measures import measure_notification
from localcloud.engine.mends.patching import Record, original
from localcloud.watchtower.traces.front import trace_headers

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
    """SQS in this process."""

    def __init__(self) -> None:
        from ministack.core import responses  # noqa: PLC0415
        from ministack.services import sqs  # noqa: PLC0415

        self._sqs: Any = sqs
        self._by_arn = original(sqs, "_queue_by_arn")
        self._refusal: type[Exception] = original(sqs, "_Err")
        self._scope = original(responses, "request_scope")

    def send(self, queue: str, message: QueueMessage, source: str) -> Outcome:
        """Put a message into a queue."""
        record: Record | None = self._by_arn(queue)
        if record is None:
            return Refused(f"there is no queue {queue}")
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
        with self._scope(account, region):
            try:
                # By name at each call: mends wrap it.
                self._sqs._act_send_message(request, record["url"])
            except self._refusal as error:
                return Refused(f"SQS refuses it: {error}")
        return Delivered()


class EngineFunctions:
    """The Lambda service.

    Parameters
    ----------
    url
        Where its API is.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connections: Connections | None = None

    async def invoke(self, function: str, payload: bytes) -> Outcome:
        """Hand an event to Lambda, which tries it again on its own where the function fails."""
        self._connections = self._connections or Connections(self._url, seconds=None)
        name, _, qualifier = function.rpartition(":function:")[2].partition(":")
        target = f"{urlsplit(self._url).path}/2015-03-31/functions/{quote(name, safe='')}/invocations"
        if qualifier and qualifier != "$LATEST":
            target += f"?Qualifier={quote(qualifier, safe='')}"
        headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event", **trace_headers()}
        try:
            answer = await self._connections.send("POST", target, headers, payload)
        except NoAnswer as error:
            return Unavailable(f"the Lambda service cannot be reached: {error}")
        if answer.status < 300:
            return Delivered()
        reason = f"Lambda answered {answer.status} for {name}"
        return Unavailable(reason) if answer.status in {429, *range(500, 600)} else Refused(reason)


class MeterJournal:
    """Counts deliveries in the engine's meter."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def delivered(self, protocol: str, size: int) -> None:
        """Count a delivery."""
        self._gate.meter.delivered(protocol, size)

    def notified(self, topic: str, *, delivered: bool) -> None:
        """Measure what became of a message for one subscriber."""
        measure_notification(self._gate.meter.metrics, topic, delivered=delivered)
