"""Kinesis on clocks that a test sets, and the short ways in which tests use it."""

from __future__ import annotations

from typing import Any

from localcloud.streams.kinesis.interfaces import ProcessInterfaces
from localcloud.streams.kinesis.service import KinesisService
from localcloud.streams.kinesis.stream import Clocks

PLACE = ("000000000000", "us-east-1")
Json = dict[str, Any]


class Cloud:
    """A service whose time stands still until a test moves it on."""

    def __init__(self, ports: ProcessInterfaces | None = None) -> None:
        self.seconds = 1_800_000_000.0
        self.ports = ports or ProcessInterfaces()
        self.changes: list[tuple[str, str]] = []
        self.ports.changed = lambda arn, shard: self.changes.append((arn, shard))
        self.service = KinesisService(self.ports, Clocks(lambda: self.seconds, lambda: self.seconds))

    def __call__(self, operation: str, **request: Any) -> Json:
        answer = self.service.answer(PLACE, operation, request)
        assert isinstance(answer, dict)
        return answer

    def create(self, name: str = "orders", shards: int = 1, **settings: Any) -> str:
        """Create a stream; return its name."""
        self("CreateStream", StreamName=name, ShardCount=shards, **settings)
        return name

    def arn(self, name: str) -> str:
        summary = self("DescribeStreamSummary", StreamName=name)["StreamDescriptionSummary"]
        return str(summary["StreamARN"])

    def put(self, key: str, data: bytes = b"x", stream: str = "orders", **more: Any) -> Json:
        return self("PutRecord", StreamName=stream, PartitionKey=key, Data=data, **more)

    def iterator(
        self, kind: str = "TRIM_HORIZON", shard: str = "0", stream: str = "orders", **more: Any
    ) -> str:
        request = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": kind, **more}
        return str(self("GetShardIterator", **request)["ShardIterator"])

    def get(self, iterator: str, **more: Any) -> Json:
        return self("GetRecords", ShardIterator=iterator, **more)

    def data(self, iterator: str) -> list[bytes]:
        return [record["Data"] for record in self.get(iterator)["Records"]]

    def shards(self, stream: str = "orders", **more: Any) -> list[Json]:
        listed: list[Json] = self("ListShards", StreamName=stream, **more)["Shards"]
        return listed
