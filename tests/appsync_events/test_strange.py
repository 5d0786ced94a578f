"""Strange clients of an Event API: whatever they send, the server stays up and the others unharmed."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.errors import NotLoaded
from localcloud.appsync.events.api import ServedEventApi
from localcloud.appsync.events.endpoint import EventEndpoint
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.wire import Request, Response
from tests.appsync.endpoint_support import API_KEY
from tests.appsync_events.support import ACK, answered, connected, running, subscribed, until_live

BODIES = st.binary(max_size=40) | st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["/default/a", "/other"]) | st.text(max_size=8) | st.integers(),
        "events": st.lists(st.sampled_from(["1", "{", "[]"]) | st.text(max_size=4) | st.none(), max_size=7)
        | st.text(max_size=4),
    },
).map(lambda document: json.dumps(document).encode())


async def test_any_body_is_answered() -> None:
    async with running() as up:
        await up.publish("/default/a", 1)
        served = up.service.events._ports[up.address.id].loaded.served
        assert served is not None

        async def current() -> ServedEventApi:
            assert served is not None
            return served

        endpoints = EventEndpoint(current, EventHub("strange"), RealtimeSettings())

        @given(BODIES)
        def check(body: bytes) -> None:
            request = Request("POST", "/event", {"x-api-key": API_KEY}, body)
            # What is under way never waits here, so one step is the whole of it.
            try:
                endpoints.handle(request).send(None)
            except StopIteration as done:
                answer = done.value
            assert isinstance(answer, Response)
            assert answer.status in {200, 400, 401}
            json.loads(answer.body)

        check()


@pytest.mark.parametrize("subscribes", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_thousands_of_subscribes_on_one_connection_are_answered(subscribes: int) -> None:
    async with running() as up, connected(up) as healthy, connected(up) as greedy:
        await subscribed(up, healthy, "/default/a")
        frame = {"type": "subscribe", "channel": "/default/a", "authorization": up.credential}
        kinds: dict[str, int] = {}

        async def read() -> None:
            for _ in range(subscribes):
                answer = await greedy.receive_json()
                kinds[answer["type"]] = kinds.get(answer["type"], 0) + 1

        reading = asyncio.create_task(read())
        for number in range(subscribes):
            await greedy.send_str(json.dumps({**frame, "id": str(number)}))
        await asyncio.wait_for(reading, 60)
        assert kinds == {"subscribe_success": 200, "subscribe_error": subscribes - 200}
        await until_live(up, 201)
        await up.publish("/default/a", 1)
        assert (await healthy.receive_json())["event"] == "1"


async def test_long_token_connects() -> None:
    async with running() as up:
        long = {**up.credential, "Padding": "x" * 7_000}
        async with connected(up, init=False, authorization=long) as socket:
            assert await answered(socket, type="connection_init") == ACK
            await subscribed(up, socket, "/default/a", **long)


async def test_half_open_socket_is_removed() -> None:
    async with running() as up, connected(up) as healthy:
        await subscribed(up, healthy, "/default/a")
        async with connected(up) as half:
            await subscribed(up, half, "/default/a")
            assert half._conn is not None and half._conn.transport is not None
            half._conn.transport.abort()
            await until_live(up, 1)
        await up.publish("/default/a", 1)
        assert (await healthy.receive_json())["event"] == "1"


async def test_api_that_cannot_be_loaded_refuses_with_the_reason() -> None:
    async with running() as up:
        loaded = up.service.events._ports[up.address.id].loaded

        def not_yet(_id: str) -> object:
            raise NotLoaded("The Event API events1 is not ready.")

        loaded._load = not_yet  # type: ignore[assignment]
        async with connected(up, init=False) as socket:
            answer = await answered(socket, type="connection_init")
        assert answer == {
            "type": "connection_error",
            "errors": [
                {
                    "errorType": "ServiceUnavailableException",
                    "message": "The Event API events1 is not ready.",
                    "errorCode": 503,
                }
            ],
        }
