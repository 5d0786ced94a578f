"""Amplify's ``events`` client, in node."""

from __future__ import annotations

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localcloud.appsync.definition import AuthMode, AuthType, UserPoolConfig
from localcloud.appsync.events.definition import Namespace
from tests.appsync.endpoint_support import API_KEY, POOL, REGION
from tests.appsync_events.support import KEY, definition, namespace, running, until_live
from tests.aws_rules.npm import installed, needs

pytestmark = pytest.mark.slow
SCRIPTS = Path(__file__).parent / "node"
PACKAGES = Path(__file__).parents[1] / "appsync_clients" / "node"
POOLS: frozenset[AuthType] = frozenset({"AMAZON_COGNITO_USER_POOLS"})


@pytest.fixture(scope="module")
def packages() -> Path:
    """Install the clients; one process at a time, for tests of several files run side by side."""
    needs("node", "npm")
    with (PACKAGES / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return installed(PACKAGES)


@asynccontextmanager
async def started(script: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a script of this folder's; it is gone at the end."""
    process = await asyncio.create_subprocess_exec(
        *("node", str(SCRIPTS / script), str(PACKAGES), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_amplify_events_client_publishes_and_subscribes(packages: Path) -> None:
    pool = AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION))
    api = definition(
        namespace("default"),
        Namespace("people", POOLS, POOLS),
        auth_modes=(AuthMode("API_KEY"), pool),
        connect_modes=KEY | POOLS,
    )
    async with running(api) as up:
        http = up.address.http
        arguments = (http, up.address.realtime.removesuffix("/realtime"), API_KEY, up.pool.token())
        async with started("events.mjs", *arguments) as process:
            out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (out.decode(), err.decode())
    messages = [json.loads(line) for line in out.decode().splitlines()]
    unauthorized = "Connection failed: UnauthorizedException: undefined"  # AWS gives no message either
    assert [(message["what"], message["value"]) for message in messages] == [
        ("subscribed", 0),
        ("posted", None),
        (
            "received",
            [{"type": "data", "event": {"text": "hello"}}, {"type": "data", "event": "plain"}],
        ),
        ("published", None),
        ("received", [{"text": "over the socket"}]),
        ("as a user", [{"text": "for people"}]),
        ("refused", "UnauthorizedException: Unknown error"),
        ("not subscribed", unauthorized),
        ("never ready", unauthorized),
        ("errors", 0),
    ]


async def test_amplify_events_client_reconnects_after_the_server_restarts(packages: Path) -> None:
    async with running() as up:
        endpoint = up.address.realtime.removesuffix("/realtime")
        async with started("reconnect.mjs", endpoint, API_KEY) as process:
            assert process.stdout is not None and process.stdin is not None
            for event in ("before", "after"):
                await until_live(up, 1, seconds=60)  # it tries again after 5 seconds
                await up.publish("/default/a", event)
                line = await asyncio.wait_for(process.stdout.readline(), 60)
                assert json.loads(line) == event
                ports, api_id = up.service.events._ports, up.address.id
                number = ports[api_id].server.port
                await ports.close(api_id)
                await ports.open(api_id, up.address.name, number)
            process.stdin.close()
            assert await asyncio.wait_for(process.wait(), 60) == 0
