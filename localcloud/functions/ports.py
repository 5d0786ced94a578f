"""What the service asks of the engine, as small protocols, and their clients by boto3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from localcloud.functions.control import ControlPlane, EngineControl
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.type_defs import RecordTypeDef, ShardTypeDef
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, MessageTypeDef

    from localcloud.aws import EngineAddress

IteratorKind = Literal["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]


class Queues(Protocol):
    """SQS."""

    async def url(self, arn: str) -> str:
        """Return a queue's URL."""

    async def receive(self, url: str, count: int) -> list[MessageTypeDef]:
        """Receive up to ``count`` (at most 10) messages, without waiting for any."""

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """Delete messages by their receipt handles."""

    async def send(self, url: str, body: str, attributes: Mapping[str, str]) -> None:
        """Send a message; the attributes are strings."""


@dataclass(frozen=True)
class Page:
    """Records of a shard, and where to read on: None once the shard is closed and read."""

    records: Sequence[RecordTypeDef]
    next_iterator: str | None


class Streams(Protocol):
    """DynamoDB Streams."""

    async def shards(self, arn: str) -> list[ShardTypeDef]:
        """Return a stream's shards."""

    async def iterator(self, arn: str, shard: str, kind: IteratorKind, sequence: str | None) -> str:
        """Return where to begin to read a shard."""

    async def records(self, iterator: str) -> Page:
        """Read on in a shard."""


@dataclass(frozen=True)
class Ports:
    """All that the service asks of the engine."""

    control: ControlPlane
    queues: Queues
    streams: Streams


def engine_ports(engine: EngineAddress, threads: Threads) -> Ports:
    """Return the ports of a running engine."""
    return Ports(
        EngineControl(engine, threads), EngineQueues(engine, threads), EngineStreams(engine, threads)
    )


class EngineQueues:
    """`Queues` at the engine."""

    def __init__(self, engine: EngineAddress, threads: Threads) -> None:
        self._sqs = engine.client("sqs")
        self._threads = threads
        self._urls: dict[str, str] = {}  # a queue made anew has the same URL

    async def url(self, arn: str) -> str:
        """See `Queues.url`."""
        if arn not in self._urls:
            name = arn.rsplit(":", 1)[-1]
            answer = await self._threads.run(lambda: self._sqs.get_queue_url(QueueName=name))
            self._urls[arn] = answer["QueueUrl"]
        return self._urls[arn]

    async def receive(self, url: str, count: int) -> list[MessageTypeDef]:
        """See `Queues.receive`."""
        answer = await self._threads.run(
            lambda: self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=count,
                WaitTimeSeconds=0,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        )
        return answer.get("Messages", [])

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """See `Queues.delete`."""

        def delete() -> None:
            for start in range(0, len(receipts), 10):
                part = receipts[start : start + 10]
                self._sqs.delete_message_batch(
                    QueueUrl=url,
                    Entries=[{"Id": str(number), "ReceiptHandle": one} for number, one in enumerate(part)],
                )

        await self._threads.run(delete)

    async def send(self, url: str, body: str, attributes: Mapping[str, str]) -> None:
        """See `Queues.send`."""
        typed: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        await self._threads.run(
            lambda: self._sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)
        )


class EngineStreams:
    """`Streams` at the engine."""

    def __init__(self, engine: EngineAddress, threads: Threads) -> None:
        self._streams = engine.client("dynamodbstreams")
        self._threads = threads

    async def shards(self, arn: str) -> list[ShardTypeDef]:
        """See `Streams.shards`."""

        def every() -> list[ShardTypeDef]:
            answer = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]
            shards = list(answer["Shards"])
            while last := answer.get("LastEvaluatedShardId"):
                answer = self._streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=last)[
                    "StreamDescription"
                ]
                shards += answer["Shards"]
            return shards

        return await self._threads.run(every)

    async def iterator(self, arn: str, shard: str, kind: IteratorKind, sequence: str | None) -> str:
        """See `Streams.iterator`."""

        def get() -> str:
            if sequence is None:
                answer = self._streams.get_shard_iterator(
                    StreamArn=arn, ShardId=shard, ShardIteratorType=kind
                )
            else:
                answer = self._streams.get_shard_iterator(
                    StreamArn=arn, ShardId=shard, ShardIteratorType=kind, SequenceNumber=sequence
                )
            return answer["ShardIterator"]

        return await self._threads.run(get)

    async def records(self, iterator: str) -> Page:
        """See `Streams.records`."""
        answer = await self._threads.run(lambda: self._streams.get_records(ShardIterator=iterator))
        return Page(answer["Records"], answer.get("NextShardIterator"))
