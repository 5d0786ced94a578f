"""A control plane, queues and streams in memory: what the engine answers, without the engine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import itertools
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from localcloud.calls import NoAnswer
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.interfaces import EngineInterfaces, Message
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.records import sequence_number
from localcloud.functions.model import FunctionDefinition
from localcloud.functions.outcome_targets import Attribute
from localcloud.functions.streams import PAGE_LIMIT, IteratorKind, Page, Shard, StreamRecord, stream_of

ACCOUNT = "123456789012"
REGION = "eu-west-1"
HANDLERS = Path(__file__).with_name("handlers")


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def kinesis_arn(name: str) -> str:
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def stream_arn(table: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/2026-11-20T18:00:00.000"


class FakeControl:
    def __init__(self) -> None:
        self.functions: dict[str, FunctionDefinition] = {}
        self.archives: dict[str, bytes] = {}
        self.configs: dict[str, AsynchronousConfig] = {}
        self.defined_mappings: list[MappingDefinition] = []
        self.calls = 0
        self.listings = 0

    def define(self, name: str, handler: str, **changes: object) -> FunctionDefinition:
        definition = FunctionDefinition(
            name=name,
            arn=function_arn(name),
            runtime="python3.13",
            handler=handler,
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
            timeout=20,
        )
        self.functions[name] = replace(definition, **changes)  # type: ignore[arg-type]
        return self.functions[name]

    def upload(self, files: Mapping[str, str]) -> tuple[str, str]:
        """Keep a zip, and return its hash and where it can be had."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return self.keep(buffer.getvalue())

    def keep(self, content: bytes) -> tuple[str, str]:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self.archives[f"memory:{digest}"] = content
        return digest, f"memory:{digest}"

    async def function(self, name: str, qualifier: str) -> FunctionDefinition | None:
        self.calls += 1
        record = self.functions.get(name)
        return replace(record, qualifier=qualifier) if record else None

    async def function_names(self) -> list[str]:
        return sorted(self.functions)

    async def asynchronous_config(self, name: str, qualifier: str) -> AsynchronousConfig:
        return self.configs.get(name, AsynchronousConfig())

    async def mappings(self) -> list[MappingDefinition]:
        self.listings += 1
        return list(self.defined_mappings)

    async def layer_location(self, arn: str) -> str:
        return f"memory:{arn}"

    async def download(self, url: str) -> bytes:
        return self.archives[url]


@dataclass
class FakeQueue:
    messages: list[Message] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


def group_of(message: Message) -> str:
    attributes = message["Attributes"]
    return str(attributes.get("MessageGroupId", "")) if isinstance(attributes, dict) else ""


class FakeQueues:
    """Queues whose received messages stay invisible until they are deleted."""

    def __init__(self) -> None:
        self.queues: dict[str, FakeQueue] = {}
        self.receives = 0

    def __getitem__(self, arn: str) -> FakeQueue:
        return self.queues.setdefault(arn, FakeQueue())

    def put(self, arn: str, *bodies: str) -> list[str]:
        ids = []
        for body in bodies:
            message_id = str(uuid.uuid4())
            ids.append(message_id)
            self[arn].messages.append(
                {
                    "MessageId": message_id,
                    "ReceiptHandle": f"receipt-{message_id}",
                    "Body": body,
                    "MD5OfBody": hashlib.md5(body.encode()).hexdigest(),
                    "Attributes": {
                        "ApproximateReceiveCount": "1",
                        "SentTimestamp": "1763661600000",
                        "SenderId": "AIDAEXAMPLE",
                        "ApproximateFirstReceiveTimestamp": "1763661600005",
                    },
                }
            )
        return ids

    def put_in_groups(self, arn: str, *messages: tuple[str, str]) -> list[str]:
        """Put messages into a FIFO queue: a group and a body each."""
        ids = self.put(arn, *(body for _, body in messages))
        for message, (group, _) in zip(self[arn].messages[-len(ids) :], messages, strict=True):
            attributes = message["Attributes"]
            assert isinstance(attributes, dict)
            attributes["MessageGroupId"] = group
        return ids

    def show_again(self, arn: str) -> None:
        """End the visibility timeout of whatever was received and not deleted."""
        queue = self[arn]
        queue.messages[:0] = [item for item in queue.received if item["ReceiptHandle"] not in queue.deleted]
        queue.received.clear()

    async def url(self, arn: str) -> str:
        return arn

    async def receive(self, url: str, count: int) -> list[Message]:
        self.receives += 1
        queue = self[url]
        in_flight = [item for item in queue.received if item["ReceiptHandle"] not in queue.deleted]
        locked = {group_of(message) for message in in_flight} - {""}
        batch = [message for message in queue.messages if group_of(message) not in locked][:count]
        queue.messages = [message for message in queue.messages if message not in batch]
        queue.received += batch
        return batch

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        self[url].deleted += receipts


class FakeStreams:
    """Streams whose iterators are ``arn|shard|index``."""

    def __init__(self) -> None:
        self.shard_list: dict[str, list[Shard]] = {}
        self.records_of: dict[tuple[str, str], list[StreamRecord]] = {}
        self.closed: set[tuple[str, str]] = set()
        self.errors: list[Exception] = []
        self.reads = 0
        self._numbers = itertools.count(100)

    def add_shard(self, arn: str, shard: str = "shardId-1", *parents: str) -> None:
        self.shard_list.setdefault(arn, []).append(Shard(shard, *parents))
        self.records_of[(arn, shard)] = []

    def put(
        self, arn: str, *keys: str, shard: str = "shardId-1", at: datetime | None = None, name: str = "INSERT"
    ) -> list[str]:
        numbers = []
        for key in keys:
            number = str(next(self._numbers))
            numbers.append(number)
            self.records_of[(arn, shard)].append(
                {
                    "eventID": hashlib.md5(number.encode()).hexdigest(),
                    "eventName": name,
                    "eventVersion": "1.1",
                    "eventSource": "aws:dynamodb",
                    "awsRegion": REGION,
                    "dynamodb": {
                        "ApproximateCreationDateTime": int((at or datetime.now(UTC)).timestamp()),
                        "Keys": {"pk": {"S": key}},
                        "NewImage": {"pk": {"S": key}},
                        "SequenceNumber": number,
                        "SizeBytes": 26,
                        "StreamViewType": "NEW_AND_OLD_IMAGES",
                    },
                }
            )
        return numbers

    async def shards(self, arn: str) -> list[Shard]:
        return list(self.shard_list.get(stream_of(arn), []))

    async def iterator(
        self, arn: str, shard: str, kind: IteratorKind, sequence: str | None, at: float | None = None
    ) -> str:
        arn = stream_of(arn)
        records = self.records_of[(arn, shard)]
        index = {"TRIM_HORIZON": 0, "LATEST": len(records)}.get(kind, 0)
        if kind == "AT_TIMESTAMP":
            index = sum(float(str(record["ApproximateArrivalTimestamp"])) < (at or 0) for record in records)
        if sequence is not None:
            numbers = [record.get("SequenceNumber") or sequence_number(record) for record in records]
            index = numbers.index(sequence) + (kind == "AFTER_SEQUENCE_NUMBER")
        return f"{arn}|{shard}|{index}"

    async def records(self, iterator: str) -> Page:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        arn, shard, index = iterator.split("|")
        record = self.records_of[(arn, shard)][int(index) : int(index) + PAGE_LIMIT]
        end = int(index) + len(record)
        following = None if (arn, shard) in self.closed else f"{arn}|{shard}|{end}"
        return Page(record, following, more=len(record) >= PAGE_LIMIT)


class FakeKinesis(FakeStreams):
    """Data streams: what is put has data, a partition key and a time of arrival."""

    def send(
        self, arn: str, *records: tuple[str, bytes], shard: str = "shardId-1", at: float = 0.0
    ) -> list[str]:
        """Put records, a partition key and data each; return their sequence numbers."""
        numbers = []
        for key, data in records:
            numbers.append(str(next(self._numbers)))
            self.records_of[(arn, shard)].append(
                {
                    "SequenceNumber": numbers[-1],
                    "ApproximateArrivalTimestamp": at,
                    "Data": base64.b64encode(data).decode(),
                    "PartitionKey": key,
                    "EncryptionType": "NONE",
                }
            )
        return numbers


class FakeTargets:
    """Whatever takes records; ``refuses`` holds the ARNs of those that are not there."""

    def __init__(self) -> None:
        self.messages: dict[str, list[tuple[str, dict[str, Attribute]]]] = {}
        self.events: list[tuple[str, str, str, list[str]]] = []
        self.objects: dict[str, list[tuple[str, bytes]]] = {}
        self.refuses: set[str] = set()

    def sent(self, arn: str) -> list[tuple[str, dict[str, Attribute]]]:
        """Return what a queue or a topic has."""
        return self.messages.get(arn, [])

    async def send(self, queue: str, body: str, attributes: Mapping[str, Attribute]) -> None:
        self._refuse(queue)
        self.messages.setdefault(queue, []).append((body, dict(attributes)))

    async def publish(self, topic: str, message: str, attributes: Mapping[str, Attribute]) -> None:
        await self.send(topic, message, attributes)

    async def put_event(self, bus: str, detail_type: str, detail: str, resources: list[str]) -> None:
        self._refuse(bus)
        self.events.append((bus, detail_type, detail, resources))

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self._refuse(bucket)
        self.objects.setdefault(bucket, []).append((key, body))

    def _refuse(self, arn: str) -> None:
        if arn in self.refuses:
            raise NoAnswer(f"{arn} is not there")


class FakeClock:
    """A clock that goes on only in sleeps, or when it is moved."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@dataclass
class World:
    """Everything the service asks, in memory."""

    control: FakeControl = field(default_factory=FakeControl)
    queues: FakeQueues = field(default_factory=FakeQueues)
    streams: FakeStreams = field(default_factory=FakeStreams)
    kinesis: FakeKinesis = field(default_factory=FakeKinesis)
    targets: FakeTargets = field(default_factory=FakeTargets)

    def ports(self) -> EngineInterfaces:
        return EngineInterfaces(self.control, self.queues, self.streams, self.kinesis, self.targets)
