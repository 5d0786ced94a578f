"""Streams of changes and of data, as mappings read them: the clients of DynamoDB Streams and of Kinesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from localcloud.calls import JsonApi, JsonDocument, JsonService, NoAnswer
from localcloud.calls.elements import read_elements
from localcloud.functions.model import JSON

IteratorKind = Literal[
    "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"
]
# As the services send it, in AWS's JSON protocol: binary values are base64, times are seconds.
StreamRecord = dict[str, JSON]

TABLES: Final = JsonService("dynamodb", "DynamoDBStreams_20120810")
# The header marks a mapping's reads for Kinesis: AWS's poller leaves clients their share of a shard's
# reads, since it reads once a second; this one reads when there is something.
KINESIS: Final = JsonService(
    "kinesis", "Kinesis_20131202", "1.1", headers=(("x-localcloud-reader", "mapping"),)
)
# As an SDK does: while the service is busy or breaks off. All of these calls may be repeated.
ATTEMPTS: Final = 3

PAGE_LIMIT: Final = 1000
"""DynamoDB's greatest number of records in one answer."""
KINESIS_LIMIT: Final = 1000
"""Enough for a batch and the next, and read within milliseconds; Kinesis would send up to 10,000."""


@dataclass(frozen=True)
class Shard:
    """A shard of a stream, and those that it grew out of: two where they were merged."""

    id: str
    parent: str = ""
    adjacent: str = ""


@dataclass(frozen=True)
class Page:
    """Records of a shard, and where to read on: None once the shard is closed and read.

    ``texts`` are the records as they were sent, where that is known. ``more`` says that there are more
    records than these.
    """

    records: Sequence[StreamRecord]
    next_iterator: str | None
    texts: Sequence[str] = ()
    more: bool = False


class Streams(Protocol):
    """DynamoDB Streams, or Kinesis."""

    async def shards(self, arn: str) -> list[Shard]:
        """Return a stream's shards."""

    async def iterator(
        self, arn: str, shard: str, kind: IteratorKind, sequence: str | None, at: float | None = None
    ) -> str:
        """Return where to begin to read a shard; ``at`` is in seconds since 1970."""

    async def records(self, iterator: str) -> Page:
        """Read on in a shard."""


class TableStreams:
    """`Streams` of tables, at the engine."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    async def shards(self, arn: str) -> list[Shard]:
        """See `Streams.shards`."""
        shards: list[Shard] = []
        request: JsonDocument = {"StreamArn": arn}
        while True:
            answer = (await self._call("DescribeStream", request)).get("StreamDescription")
            stream = answer if isinstance(answer, dict) else {}
            shards += _shards(stream)
            last = stream.get("LastEvaluatedShardId")
            if not last:
                return shards
            request = {"StreamArn": arn, "ExclusiveStartShardId": last}

    async def iterator(
        self, arn: str, shard: str, kind: IteratorKind, sequence: str | None, at: float | None = None
    ) -> str:
        """See `Streams.iterator`."""
        request: JsonDocument = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind}
        if sequence is not None:
            request["SequenceNumber"] = sequence
        return str((await self._call("GetShardIterator", request))["ShardIterator"])

    async def records(self, iterator: str) -> Page:
        """See `Streams.records`."""
        request: JsonDocument = {"ShardIterator": iterator, "Limit": PAGE_LIMIT}
        answer = await self._api.answer(TABLES, "GetRecords", request, attempts=ATTEMPTS)
        try:
            document, texts = read_elements(answer.body.decode(), "Records")
        except ValueError as error:
            raise NoAnswer(f"GetRecords was answered with what cannot be read: {error}") from None
        following, records = document.get("NextShardIterator"), objects(document, "Records")
        own = texts if len(texts) == len(records) else ()
        return Page(records, str(following) if following else None, own, len(records) >= PAGE_LIMIT)

    async def _call(self, operation: str, document: JsonDocument) -> JsonDocument:
        return await self._api.call(TABLES, operation, document, attempts=ATTEMPTS)


class KinesisStreams:
    """`Streams` of Kinesis, at the engine: by a stream's ARN, or by that of a consumer of its own throughput.

    A consumer must be registered. Its records are read like a stream's: they are the same.
    """

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    async def shards(self, arn: str) -> list[Shard]:
        """See `Streams.shards`."""
        if stream_of(arn) != arn:
            await self._call("DescribeStreamConsumer", {"ConsumerARN": arn})
        shards: list[Shard] = []
        request: JsonDocument = {"StreamARN": stream_of(arn)}
        while True:
            answer = await self._call("ListShards", request)
            shards += _shards(answer)
            token = answer.get("NextToken")
            if not token:
                return shards
            request = {"NextToken": token}

    async def iterator(
        self, arn: str, shard: str, kind: IteratorKind, sequence: str | None, at: float | None = None
    ) -> str:
        """See `Streams.iterator`."""
        request: JsonDocument = {"StreamARN": stream_of(arn), "ShardId": shard, "ShardIteratorType": kind}
        if sequence is not None:
            request["StartingSequenceNumber"] = sequence
        if kind == "AT_TIMESTAMP":
            request["Timestamp"] = at
        return str((await self._call("GetShardIterator", request))["ShardIterator"])

    async def records(self, iterator: str) -> Page:
        """See `Streams.records`."""
        answer = await self._call("GetRecords", {"ShardIterator": iterator, "Limit": KINESIS_LIMIT})
        following, records = answer.get("NextShardIterator"), objects(answer, "Records")
        behind = answer.get("MillisBehindLatest")
        more = len(records) >= KINESIS_LIMIT or (isinstance(behind, int | float) and behind > 0)
        return Page(records, str(following) if following else None, more=more)

    async def _call(self, operation: str, document: JsonDocument) -> JsonDocument:
        return await self._api.call(KINESIS, operation, document, attempts=ATTEMPTS)


def stream_of(arn: str) -> str:
    """Return the ARN of a stream, where that of one of its consumers may be given.

    Examples
    --------
    >>> stream_of("arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1763661600")
    'arn:aws:kinesis:us-east-1:000000000000:stream/s'
    """
    return arn.partition("/consumer/")[0]


def objects(document: JsonDocument, name: str) -> list[dict[str, JSON]]:
    """Return the objects of a list in a document."""
    listed = document.get(name)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _shards(document: JsonDocument) -> list[Shard]:
    return [
        Shard(
            str(shard["ShardId"]),
            str(shard.get("ParentShardId") or ""),
            str(shard.get("AdjacentParentShardId") or ""),
        )
        for shard in objects(document, "Shards")
    ]
