"""The WebSocket protocol of an Event API, frame by frame."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from localcloud.appsync.serving.connection import RealtimeSettings
from tests.appsync.endpoint_support import API_KEY
from tests.appsync_events.support import (
    ACK,
    AN_ID,
    SUBPROTOCOL,
    Running,
    answered,
    connected,
    definition,
    namespace,
    packed,
    running,
    subscribed,
    until_live,
)

DENIED = {
    "errorType": "UnauthorizedException",
    "message": "You are not authorized to make this call.",
}
INVALID = {"errorType": "BadRequestException", "message": "Invalid Channel Format"}
TOO_MANY = {"errorType": "InvalidInputError", "message": "input exceeded 5 event limit"}


@pytest.fixture
async def up() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


# The handshake ---------------------------------------------------------------------------------------------


async def test_subprotocol_is_answered_and_the_ack_has_the_timeout(up: Running) -> None:
    async with connected(up, init=False) as socket:
        assert socket.protocol == SUBPROTOCOL
        assert await answered(socket, type="connection_init") == ACK


async def test_credential_is_accepted_in_the_query_or_in_headers(up: Running) -> None:
    url, protocols = up.address.realtime, [SUBPROTOCOL]
    query = f"{url}?header={packed(up.credential)}&payload=e30="
    for target, headers in ((query, {}), (url, {"x-api-key": API_KEY})):
        async with up.session.ws_connect(target, protocols=protocols, headers=headers) as socket:
            assert await answered(socket, type="connection_init") == ACK


async def test_connection_init_may_be_omitted(up: Running) -> None:
    async with connected(up, init=False) as socket:
        await subscribed(up, socket, "/default/a")


@pytest.mark.parametrize("frame", ["connection_init", "subscribe", "whatever"])
async def test_invalid_credential_is_refused_at_the_first_frame(up: Running, frame: str) -> None:
    async with connected(up, init=False, authorization={"x-api-key": "da2-nobody"}) as socket:
        error = {**DENIED, "errorCode": 401}
        assert await answered(socket, type=frame) == {"type": "connection_error", "errors": [error]}
        closed = await socket.receive()
        assert (closed.type, closed.data, closed.extra) == (
            aiohttp.WSMsgType.CLOSE,
            1008,
            "UnauthorizedException",
        )


@pytest.mark.parametrize(
    ("protocols", "error"),
    [
        (
            ["graphql-ws"],
            ("SubProtocolNotSupportedError", f"The subprotocol is {SUBPROTOCOL}.", 400),
        ),
        ([SUBPROTOCOL, "header-e30"], ("UnauthorizedException", DENIED["message"], 401)),
        ([SUBPROTOCOL], ("UnauthorizedException", DENIED["message"], 401)),
        (
            [SUBPROTOCOL, "header-!"],
            ("BadRequestException", "Header is malformed: it is not JSON in base64.", 400),
        ),
    ],
)
async def test_invalid_handshake_is_answered_with_a_connection_error(
    up: Running, protocols: list[str], error: tuple[str, str, int]
) -> None:
    # `!` is no character of a token, so aiohttp's own client would not send it in a list.
    headers = {"Sec-WebSocket-Protocol": ", ".join(protocols)}
    async with up.session.ws_connect(up.address.realtime, headers=headers) as socket:
        kind, message, code = error
        assert await answered(socket, type="connection_init") == {
            "type": "connection_error",
            "errors": [{"errorType": kind, "message": message, "errorCode": code}],
        }


# Subscribing -----------------------------------------------------------------------------------------------


async def test_each_event_arrives_verbatim_in_a_frame_of_its_own(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a", id="über\n")
        await up.post({"channel": "default/a", "events": ['{"b" :1,  "a": "ö"}', "[]"]})
        assert [await socket.receive_json() for _ in range(2)] == [
            {"id": "über\n", "type": "data", "event": '{"b" :1,  "a": "ö"}'},
            {"id": "über\n", "type": "data", "event": "[]"},
        ]


async def test_wildcard_and_exact_subscriptions_receive_their_channels(up: Running) -> None:
    async with connected(up) as socket:
        channels = ["/default", "/default/*", "/default/a", "/default/a/*", "/default/a/b", "/default/b/*"]
        for channel in channels:
            await subscribed(up, socket, channel, id=channel)
        expected = {
            "/default": {"/default"},
            "/default/a": {"/default/*", "/default/a"},
            "/default/a/b": {"/default/*", "/default/a/*", "/default/a/b"},
            "/default/a/c/d/e": {"/default/*", "/default/a/*"},
        }
        for channel, wanted in expected.items():
            await up.publish(channel, channel)
            frames = [await socket.receive_json() for _ in wanted]
            assert {frame["id"] for frame in frames} == wanted
            assert {json.loads(frame["event"]) for frame in frames} == {channel}


async def test_channel_accepts_two_subscriptions_of_one_connection(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a", id="1")
        await subscribed(up, socket, "default/a/", id="2")
        await up.publish("/default/a", 1)
        assert {(await socket.receive_json())["id"] for _ in range(2)} == {"1", "2"}


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("/default/*/a", INVALID),
        ("/a/b/c/d/e/f", INVALID),
        ("/other/a", {"errorType": "UnauthorizedException"}),
        ("/other/*", {"errorType": "UnauthorizedException"}),
    ],
)
async def test_invalid_subscription_is_refused(up: Running, channel: str, error: dict[str, str]) -> None:
    async with connected(up) as socket:
        frame = {"type": "subscribe", "id": "1", "channel": channel, "authorization": up.credential}
        refused = {"id": "1", "type": "subscribe_error", "errors": [error]}
        assert await answered(socket, **frame) == refused
        assert len(up.service.events.hub(up.address.id)) == 0
        await subscribed(up, socket, "/default/a")  # under the very id


async def test_each_operation_needs_its_own_authorization(up: Running) -> None:
    async with connected(up) as socket:
        for authorization in ({}, {"x-api-key": "da2-nobody"}):
            message = {"channel": "/default/a", "authorization": authorization}
            (error,) = (await answered(socket, type="subscribe", id="1", **message))["errors"]
            assert error["errorType"] == "UnauthorizedException"
            answer = await answered(socket, type="publish", id="2", events=["1"], **message)
            assert (answer["type"], answer["errors"][0]["errorType"]) == (
                "publish_error",
                "UnauthorizedException",
            )


async def test_unsubscribe_ends_one_subscription(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a")
        await subscribed(up, socket, "/default/b", id="2")
        assert await answered(socket, type="unsubscribe", id="1") == {
            "id": "1",
            "type": "unsubscribe_success",
        }
        error = {"errorType": "UnknownOperationError", "message": "Unknown operation id 1"}
        assert await answered(socket, type="unsubscribe", id="1") == {
            "id": "1",
            "type": "unsubscribe_error",
            "errors": [error],
        }
        await up.publish("/default/a", "unheard")
        await up.publish("/default/b", "heard")
        assert await socket.receive_json() == {"id": "2", "type": "data", "event": '"heard"'}


async def test_disconnected_client_is_removed(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a")
        await until_live(up, 1)
        assert up.service.events.connections(up.address.id) == 1
    await until_live(up, 0)


async def test_connection_accepts_200_subscriptions(up: Running) -> None:
    async with connected(up) as socket:
        for number in range(200):
            frame = {"type": "subscribe", "id": str(number), "channel": f"/default/{number}"}
            await socket.send_json({**frame, "authorization": up.credential})
        answers = [await socket.receive_json() for _ in range(200)]
        assert {answer["type"] for answer in answers} == {"subscribe_success"}
        answer = await answered(
            socket, type="subscribe", id="x", channel="/default/x", authorization=up.credential
        )
        assert answer["errors"] == [
            {
                "errorType": "MaxSubscriptionsReachedError",
                "message": "Max number of 200 subscriptions reached",
            }
        ]


# Publishing ------------------------------------------------------------------------------------------------


async def test_websocket_publish_reaches_subscribers(up: Running) -> None:
    async with connected(up) as listener, connected(up) as socket:
        await subscribed(up, listener, "/default/*")
        frame = {"type": "publish", "id": "p", "channel": "/default/a", "authorization": up.credential}
        assert await answered(socket, **frame, events=["1", '"two"', "{"]) == {
            "id": "p",
            "type": "publish_success",
            "successful": [{"identifier": AN_ID, "index": 0}, {"identifier": AN_ID, "index": 1}],
            "failed": [
                {
                    "identifier": AN_ID,
                    "index": 2,
                    "errorCode": 400,
                    "errorMessage": "The event is no valid JSON",
                }
            ],
        }
        assert [(await listener.receive_json())["event"] for _ in range(2)] == ["1", '"two"']


async def test_publisher_receives_its_own_event_when_it_subscribed(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a")
        frame = {"type": "publish", "id": "p", "channel": "/default/a", "authorization": up.credential}
        await socket.send_json({**frame, "events": ["1"]})
        assert {(await socket.receive_json())["type"] for _ in range(2)} == {"data", "publish_success"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"events": ["1"] * 6},
            {"errorType": "InvalidInputError", "message": "input exceeded 5 event limit"},
        ),
        ({"events": []}, {"errorType": "BadRequestException", "message": "Missing events"}),
        (
            {"channel": "/default/*"},
            {"errorType": "BadRequestException", "message": "Invalid Channel Format"},
        ),
        ({"channel": "/other/a"}, {"errorType": "UnauthorizedException"}),
        ({"authorization": {"x-api-key": "x"}}, DENIED),
    ],
)
async def test_invalid_publish_is_refused(
    up: Running, changes: dict[str, object], error: dict[str, str]
) -> None:
    async with connected(up) as socket:
        frame = {"type": "publish", "id": "p", "channel": "/default/a", "events": ["1"]}
        answer = await answered(socket, **{**frame, "authorization": up.credential, **changes})
        assert answer == {"id": "p", "type": "publish_error", "errors": [error]}


# The connection --------------------------------------------------------------------------------------------


async def test_server_sends_keep_alives() -> None:
    async with (
        running(settings=RealtimeSettings(keep_alive_seconds=0.01)) as up,
        connected(up, init=False) as socket,
    ):
        assert [await socket.receive_json() for _ in range(2)] == [{"type": "ka"}] * 2


async def test_connection_ends_after_its_lifetime() -> None:
    async with (
        running(settings=RealtimeSettings(lifetime_seconds=0.05)) as up,
        connected(up, init=False) as socket,
    ):
        closed = await asyncio.wait_for(socket.receive(), 60)
        assert (closed.data, closed.extra) == (1000, "Connection lifetime reached")


async def test_malformed_frame_leaves_all_connections_open(up: Running) -> None:
    async with connected(up) as healthy, connected(up) as bad:
        await subscribed(up, healthy, "/default/a")
        for text in ("", "{", "[]", '{"type":{}}', '{"type":"subscribe"}', "\0", '{"id":' + "9" * 5000 + "}"):
            await bad.send_str(text)
            assert (await bad.receive_json())["type"] in {"error", "subscribe_error"}
        await bad.send_bytes(b'{"type":"connection_init"}')
        assert (await bad.receive_json())["type"] == "error"
        await subscribed(up, bad, "/default/a")
        await up.publish("/default/a", 1)
        for socket in (healthy, bad):
            assert (await socket.receive_json())["event"] == "1"


async def test_unread_connection_is_closed_and_delays_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = RealtimeSettings(buffer_bytes=256 * 1024)
    async with running(settings=settings) as up, connected(up) as healthy, connected(up) as slow:
        await subscribed(up, healthy, "/default/a")
        await subscribed(up, slow, "/default/a")
        transport = slow._conn.transport if slow._conn is not None else None
        assert transport is not None
        transport.pause_reading()
        large = "x" * 200_000
        with caplog.at_level(logging.WARNING):
            async with asyncio.timeout(60):
                while len(up.service.events.hub(up.address.id)) == 2:
                    await up.publish("/default/a", large)
                    assert json.loads((await healthy.receive_json())["event"]) == large
        assert "does not read" in caplog.text
        transport.resume_reading()


async def test_reload_keeps_connections_and_their_subscriptions(up: Running) -> None:
    async with connected(up) as socket:
        await subscribed(up, socket, "/default/a")
        (api,) = up.shelf
        more = definition(namespace("default"), namespace("more"))
        up.redefine(replace(more, api_keys=api.api_keys))
        await up.publish("/default/a", 1)
        assert (await socket.receive_json())["event"] == "1"
        await subscribed(up, socket, "/more/a", id="2")
        up.redefine(replace(api, namespaces={}))
        assert (await up.publish("/default/a", 2))[0] == 401


async def test_server_closes_the_connection_with_a_reason(up: Running) -> None:
    async with connected(up) as socket:
        closing = asyncio.create_task(up.service.events.stop())
        closed = await asyncio.wait_for(socket.receive(), 60)
        assert (closed.data, closed.extra) == (1001, "The API is going away")
        await closing
