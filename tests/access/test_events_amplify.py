"""Amplify's ``events`` client, in node, follows an order of the stack, but not another customer's."""

from __future__ import annotations

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.access.conftest import World
from tests.access.table import Caller
from tests.access.test_events import address
from tests.aws_rules.npm import installed, needs

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SCRIPT = Path(__file__).parent / "node" / "follow_events.mjs"
PACKAGES = Path(__file__).parents[1] / "appsync_clients" / "node"
PATIENCE = 120


@pytest.fixture(scope="module")
def packages() -> Path:
    """Install the clients; one process at a time, for tests of several files run side by side."""
    needs("node", "npm")
    with (PACKAGES / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return installed(PACKAGES)


@asynccontextmanager
async def following(
    packages: Path, world: World, who: Caller, channel: str
) -> AsyncIterator[asyncio.StreamReader]:
    endpoint = address(world, "realtime").removesuffix("/realtime")
    process = await asyncio.create_subprocess_exec(
        *("node", str(SCRIPT), str(packages), endpoint, world.people[who].token, channel),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(lines: asyncio.StreamReader) -> Any:
    return json.loads(await asyncio.wait_for(lines.readline(), PATIENCE))


@pytest.mark.parametrize("channel", ["/orders/{owner}/{order}", "/orders/{owner}/*"])
async def test_amplify_follows_an_order(packages: Path, world: World, channel: str) -> None:
    order = world.order()
    path = channel.format(owner=world.owner.sub, order=order["clientToken"])
    document = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"
    async with following(packages, world, Caller.OWNER, path) as lines:
        assert await line(lines) == {"subscribed": True}
        await world.endpoints.post(world.credentials[Caller.OWNER], document, {"input": order})
        statuses: set[str] = set()
        while statuses != {"RECEIVED", "VALIDATED", "CONFIRMED"}:
            event = (await line(lines))["event"]
            if event["orderId"] == order["clientToken"]:
                statuses.add(event["status"])


async def test_amplify_is_refused_the_channel_of_another_customer(packages: Path, world: World) -> None:
    async with following(packages, world, Caller.STRANGER, f"/orders/{world.owner.sub}/*") as lines:
        assert await line(lines) == {"subscribed": False}
