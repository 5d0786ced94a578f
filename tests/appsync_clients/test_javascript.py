"""aws-amplify, and Apollo with AWS's links, in node and in Chromium: every mode, restarts, typed errors."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.appsync_clients.api import REGION
from tests.appsync_clients.driven import PATIENCE, Driven, Thrown, Ways
from tests.appsync_clients.people import Issuer, brought
from tests.appsync_clients.served import Served, served

pytestmark = pytest.mark.slow
MODES = {
    "API_KEY": "API Key Authorization",
    "AWS_IAM": "IAM Authorization",
    "AMAZON_COGNITO_USER_POOLS": "User Pool Authorization",
    "OPENID_CONNECT": "Open ID Connect Authorization",
    "AWS_LAMBDA": "Lambda Authorization",
}
everywhere = pytest.mark.parametrize(
    ("library", "place"),
    [(library, place) for library in ("amplify", "apollo") for place in ("node", "chromium")],
)
ON_WRITE = "subscription On($room: String) { onWrite(room: $room) { room text } }"
WRITE = "mutation Write($room: String!, $text: String!, $stars: Int) {\
 write(room: $room, text: $text, stars: $stars) { room text stars } }"


async def configure(client: Driven, api: Served, mode: str = "API_KEY", **changes: Any) -> None:
    configuration = {"graphql": api.graphql, "realtime": api.realtime, "region": REGION, "mode": mode}
    await client.do("configure", **{**configuration, **brought(mode, api.issuer), **changes})


@asynccontextmanager
async def configured(ways: Ways, library: str, place: str, api: Served) -> AsyncIterator[Driven]:
    """Open one client that brings the API key."""
    async with ways.open(library, place) as (client,):
        await configure(client, api)
        yield client


@asynccontextmanager
async def one_of_each(ways: Ways, library: str, place: str, api: Served) -> AsyncIterator[dict[str, Driven]]:
    """Open a client for each mode; each follows the room of its own mode."""
    async with ways.open(library, place, len(MODES)) as opened:
        clients = dict(zip(MODES, opened, strict=True))
        for mode, client in clients.items():
            await configure(client, api, mode)
            await client.do("subscribe", **{"as": "s", "query": ON_WRITE, "variables": {"room": mode}})
        await all_live(clients, library, api)
        yield clients


async def all_live(clients: dict[str, Driven], library: str, api: Served) -> None:
    """Wait until every client follows its room; Amplify knows it as well as the server."""
    if library == "amplify":
        for client in clients.values():
            await client.expect(told="ready", **{"as": "s"})
    await api.until_live(subscriptions=len(clients), connections=len(clients), patience=PATIENCE)


def plain(data: Any) -> Any:
    """Return data without the type names that Apollo always asks for."""
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items() if name != "__typename"}
    return data


async def write(client: Driven, room: str, text: str, stars: int | None = None) -> Any:
    variables = {"room": room, "text": text, "stars": stars}
    return plain(await client.do("request", query=WRITE, variables=variables))


async def each_hears_its_own(clients: dict[str, Driven], text: str) -> None:
    for mode, client in clients.items():
        assert await write(client, mode, text) == {"write": {"room": mode, "text": text, "stars": None}}
    for mode, client in clients.items():
        message = await client.expect(told="next")
        assert plain(message["data"]) == {"onWrite": {"room": mode, "text": text}}
        assert not [message for message in client.messages if message.get("told") == "next"]


@everywhere
async def test_javascript_client_queries_and_subscribes_in_each_mode(
    ways: Ways, api: Served, library: str, place: str
) -> None:
    async with one_of_each(ways, library, place, api) as clients:
        for mode, words in MODES.items():
            assert await clients[mode].do("request", query="{ mode }", variables={}) == {"mode": words}
        await each_hears_its_own(clients, "hello")
        for client in clients.values():
            await client.do("unsubscribe", **{"as": "s"})
        await api.until_live(subscriptions=0, connections=0)


@everywhere
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_javascript_client_reconnects_in_each_mode(
    ways: Ways, api: Served, library: str, place: str, how: signal.Signals
) -> None:
    async with one_of_each(ways, library, place, api) as clients:
        await each_hears_its_own(clients, "before")
        await asyncio.to_thread(api.stop, how)
        if library == "amplify":
            for client in clients.values():
                await client.expect(told="state", state="ConnectionDisrupted")
        await asyncio.to_thread(api.start)
        await all_live(clients, library, api)
        await each_hears_its_own(clients, "after")
    await api.until_live(subscriptions=0, connections=0)


@everywhere
async def test_javascript_client_receives_error_types(
    ways: Ways, api: Served, library: str, place: str
) -> None:
    """A field that fails, one that the mode may not see, a key that is none."""
    async with configured(ways, library, place, api) as client:
        with pytest.raises(Thrown) as failed:
            await client.do("request", query="{ mode cupboard { shelf } }", variables={})
        assert plain(failed.value.document["data"]) == {"mode": "API Key Authorization", "cupboard": None}
        (error,) = failed.value.document["errors"]
        assert {name: value for name, value in error.items() if name != "locations"} == {
            "path": ["cupboard"],
            "data": {"shelf": 3},
            "errorType": "CupboardLocked",
            "errorInfo": {"keyHolder": "ada"},
            "message": "The cupboard is locked.",
        }

        query = 'mutation { write(room: "r", text: "t") { text signature } }'
        with pytest.raises(Thrown) as refused:
            await client.do("request", query=query, variables={})
        assert plain(refused.value.document["data"]) == {"write": {"text": "t", "signature": None}}
        (error,) = refused.value.document["errors"]
        assert (error["path"], error["errorType"], error["message"]) == (
            ["write", "signature"],
            "Unauthorized",
            "Not Authorized to access signature on type Note",
        )

        await configure(client, api, apiKey="da2-wrong")
        with pytest.raises(Thrown) as unknown:
            await client.do("request", query="{ mode }", variables={})
        if library == "apollo":
            assert unknown.value.document["name"] == "ServerError"
            assert unknown.value.document["status"] == 401
        else:
            (error,) = unknown.value.document["errors"]
            assert error["message"] == "Unauthorized"


async def refused(client: Driven, query: str, variables: dict[str, object]) -> list[str]:
    """Subscribe, and return what the client receives instead of events."""
    await client.do("subscribe", **{"as": query, "query": query, "variables": variables})
    message = await client.expect(told="error", **{"as": query})
    return [error["message"] for error in message["errors"]]


GUARDED = "subscription On($room: String!) { onGuarded(room: $room) { text } }"


@everywhere
@pytest.mark.parametrize(
    ("query", "variables", "error"),
    [
        (
            "subscription { onBackend { text } }",
            {},
            {
                "errorType": "Unauthorized",
                "message": "Not Authorized to access onBackend on type Subscription",
            },
        ),
        (
            GUARDED,
            {"room": "attic"},
            {
                "errorType": "Unauthorized",
                "message": "Not Authorized to access onGuarded on type Subscription",
                "data": None,
                "errorInfo": None,
            },
        ),
    ],
    ids=["by-mode", "by-resolver"],
)
async def test_javascript_client_receives_the_reason_of_an_unauthorized_subscription(
    ways: Ways,
    api: Served,
    library: str,
    place: str,
    query: str,
    variables: dict[str, object],
    error: dict[str, object],
) -> None:
    async with configured(ways, library, place, api) as client:
        why = json.dumps({"errors": [error]}, separators=(",", ":"))
        assert await refused(client, query, variables) == [f"Connection failed: {why}"]
    await api.until_live(subscriptions=0, connections=0)


@everywhere
async def test_javascript_client_with_an_invalid_key_is_refused(
    ways: Ways, api: Served, library: str, place: str
) -> None:
    """The connection is refused, and the client does not try again."""
    async with ways.open(library, place) as (client,):
        await configure(client, api, apiKey="da2-wrong")
        assert await refused(client, ON_WRITE, {"room": "r"}) == ["Connection failed: UnauthorizedException"]
        await api.until_live(subscriptions=0, connections=0)


@everywhere
async def test_javascript_client_receives_the_errors_of_an_invalid_subscription(
    ways: Ways, api: Served, library: str, place: str
) -> None:
    async with configured(ways, library, place, api) as client:
        (message,) = await refused(client, "subscription { onWrite { nothing } }", {})
        assert (
            "Validation error of type FieldUndefined: "
            "Field 'nothing' in type 'Note' is undefined @ 'onWrite/nothing'"
        ) in message
        # The connection is as good as before.
        await client.do("subscribe", **{"as": "s", "query": GUARDED, "variables": {"room": "kitchen"}})
        await api.until_live(subscriptions=1, connections=1, patience=PATIENCE)
        await write(client, "kitchen", "hello")
        received = await client.expect(told="next", **{"as": "s"})
        assert plain(received["data"]) == {"onGuarded": {"text": "hello"}}
        await client.do("unsubscribe", **{"as": "s"})
        await api.until_live(subscriptions=0, connections=0)


@everywhere
async def test_javascript_subscription_obeys_an_enhanced_filter(
    ways: Ways, api: Served, library: str, place: str
) -> None:
    query = "subscription On($atLeast: Int!) { onStars(atLeast: $atLeast) { text stars } }"
    async with configured(ways, library, place, api) as client:
        await client.do("subscribe", **{"as": "s", "query": query, "variables": {"atLeast": 3}})
        await api.until_live(subscriptions=1, connections=1)
        await write(client, "r", "none")
        await write(client, "r", "too few", 2)
        await write(client, "r", "enough", 3)
        message = await client.expect(told="next")
        assert plain(message["data"]) == {"onStars": {"text": "enough", "stars": 3}}
    await api.until_live(subscriptions=0, connections=0)


async def test_javascript_client_reconnects_when_keep_alives_stop(ways: Ways, tokens: Issuer) -> None:
    """Amplify counts 65 seconds itself; all clients wait at once."""
    with served(tokens, keep_alive=20) as lively, served(tokens, keep_alive=6000) as silent:
        async with (
            ways.open("amplify", "node", 2) as (kept, missing),
            ways.open("amplify", "chromium", 2) as (kept_in_page, missing_in_page),
            ways.open("apollo", "node") as (apollo,),
        ):
            content, warned = [kept, kept_in_page, apollo], [missing, missing_in_page]
            for client in content + warned:
                await configure(client, lively if client in content else silent)
                await client.do("subscribe", **{"as": "s", "query": ON_WRITE, "variables": {"room": "r"}})
                if client is not apollo:
                    await client.expect(told="state", state="Connected")
                client.messages.clear()
            await lively.until_live(subscriptions=3, connections=3)
            for client in warned:
                await client.expect(told="state", state="ConnectedPendingKeepAlive")
            assert [client.messages for client in content] == [[], [], []]
            await write(kept, "r", "still here")
            for client in content:
                message = await client.expect(told="next")
                assert plain(message["data"]) == {"onWrite": {"room": "r", "text": "still here"}}
