"""A subscription on the wire: what is sent, at whose pace, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from botocore.eventstream import EventStreamBuffer

from localcloud.encodings.cbor import loads
from localcloud.engine.streams.following import run
from localcloud.streams.kinesis.facade import CBOR, Subscription
from tests.streams.kinesis.cloud import PLACE, Cloud


class Wire:
    """A connection whose reader takes a message when a test lets it."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()
        self.gone = asyncio.Event()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.open.wait()
        await self.messages.put(message["body"])

    async def receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def event(self) -> tuple[str, Any]:
        buffer = EventStreamBuffer()
        buffer.add_data(await self.messages.get())
        message = next(iter(buffer)).to_response_dict()
        assert message["headers"][":content-type"] == CBOR
        kind = message["headers"].get(":event-type") or message["headers"][":exception-type"]
        return kind, loads(message["body"], moment=lambda number: number)


@asynccontextmanager
async def subscribed(cloud: Cloud) -> AsyncIterator[tuple[Wire, asyncio.Task[None]]]:
    cloud.create()
    consumer = cloud("RegisterStreamConsumer", StreamARN=cloud.arn("orders"), ConsumerName="reader")[
        "Consumer"
    ]
    start = {"ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    request = {"ConsumerARN": consumer["ConsumerARN"], **start}
    subscription = cloud.service.answer(PLACE, "SubscribeToShard", request)
    assert isinstance(subscription, Subscription)
    wire = Wire()
    task = asyncio.ensure_future(run(cloud.service, subscription, CBOR)(wire.send, wire.receive))
    try:
        yield wire, task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_record_is_sent_on_arrival_and_a_slow_reader_is_awaited() -> None:
    cloud = Cloud()
    async with subscribed(cloud) as (wire, _):
        assert await wire.event() == ("initial-response", {})
        assert (await wire.event())[1]["Records"] == []
        cloud.put("a", b"1")
        kind, event = await wire.event()
        [record] = event["Records"]
        assert (kind, record["Data"]) == ("SubscribeToShardEvent", b"1")
        assert record["ApproximateArrivalTimestamp"] == cloud.seconds * 1000
        cloud.seconds += 1
        wire.open.clear()
        cloud.put("a", b"2")
        await asyncio.sleep(0)
        for number in b"345":
            cloud.put("a", bytes([number]))
        wire.open.set()
        received: list[bytes] = []
        while len(received) < 4:
            cloud.seconds += 1
            received += [record["Data"] for record in (await wire.event())[1]["Records"]]
        assert received == [b"2", b"3", b"4", b"5"]


async def test_subscription_ends_with_an_error_when_its_consumer_is_deleted() -> None:
    cloud = Cloud()
    async with subscribed(cloud) as (wire, task):
        await wire.event(), await wire.event()
        cloud("DeregisterStreamConsumer", StreamARN=cloud.arn("orders"), ConsumerName="reader")
        kind, error = await wire.event()
        assert kind == "ResourceNotFoundException"
        assert error["message"].startswith("Consumer arn:aws:kinesis:")
        await task


async def test_disconnected_reader_releases_its_place() -> None:
    cloud = Cloud()
    async with subscribed(cloud) as (wire, task):
        await wire.event()
        stream = cloud.service.region(*PLACE).streams["orders"]
        assert stream.consumers["reader"].subscriptions
        wire.gone.set()
        await task
        assert not stream.consumers["reader"].subscriptions
        assert not stream.shards[0].listeners


async def test_subscription_ends_with_the_process() -> None:
    cloud = Cloud()
    async with subscribed(cloud) as (wire, task):
        await wire.event(), await wire.event()
        cloud.service.end()
        await task
        assert await wire.messages.get() == b""
