"""Event streams: every row with every caller, and every credential that does not hold."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from clients.event_stream import EventReader
from tests.access.conftest import World
from tests.access.streams import LISTENERS, NOT_THERE, STREAM_ROWS, StreamRow
from tests.access.table import Bad, Caller, Of, Outcome

pytestmark = pytest.mark.integration
PATIENCE = 60.0


def address(world: World) -> str:
    apis: Any = world.shop.cloud.ready["rest_apis"]
    [url] = [str(api["url"]) for api in apis if api["id"] == world.shop.cloud.outputs["SseApiId"]]
    return url


async def changes(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """Yield the order of each change that a stream tells, until it ends."""
    reader = EventReader()
    async for piece in response.content.iter_any():
        for event in reader.feed(piece):
            if event.name == "change":
                yield str(json.loads(event.data)["orderId"])


@pytest.mark.parametrize("caller", LISTENERS, ids=[who.name.lower() for who in LISTENERS])
@pytest.mark.parametrize("row", STREAM_ROWS, ids=[f"{row.path} {row.of.name.lower()}" for row in STREAM_ROWS])
async def test_stream_access_is_as_the_page_says(world: World, row: StreamRow, caller: Caller) -> None:
    order_id = str((await world.submitted())["clientToken"]) if row.of is Of.THEIRS else str(uuid.uuid4())
    url = address(world) + row.path.format(id=order_id)
    async with (
        asyncio.timeout(PATIENCE),
        aiohttp.ClientSession() as session,
        session.get(url, headers=world.credentials[caller].headers(url, "")) as response,
    ):
        outcome = row.outcome(caller)
        if outcome == NOT_THERE:
            assert response.status == 404
            problem = await response.json(content_type="application/problem+json")
            assert problem["type"] == "urn:orderwire:problem:order-not-found"
            return
        assert response.status == 200
        last = order_id
        if row.path == "/events" and outcome == Outcome.SILENCE:
            # A caller who receives nothing of this order receives their own, which comes after it.
            last = str((await world.submitted(caller))["clientToken"])
        kinds = set()
        async for changed in changes(response):
            kinds.add(changed)
            if changed == last:
                break
        assert (order_id in kinds) is (outcome == Outcome.HEARS)
        if "wait" in row.path and outcome == Outcome.SILENCE:
            assert not kinds


@pytest.mark.parametrize("bad", list(Bad), ids=[bad.name.lower() for bad in Bad])
async def test_invalid_credential_opens_no_stream(world: World, bad: Bad) -> None:
    for path in ("/events", f"/orders/{uuid.uuid4()}/events?wait=1"):
        url = address(world) + path
        async with (
            asyncio.timeout(PATIENCE),
            aiohttp.ClientSession() as session,
            session.get(url, headers=world.bad[bad].headers(url, "")) as response,
        ):
            assert response.status == 401
            assert "text/event-stream" not in response.headers["Content-Type"]
