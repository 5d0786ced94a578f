"""What the service asks of the engine, as small protocols, and their clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from localcloud.calls import JsonApi, JsonDocument, JsonService, NoAnswer
from localcloud.calls.elements import read_elements
from localcloud.functions.control import ControlPlane, EngineControl
from localcloud.functions.destinations.targets import SQS, EngineTargets, Targets
from localcloud.functions.model import JSON
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress

IteratorKind = Literal["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]
# As the services send them, in AWS's JSON protocol: binary values are base64, times are seconds.
Message = dict[str, JSON]
StreamRecord = dict[str, JSON]

STREAMS: Final = JsonService("dynamodb", "DynamoDBStreams_20120810")
# As an SDK does: while the service is busy or breaks off. All of these calls may be repeated.
ATTEMPTS: Final = 3

PAGE_LIMIT: Final = 1000
"""DynamoDB's greatest number of records in one answer."""


class Queues(Protocol):
    """SQS."""

    async def url(self, arn: str) -> str:
        """Return a queue's URL."""

    async def receive(self, url: str, count: int) -> list[Message]:
        """Receive up to ``count`` (at most 10) messages, without waiting for any."""

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """Delete messages by their receipt handles."""


@dataclass(frozen=True)
class Shard:
    """A shard of a stream, and the one that it grew out of."""

    id: str
    parent: str = ""


@dataclass(frozen=True)
class Page:
    """Records of a shard, and where to read on: None once the shard is closed and read.

    ``texts`` are the records as they were sent, where that is known.
    """

    records: Sequence[StreamRecord]
    next_iterator: str | None
    texts: Sequence[str] = ()


class Streams(Protocol):
    """DynamoDB Streams."""

    async def shards(self, arn: str) -> list[Shard]:
        """Return a stream's shards."""

    async def iterator(self, arn: str, shard: str, kind: IteratorKind, sequence: str | None) -> str:
        """Return where to begin to read a shard."""

    async def records(self, iterator: str) -> Page:
        """Read on in a shard."""


def _nothing() -> None:
    """Close nothing."""


@dataclass(frozen=True)
class Ports:
    """All that the service asks of the engine; ``close`` when nothing is asked any more."""

    control: ControlPlane
    queues: Queues
    streams: Streams
    targets: Targets
    close: Callable[[], None] = _nothing


def engine_ports(engine: EngineAddress, threads: Threads) -> Ports:
    """Return the ports of a running engine."""
    api = JsonApi(engine)
    targets = EngineTargets(engine, api)
    return Ports(EngineControl(engine, threads), EngineQueues(api), EngineStreams(api), targets, api.close)


class EngineQueues:
    """`Queues` at the engine."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api
        self._urls: dict[str, str] = {}  # a queue made anew has the same URL

    async def url(self, arn: str) -> str:
        """See `Queues.url`."""
        if arn not in self._urls:
            answer = await self._call("GetQueueUrl", {"QueueName": arn.rsplit(":", 1)[-1]})
            self._urls[arn] = str(answer["QueueUrl"])
        return self._urls[arn]

    async def receive(self, url: str, count: int) -> list[Message]:
        """See `Queues.receive`."""
        asked: JsonDocument = {
            "QueueUrl": url,
            "MaxNumberOfMessages": count,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        return _objects(await self._call("ReceiveMessage", asked), "Messages")

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


class EngineStreams:
    """`Streams` at the engine."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    async def shards(self, arn: str) -> list[Shard]:
        """See `Streams.shards`."""
        shards: list[Shard] = []
        asked: JsonDocument = {"StreamArn": arn}
        while True:
            answer = (await self._call("DescribeStream", asked)).get("StreamDescription")
            stream = answer if isinstance(answer, dict) else {}
            shards += [
                Shard(str(shard["ShardId"]), str(shard.get("ParentShardId") or ""))
                for shard in _objects(stream, "Shards")
            ]
            last = stream.get("LastEvaluatedShardId")
            if not last:
                return shards
            asked = {"StreamArn": arn, "ExclusiveStartShardId": last}

    async def iterator(self, arn: str, shard: str, kind: IteratorKind, sequence: str | None) -> str:
        """See `Streams.iterator`."""
        asked: JsonDocument = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind}
        if sequence is not None:
            asked["SequenceNumber"] = sequence
        return str((await self._call("GetShardIterator", asked))["ShardIterator"])

    async def records(self, iterator: str) -> Page:
        """See `Streams.records`."""
        asked: JsonDocument = {"ShardIterator": iterator, "Limit": PAGE_LIMIT}
        answer = await self._api.answer(STREAMS, "GetRecords", asked, attempts=ATTEMPTS)
        try:
            document, texts = read_elements(answer.body.decode(), "Records")
        except ValueError as error:
            raise NoAnswer(f"GetRecords was answered with what cannot be read: {error}") from None
        following, records = document.get("NextShardIterator"), _objects(document, "Records")
        own = texts if len(texts) == len(records) else ()
        return Page(records, str(following) if following else None, own)

    async def _call(self, operation: str, document: JsonDocument) -> JsonDocument:
        return await self._api.call(STREAMS, operation, document, attempts=ATTEMPTS)


def _objects(document: JsonDocument, name: str) -> list[dict[str, JSON]]:
    listed = document.get(name)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
