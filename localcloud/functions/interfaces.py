"""What the service asks of the engine, as small protocols, and their clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from localcloud.calls import JsonApi, JsonDocument
from localcloud.functions.control import ControlPlane, EngineControl
from localcloud.functions.model import JSON
from localcloud.functions.outcome_targets import SQS, EngineTargets, Targets
from localcloud.functions.streams import ATTEMPTS, KinesisStreams, Streams, TableStreams, objects
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress

# As the services send them, in AWS's JSON protocol: binary values are base64, times are seconds.
Message = dict[str, JSON]


class Queues(Protocol):
    """SQS."""

    async def url(self, arn: str) -> str:
        """Return a queue's URL."""

    async def receive(self, url: str, count: int) -> list[Message]:
        """Receive up to ``count`` (at most 10) messages, without waiting for any."""

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """Delete messages by their receipt handles."""


def _nothing() -> None:
    """Close nothing."""


@dataclass(frozen=True)
class EngineInterfaces:
    """All that the service asks of the engine; ``close`` when nothing is asked any more."""

    control: ControlPlane
    queues: Queues
    streams: Streams
    kinesis: Streams
    targets: Targets
    close: Callable[[], None] = _nothing


def engine_ports(engine: EngineAddress, threads: Threads) -> EngineInterfaces:
    """Return the ports of a running engine."""
    api = JsonApi(engine)
    return EngineInterfaces(
        EngineControl(engine, threads),
        EngineQueues(api),
        TableStreams(api),
        KinesisStreams(api),
        EngineTargets(engine, api),
        api.close,
    )


class EngineQueues:
    """`Queues` at the engine."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api
        self._urls: dict[str, str] = {}  # a queue created again has the same URL

    async def url(self, arn: str) -> str:
        """See `Queues.url`."""
        if arn not in self._urls:
            answer = await self._call("GetQueueUrl", {"QueueName": arn.rsplit(":", 1)[-1]})
            self._urls[arn] = str(answer["QueueUrl"])
        return self._urls[arn]

    async def receive(self, url: str, count: int) -> list[Message]:
        """See `Queues.receive`."""
        request: JsonDocument = {
            "QueueUrl": url,
            "MaxNumberOfMessages": count,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        return objects(await self._call("ReceiveMessage", request), "Messages")

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """See `Queues.delete`."""
        for start in range(0, len(receipts), 10):
            part = receipts[start : start + 10]
            entries: list[JSON] = [
                {"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(part)
            ]
            await self._call("DeleteMessageBatch", {"QueueUrl": url, "Entries": entries})

    async def _call(self, operation: str, document: JsonDocument) -> JsonDocument:
        return await self._api.call(SQS, operation, document, attempts=ATTEMPTS)
