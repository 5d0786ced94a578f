"""The real-time protocol, frame by frame, over a bare WebSocket."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from localcloud.appsync.resolving import FieldError, FieldOutcome
from localcloud.appsync.serving.connection import RealtimeSettings
from tests.appsync.endpoint_support import (
    API_KEY,
    FakeResolvers,
    Running,
    fails,
    gives,
    resolvers,
    running,
    until_live,
)

ACK = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}}
SAY = 'mutation { say(id: 1, text: "t", room: "a") { id text room } }'


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


def packed(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def credential(up: Running, key: str = API_KEY) -> dict[str, str]:
    return {"host": up.address.graphql.split("/")[2], "x-api-key": key}


@asynccontextmanager
async def connected(
    up: Running, *, init: bool = True, path: str = "", header: str | None = None, **how: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    query = f"?header={packed(credential(up)) if header is None else header}&payload=e30="
    url = up.address.realtime + path + ("" if how.pop("bare", False) else query)
    how.setdefault("protocols", ["graphql-ws"])
    async with up.session.ws_connect(url, **how) as socket:
        if init:
            await socket.send_str('{"type":"connection_init"}')
            assert await socket.receive_json() == ACK
        yield socket


def start(up: Running, query: str, variables: Any = None, *, id: str = "1", key: str = API_KEY) -> str:
    data = json.dumps({"query": query, "variables": variables or {}})
    authorization = {"authorization": credential(up, key)}
    return json.dumps({"id": id, "type": "start", "payload": {"data": data, "extensions": authorization}})


async def start_subscription(
    up: Running, socket: aiohttp.ClientWebSocketResponse, query: str, **how: Any
) -> None:
    await socket.send_str(start(up, query, **how))
    assert await socket.receive_json() == {"id": how.get("id", "1"), "type": "start_ack"}


# The handshake ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/realtime"])
async def test_credential_in_the_query_connects_on_both_paths(cloud: Running, path: str) -> None:
    async with connected(cloud, path=path) as socket:
        assert socket.protocol == "graphql-ws"


async def test_credential_in_the_subprotocol_is_answered_with_graphql_ws_alone(cloud: Running) -> None:
    header = base64.urlsafe_b64encode(json.dumps(credential(cloud)).encode()).decode().rstrip("=")
    async with connected(cloud, bare=True, protocols=["graphql-ws", f"header-{header}"]) as socket:
        assert socket.protocol == "graphql-ws"


async def test_credential_in_plain_headers_connects(cloud: Running) -> None:
    async with connected(cloud, bare=True, headers=credential(cloud)):
        pass


async def test_credential_in_plain_base64_connects(cloud: Running) -> None:
    # "+" and "/" in the base64, sent as they are: the plus arrives as a blank.
    header = packed({**credential(cloud), "note": "?>?>?>~~~"})
    assert "+" in header or "/" in header
    async with connected(cloud, header=header):
        pass


async def test_token_of_seven_thousand_characters_connects(cloud: Running) -> None:
    token = cloud.pool.token(padding="x" * 5000)
    assert len(token) > 7000
    header = quote(packed({"host": "x", "Authorization": token}))
    async with connected(cloud, header=header):
        pass


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (
            packed({"x-api-key": "wrong"}),
            ("UnauthorizedException", "You are not authorized to make this call.", 401),
        ),
        (packed({"host": "h"}), ("UnauthorizedException", "You are not authorized to make this call.", 401)),
        ("%21%21", ("BadRequestException", "Header is malformed: it is not JSON in base64.", 400)),
        (packed([1]), ("BadRequestException", "Header is malformed: it is no JSON object.", 400)),
    ],
)
async def test_invalid_credential_is_refused_after_connection_init(
    cloud: Running, header: str, error: tuple[str, str, int]
) -> None:
    async with connected(cloud, header=header, init=False) as socket:
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.05)
        await socket.send_str('{"type":"connection_init"}')
        kind, message, code = error
        assert await socket.receive_json() == {
            "type": "connection_error",
            "payload": {"errors": [{"errorType": kind, "message": message, "errorCode": code}]},
        }
        closed = await socket.receive()
        assert (closed.type, closed.data, closed.extra) == (aiohttp.WSMsgType.CLOSE, 1008, kind)


async def test_keep_alives_arrive_in_their_interval() -> None:
    async with running(settings=RealtimeSettings(keep_alive_seconds=0.02)) as up, connected(up) as socket:
        assert [await socket.receive_json() for _ in range(3)] == [{"type": "ka"}] * 3


async def test_connection_ends_after_its_lifetime() -> None:
    async with (
        running(settings=RealtimeSettings(lifetime_seconds=0.05)) as up,
        connected(up, init=False) as socket,  # which would have to come within that time
    ):
        closed = await socket.receive()
        assert (closed.data, closed.extra) == (1000, "Connection lifetime reached")


# start, data, stop -----------------------------------------------------------------------------------------


async def test_subscription_runs_from_start_to_complete(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id text } }", id='quo"ted')
        await cloud.query(SAY)
        assert await socket.receive_str() == (
            '{"id":"quo\\"ted","type":"data","payload":{"data":{"onSay":{"id":"1","text":"t"}}}}'
        )
        await socket.send_json({"id": 'quo"ted', "type": "stop"})
        assert await socket.receive_json() == {"id": 'quo"ted', "type": "complete"}
        await cloud.query(SAY)
        await socket.send_json({"id": "9", "type": "stop"})
        assert await socket.receive_json() == {"id": "9", "type": "complete"}


async def test_event_reaches_every_subscriber_in_its_own_selection(cloud: Running) -> None:
    async with connected(cloud) as first, connected(cloud) as other:
        await start_subscription(cloud, first, "subscription { onSay { id } }", id="a")
        await start_subscription(
            cloud,
            first,
            "subscription S { x: onSay { key: id __typename ...F } } fragment F on Message { text }",
            id="b",
        )
        await start_subscription(cloud, other, "subscription { onSay { id } }", id="c")
        await cloud.query(SAY)
        frames = [await first.receive_json(), await first.receive_json(), await other.receive_json()]
    assert [(f["id"], f["payload"]["data"]) for f in frames] == [
        ("a", {"onSay": {"id": "1"}}),
        ("b", {"x": {"key": "1", "__typename": "Message", "text": "t"}}),
        ("c", {"onSay": {"id": "1"}}),
    ]


@pytest.mark.parametrize(
    ("query", "key", "error"),
    [
        (
            "subscription { onSay { id } }",
            "wrong",
            {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."},
        ),
        (
            "subscription { onSecret { id } }",
            API_KEY,
            {
                "errorType": "Unauthorized",
                "message": "Not Authorized to access onSecret on type Subscription",
            },
        ),
        (
            "query { message(id: 1) { id } }",
            API_KEY,
            {
                "errorType": "UnsupportedOperation",
                "message": "query not supported through the realtime channel",
            },
        ),
        (
            "subscription { onSay(",
            API_KEY,
            {"errorType": "MalformedHttpRequestException", "message": "Unable to parse GraphQL query."},
        ),
        (
            "subscription { onSay { no } }",
            API_KEY,
            {
                "path": None,
                "locations": [{"line": 1, "column": 24, "sourceName": None}],
                "message": "Validation error of type FieldUndefined: "
                "Field 'no' in type 'Message' is undefined @ 'onSay/no'",
            },
        ),
    ],
)
async def test_invalid_start_is_refused_and_the_connection_remains(
    cloud: Running, query: str, key: str, error: dict[str, Any]
) -> None:
    async with connected(cloud) as socket:
        await socket.send_str(start(cloud, query, key=key))
        assert await socket.receive_json() == {"type": "error", "id": "1", "payload": {"errors": [error]}}
        await start_subscription(cloud, socket, "subscription { onSay { id } }")


async def test_id_of_a_live_subscription_is_refused(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id } }")
        await socket.send_str(start(cloud, "subscription { onSay { id } }"))
        frame = await socket.receive_json()
        assert (frame["type"], frame["id"]) == ("error", "1")
        assert frame["payload"]["errors"][0]["errorType"] == "DuplicatedOperationError"


async def test_connection_has_at_most_200_subscriptions(cloud: Running) -> None:
    async with connected(cloud) as socket:
        for number in range(201):
            await socket.send_str(start(cloud, "subscription { onSay { id } }", id=str(number)))
        frames = [await socket.receive_json() for _ in range(201)]
    refused = [f for f in frames if f["type"] == "error"]
    assert refused == [
        {
            "type": "error",
            "id": "200",
            "payload": {
                "errors": [
                    {
                        "errorType": "MaxSubscriptionsReachedError",
                        "message": "Max number of 200 subscriptions reached",
                    }
                ]
            },
        }
    ]
    await until_live(cloud, 0)


@pytest.mark.parametrize(
    ("text", "id_", "message"),
    [
        ("", None, "unknown not supported through the realtime channel"),
        ("null", None, "unknown not supported through the realtime channel"),
        ("[" * 50_000, None, "unknown not supported through the realtime channel"),
        ('{"type":"subscribe","id":"1"}', "1", "subscribe not supported through the realtime channel"),
        ('{"type":["start"]}', None, "unknown not supported through the realtime channel"),
        ('{"type":"start","id":7}', None, "start needs an id"),
        ('{"type":"start","id":"1"}', "1", "start needs payload.data, a JSON string"),
        ('{"type":"stop"}', None, "stop needs an id"),
    ],
)
async def test_malformed_frame_is_an_error(cloud: Running, text: str, id_: str | None, message: str) -> None:
    async with connected(cloud) as socket:
        await socket.send_str(text)
        named = {} if id_ is None else {"id": id_}
        errors = [{"errorType": "UnsupportedOperation", "message": message}]
        assert await socket.receive_json() == {**named, "type": "error", "payload": {"errors": errors}}
        await start_subscription(cloud, socket, "subscription { onSay { id } }")


async def test_binary_frame_and_start_before_init_are_errors(cloud: Running) -> None:
    async with connected(cloud, init=False) as socket:
        await socket.send_bytes(b"\x00\xff")
        assert (await socket.receive_json())["type"] == "error"
        await socket.send_str(start(cloud, "subscription { onSay { id } }"))
        frame = await socket.receive_json()
        assert (frame["id"], frame["payload"]["errors"][0]["errorType"]) == ("1", "UnauthorizedException")


async def test_subscriptions_end_with_their_connection(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id } }")
        await until_live(cloud, 1)
    await until_live(cloud, 0)


# The resolver of a subscription ----------------------------------------------------------------------------


class RoomOnly:
    """An enhanced filter of one field."""

    def __init__(self, room: str) -> None:
        self.room = room

    def matches(self, payload: dict[str, Any]) -> bool:
        return bool(payload.get("room") == self.room)


async def guarded(handler: Any) -> FakeResolvers:
    fakes = resolvers()
    fakes.handlers["Subscription", "onGuarded"] = handler
    return fakes


async def test_resolver_may_refuse_a_subscription() -> None:
    fakes = await guarded(fails("Not Authorized to access onGuarded on type Message", "Unauthorized"))
    async with running(fakes=fakes) as up, connected(up) as socket:
        await socket.send_str(start(up, 'subscription { onGuarded(room: "a") { id } }'))
        frame = await socket.receive_json()
        assert frame["payload"]["errors"] == [
            {
                "errorType": "Unauthorized",
                "message": "Not Authorized to access onGuarded on type Message",
                "data": None,
                "errorInfo": None,
            }
        ]
        assert fakes.calls[0].arguments == {"room": "a"}
        assert fakes.calls[0].type_name == "Subscription"


async def test_resolver_of_a_subscription_must_return_null() -> None:
    async with running(fakes=await guarded(gives({"id": "1"}))) as up, connected(up) as socket:
        await socket.send_str(start(up, "subscription { onGuarded { id } }"))
        errors = (await socket.receive_json())["payload"]["errors"]
    assert errors == [
        {
            "errorType": "MappingTemplate",
            "message": "The resolver of Subscription.onGuarded must return null at its start.",
        }
    ]


async def test_enhanced_filter_replaces_the_filter_by_arguments() -> None:
    outcome = FieldOutcome(None, subscription_filter=RoomOnly("a"))  # type: ignore[arg-type]
    async with running(fakes=await guarded(lambda _c: outcome)) as up, connected(up) as socket:
        await start_subscription(up, socket, 'subscription { onGuarded(room: "argument") { text } }')
        await up.query('mutation { say(id: 1, text: "no", room: "argument") { text room } }')
        await up.query('mutation { say(id: 1, text: "yes", room: "a") { text room } }')
        assert (await socket.receive_json())["payload"]["data"] == {"onGuarded": {"text": "yes"}}


async def test_stop_during_a_slow_start_ends_the_subscription() -> None:
    release = asyncio.Event()

    async def slow(_call: Any) -> FieldOutcome:
        await release.wait()
        return FieldOutcome(None, [FieldError("too late")])

    async with running(fakes=await guarded(slow)) as up, connected(up) as socket:
        await socket.send_str(start(up, "subscription { onGuarded { id } }"))
        await socket.send_json({"id": "1", "type": "stop"})
        assert await socket.receive_json() == {"id": "1", "type": "complete"}
        release.set()
        await start_subscription(up, socket, "subscription { onSay { id } }")


# What an event shows ---------------------------------------------------------------------------------------


async def test_event_has_only_fields_selected_by_the_mutation(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id text room } }")
        await cloud.query('mutation { say(id: 1, text: "t", room: "a") { id t: text } }')
        assert (await socket.receive_json())["payload"] == {
            "data": {"onSay": {"id": "1", "text": "t", "room": None}}
        }


async def test_unselected_non_null_field_makes_the_event_null(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id text } }")
        await cloud.query('mutation { say(id: 1, text: "t") { text } }')
        assert (await socket.receive_json())["payload"] == {
            "data": {"onSay": None},
            "errors": [
                {
                    "path": ["onSay", "id"],
                    "locations": None,
                    "message": "Cannot return null for non-nullable type: "
                    "'ID' within parent 'Message' (/onSay/id)",
                }
            ],
        }


async def test_event_hides_fields_that_the_subscriber_may_not_see(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id backendNote } }")
        await cloud.query("mutation { say(id: 1) { id } }")
        payload = (await socket.receive_json())["payload"]
    assert payload["data"] == {"onSay": {"id": "1", "backendNote": None}}
    assert payload["errors"][0]["message"] == "Not Authorized to access backendNote on type Message"


@pytest.mark.parametrize(
    ("query", "variables", "message", "arrives"),
    [
        ('subscription { onSay(room: "a") { id } }', {}, 'room: "a"', True),
        ('subscription { onSay(room: "a") { id } }', {}, 'room: "b"', False),
        ('subscription { onSay(room: "a", id: 1) { id } }', {}, 'room: "a"', True),
        ('subscription { onSay(room: "a", id: 2) { id } }', {}, 'room: "a"', False),
        ("subscription { onSay { id } }", {}, 'room: "b"', True),
        ("subscription { onSay(room: null) { id } }", {}, 'room: "a"', False),
        ("subscription { onSay(room: null) { id } }", {}, "room: null", True),
        ("subscription S($r: String) { onSay(room: $r) { id } }", {"r": "a"}, 'room: "a"', True),
        ("subscription S($r: String) { onSay(room: $r) { id } }", {}, 'room: "a"', False),
        ("subscription S($r: String) { onSay(room: $r) { id } }", {"r": None}, "room: null", True),
    ],
)
async def test_arguments_filter_the_events_of_a_subscription(
    cloud: Running, query: str, variables: Any, message: str, arrives: bool
) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, query, variables=variables)
        await start_subscription(cloud, socket, "subscription { onSay { text } }", id="all")
        await cloud.query(f'mutation {{ say(id: 1, text: "first", {message}) {{ id text room }} }}')
        ids = [(await socket.receive_json())["id"] for _ in range(2 if arrives else 1)]
    assert ids == (["1", "all"] if arrives else ["all"])


async def test_unselected_filtered_field_suppresses_the_event(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, 'subscription { onSay(room: "a") { id } }')
        await cloud.query('mutation { say(id: 1, room: "a") { id } }')
        await cloud.query('mutation { say(id: 2, room: "a") { id room } }')
        assert (await socket.receive_json())["payload"]["data"] == {"onSay": {"id": "2"}}


async def test_failed_mutation_publishes_nothing(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id } }")
        say = cloud.resolvers.handlers["Mutation", "say"]
        cloud.resolvers.handlers["Mutation", "say"] = fails("no")
        await cloud.query(SAY)
        cloud.resolvers.handlers["Mutation", "say"] = say
        await cloud.query("mutation { say(id: 2) { id } }")
        assert (await socket.receive_json())["payload"]["data"] == {"onSay": {"id": "2"}}


async def test_event_over_240_kilobytes_is_dropped_with_a_warning(
    cloud: Running, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(cloud) as socket:
        await start_subscription(cloud, socket, "subscription { onSay { id text } }")
        with caplog.at_level(logging.ERROR):
            await cloud.query(
                "mutation M($t: String) { say(id: 1, text: $t) { id text } }", {"t": "x" * 250_000}
            )
        await cloud.query(SAY)
        assert (await socket.receive_json())["payload"]["data"] == {"onSay": {"id": "1", "text": "t"}}
    assert [r.getMessage() for r in caplog.records if "240 KB" in r.getMessage()] == [
        "AppSync API tests: an event of say for onSay has 250039 bytes. "
        "AWS drops one over 240 KB in silence, and so 1 subscriber(s) do not get it."
    ]
