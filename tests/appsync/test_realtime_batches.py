"""Events of one turn of the loop are written together: in order, and before what ends a subscription."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.filters import parse_filter
from localcloud.appsync.outcomes import FieldOutcome, Invalidation
from localcloud.appsync.resolving import FieldCall
from tests.appsync.endpoint_support import Running, resolvers, running
from tests.appsync.test_realtime_protocol import connected, start_subscription

EVERYTHING: JSON = {"filterGroup": [{"filters": [{"fieldName": "id", "operator": "ne", "value": "none"}]}]}


def say_and_end(call: FieldCall) -> FieldOutcome:
    return FieldOutcome(dict(call.arguments), invalidations=[Invalidation("onGuarded", {"id": "1"})])


def guarded(_call: FieldCall) -> FieldOutcome:
    return FieldOutcome(None, invalidation_filter=parse_filter(EVERYTHING))


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    fakes = resolvers()
    fakes.handlers["Mutation", "say"] = say_and_end
    fakes.handlers["Subscription", "onGuarded"] = guarded
    async with running(fakes=fakes) as up:
        yield up


async def test_subscribers_receive_each_event_once_and_in_order(cloud: Running) -> None:
    async with connected(cloud) as client:
        # Ids of different lengths, so that their frames have different headers.
        await start_subscription(cloud, client, "subscription { onSay { id } }", id="a")
        await start_subscription(cloud, client, "subscription { onSay { id } }", id="b" * 120)
        await cloud.query("mutation { x: say(id: 1) { id } y: say(id: 2) { id } z: say(id: 3) { id } }")
        frames = [await client.receive_json(timeout=60) for _ in range(6)]
        for name in ("a", "b" * 120):
            mine = [frame["payload"]["data"]["onSay"]["id"] for frame in frames if frame["id"] == name]
            assert mine == ["1", "2", "3"]
        mutations = [
            cloud.query("mutation S($i: ID!) { say(id: $i) { id } }", {"i": str(n)}) for n in range(50)
        ]
        await asyncio.gather(*mutations)
        received = [await client.receive_json(timeout=60) for _ in range(100)]
        for name in ("a", "b" * 120):
            mine = [frame["payload"]["data"]["onSay"]["id"] for frame in received if frame["id"] == name]
            assert sorted(mine) == sorted(str(n) for n in range(50))


async def test_event_arrives_before_the_end_that_it_causes(
    cloud: Running,
) -> None:
    async with connected(cloud) as client:
        await start_subscription(cloud, client, "subscription { onGuarded { id } }")
        await cloud.query("mutation { say(id: 1) { id } }")
        data = await client.receive_json(timeout=60)
        assert data == {"id": "1", "type": "data", "payload": {"data": {"onGuarded": {"id": "1"}}}}
        assert await client.receive_json(timeout=60) == {"id": "1", "type": "complete"}
        await start_subscription(cloud, client, "subscription { onSay { id } }", id="2")
        await cloud.query("mutation { say(id: 2) { id } }")
        assert (await client.receive_json(timeout=60))["id"] == "2"
