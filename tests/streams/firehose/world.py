"""A delivery stream with stand-ins around it: time that a test moves, and services that remember."""

from __future__ import annotations

import asyncio
import base64
import heapq
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.streams.firehose.facade import (
    Around,
    CallFailed,
    Conversion,
    Converted,
    FirehoseService,
    Keeping,
)
from localcloud.streams.hive import Column
from localcloud.watchtower.facade import Metrics

ROLE = "arn:aws:iam::000000000000:role/firehose"
BUCKET = "arn:aws:s3:::lake"
START = 1_772_000_000.0


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = START
        self._order = itertools.count()
        self._calls: list[tuple[float, int, Callable[[], None], Timer]] = []

    def now(self) -> float:
        return self.time

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = Timer()
        heapq.heappush(self._calls, (self.time + seconds, next(self._order), call, timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.later(seconds, woken.set)
        await woken.wait()

    async def pass_on(self, seconds: float) -> None:
        """Move on, with everything that is due on the way."""
        end = self.time + seconds
        await settle()
        while self._calls and self._calls[0][0] <= end:
            at, _, call, timer = heapq.heappop(self._calls)
            self.time = max(self.time, at)
            if not timer.cancelled:
                call()
            await settle()
        self.time = end


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(30):
        await asyncio.sleep(0)


class Services:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refusals: list[CallFailed] = []
        self.invocations: list[dict[str, Any]] = []
        self.function: Callable[[dict[str, Any]], Any] = lambda event: {"records": event["records"]}
        self.new = 0
        self.lines: list[tuple[str, str, dict[str, Any]]] = []
        self.unreadable: Mapping[int, str] = {}
        self.converted: list[list[bytes]] = []
        self.kinesis_pages: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.objects[f"{bucket}/{key}"] = body

    async def invoke(self, function: str, payload: bytes) -> bytes:
        event = json.loads(payload)
        self.invocations.append(event)
        answer = self.function(event)
        if isinstance(answer, CallFailed):
            raise answer
        return json.dumps(answer).encode()

    async def columns(self, conversion: Conversion) -> Sequence[Column]:
        return ()

    async def convert(
        self, records: Sequence[bytes], columns: Sequence[Column], conversion: Conversion
    ) -> Converted:
        self.converted.append(list(records))
        return Converted(b"PAR1", self.unreadable)

    def changes(self, stream: str) -> int:
        return self.new

    async def log(self, group: str, stream: str, line: str) -> None:
        self.lines.append((group, stream, json.loads(line)))

    async def kinesis(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self.kinesis_pages is not None
        await asyncio.sleep(0)
        return self.kinesis_pages(operation, request)


class Shop:
    """A Firehose, and what is around it."""

    def __init__(self, keeping: Keeping | None = None) -> None:
        self.clock, self.services = Clock(), Services()
        self.factor: float | None = 1.0
        self.metrics = Metrics(self.clock.now)
        self.service = FirehoseService(
            "000000000000",
            "us-east-1",
            Around(self.services, self.metrics, self.clock, keeping, lambda: self.factor),
        )

    def create(self, name: str = "orders", **destination: Any) -> None:
        self.service.answer(
            "CreateDeliveryStream",
            {
                "DeliveryStreamName": name,
                "ExtendedS3DestinationConfiguration": extended(**destination),
            },
        )

    def put(self, *data: bytes, name: str = "orders") -> dict[str, Any]:
        records = [{"Data": base64.b64encode(item).decode()} for item in data]
        return self.service.answer("PutRecordBatch", {"DeliveryStreamName": name, "Records": records})

    def bodies(self, prefix: str = "lake/") -> list[bytes]:
        return [body for key, body in self.services.objects.items() if key.startswith(prefix)]

    def measured(self, name: str) -> float:
        return float(
            sum(row[2] for drained in self.metrics.drain() if drained.name == name for row in drained.rows)
        )


def extended(**more: Any) -> dict[str, Any]:
    hints = {"SizeInMBs": 1, "IntervalInSeconds": 60}
    return {"RoleARN": ROLE, "BucketARN": BUCKET, "BufferingHints": hints, **more}


def processor(kind: str, **parameters: str) -> dict[str, Any]:
    return {
        "Type": kind,
        "Parameters": [
            {"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    }


def processing(*processors: dict[str, Any]) -> dict[str, Any]:
    return {"Enabled": True, "Processors": list(processors)}


FUNCTION = processor(
    "Lambda",
    LambdaArn="arn:aws:lambda:us-east-1:000000000000:function:clean",
    NumberOfRetries="2",
    BufferIntervalInSeconds="0",
)
CONVERSION = {
    "Enabled": True,
    "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "shop", "TableName": "orders"},
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
}
LARGE = {"SizeInMBs": 64, "IntervalInSeconds": 60}
