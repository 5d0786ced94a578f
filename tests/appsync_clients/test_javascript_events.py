"""Amplify's client of Event APIs, in node and Chromium: each mode at both endpoints, restarts, errors."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.appsync_clients.api import API_KEY, REGION
from tests.appsync_clients.driven import PATIENCE, Driven, Thrown, Ways
from tests.appsync_clients.people import Issuer, brought
from tests.appsync_clients.served import Served, served

pytestmark = pytest.mark.slow
MODES = ("API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA")
everywhere = pytest.mark.parametrize("place", ["node", "chromium"])


@pytest.fixture(scope="module")
def event_api(tokens: Issuer) -> Iterator[Served]:
    with served(tokens, folder="event-apis") as started:
        yield started


async def configure(client: Driven, api: Served, mode: str, **changes: str) -> None:
    addresses = {"http": f"http://{api.host}/event", "realtime": f"ws://{api.host}/event"}
    configuration = {**addresses, "region": REGION, "mode": mode, **brought(mode, api.issuer)}
    await client.do("configure", **{**configuration, **changes})


@asynccontextmanager
async def one_of_each(ways: Ways, place: str, api: Served) -> AsyncIterator[dict[str, Driven]]:
    """Open a client for each mode; each follows the channels below the one of its mode."""
    async with ways.open("events", place, len(MODES)) as opened:
        clients = dict(zip(MODES, opened, strict=True))
        for mode, client in clients.items():
            await configure(client, api, mode)
            await client.do("subscribe", **{"as": "s", "channel": f"/default/{channel_of(mode)}/*"})
        await api.until_live(subscriptions=len(MODES), connections=len(MODES))
        yield clients


def channel_of(mode: str) -> str:
    """Return a channel's part: underscores are not allowed there."""
    return mode.replace("_", "-")


async def each_hears_its_own(clients: dict[str, Driven], *events: object) -> None:
    for mode, client in clients.items():
        assert await client.do("post", channel=f"/default/{channel_of(mode)}/a", what=list(events)) is None
    for client in clients.values():
        for event in events:
            assert (await client.expect(told="next"))["event"] == event
        assert not [message for message in client.messages if message.get("told") == "next"]


@everywhere
async def test_javascript_client_publishes_in_each_mode_over_http_and_websocket(
    ways: Ways, event_api: Served, place: str
) -> None:
    async with one_of_each(ways, place, event_api) as clients:
        await each_hears_its_own(clients, {"text": "hello"}, "plain", 3)
        for mode, client in clients.items():
            # A channel is opened to publish by subscribing to it.
            await client.do("subscribe", **{"as": "p", "channel": f"/default/{channel_of(mode)}/b"})
            await client.do("publish", **{"as": "p", "what": {"over": "the socket"}})
            for name in ("s", "p"):
                message = await client.expect(told="next", **{"as": name})
                assert message["event"] == {"over": "the socket"}
            await client.do("close")
        await event_api.until_live(subscriptions=0, connections=0)


@everywhere
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_javascript_client_reconnects_in_each_mode(
    ways: Ways, event_api: Served, place: str, how: signal.Signals
) -> None:
    async with one_of_each(ways, place, event_api) as clients:
        await each_hears_its_own(clients, "before")
        await asyncio.to_thread(event_api.stop, how)
        await asyncio.to_thread(event_api.start)
        await event_api.until_live(subscriptions=len(MODES), connections=len(MODES), patience=PATIENCE)
        await each_hears_its_own(clients, "after")
    await event_api.until_live(subscriptions=0, connections=0)


async def thrown(client: Driven, command: str, **arguments: object) -> tuple[str, str]:
    """Have the client do what fails, and return the error's name and message."""
    with pytest.raises(Thrown) as failed:
        await client.do(command, **arguments)
    return failed.value.document["name"], failed.value.document["message"]


@everywhere
@pytest.mark.parametrize("key", [API_KEY, "da2-wrong"], ids=["right-key", "wrong-key"])
async def test_javascript_client_receives_error_types(
    ways: Ways, event_api: Served, place: str, key: str
) -> None:
    async with ways.open("events", place) as (client,):
        await configure(client, event_api, "API_KEY", apiKey=key)
        subscribe = {"as": "s", "channel": "/backend/a"}
        # Of an answer over HTTP, Amplify reads the type and no message.
        unauthorized = ("UnauthorizedException", "Unknown error")
        if key == API_KEY:
            assert await thrown(client, "post", channel="/nowhere/a", what=["x"]) == unauthorized
            bad = await thrown(client, "post", channel="/default/no_such", what=["x"])
            assert bad == ("BadRequestException", "Unknown error")
            assert await thrown(client, "subscribe", **subscribe) == (
                "GraphQLError",
                "Connection failed: UnauthorizedException: You are not authorized to make this call.",
            )
        else:
            assert await thrown(client, "post", channel="/default/a", what=["x"]) == unauthorized
            assert await thrown(client, "subscribe", **subscribe) == ("Error", "UnauthorizedException")
    await event_api.until_live(subscriptions=0, connections=0)
