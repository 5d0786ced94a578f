"""AppSync Events: the channels of a person, and what the server may say instead of events."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import Arrival, BadSettings, NotSignedIn, Refused, State, reading
from clients.auth import Token, TokenSource
from clients.claims import Person, person_of
from clients.event_frames import Acknowledged, Authorization, Event, Failed, Other, Subscribed, parse_frame
from clients.event_socket import MAX_CHANNELS
from clients.ways.events import Events, channels_of
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.test_ways import CALM, LIFE, ORDER, WHOLE, _all, _versions


@pytest.fixture
async def way(appsync: FakeAppSync, tokens: TokenSource) -> AsyncIterator[Events]:
    async with Events(appsync.settings, tokens, pace=CALM) as opened:
        yield opened


def jwt(claims: object) -> Token:
    text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Token(f"e30.{text}.s", expires=0)


def test_token_reveals_its_subject() -> None:
    assert person_of(jwt({"sub": "ada"})) == Person("ada")
    assert person_of(jwt({"sub": "s", "cognito:groups": ["packers", "staff"]})) == Person("s", is_staff=True)
    assert person_of(jwt({"sub": "s", "cognito:groups": ["packers"]})) == Person("s")


@pytest.mark.parametrize(
    "token",
    [
        Token("opaque", expires=0),
        Token("a.b.c", expires=0),
        Token("..", expires=0),
        jwt([]),
        jwt({}),
        jwt({"sub": 7}),
        jwt({"sub": "ada", "cognito:groups": "staff"}),
    ],
)
def test_unreadable_token_is_reported_without_its_text(token: Token) -> None:
    with pytest.raises(reading.Unexpected, match="access token") as error:
        person_of(token)
    assert token.value not in str(error.value)


def test_customer_subscribes_below_their_own_id_and_staff_everywhere() -> None:
    assert channels_of(Person("ada"), ["a", "b"]) == ["/orders/ada/a", "/orders/ada/b"]
    assert channels_of(Person("stella", is_staff=True), ["a", "b"]) == ["/orders/*"]


def test_authorization_travels_in_the_subprotocols_without_padding() -> None:
    protocol, header = Authorization("host:1", "token").subprotocols()
    assert protocol == "aws-appsync-event-ws"
    encoded = header.removeprefix("header-")
    assert "=" not in encoded
    assert json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))) == {
        "host": "host:1",
        "Authorization": "token",
    }
    assert "token" not in repr(Authorization("host:1", "token"))


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"type": "connection_ack", "connectionTimeoutMs": 1500}', Acknowledged(1.5)),
        ('{"type": "subscribe_success", "id": "7"}', Subscribed("7")),
        ('{"type": "data", "id": "7", "event": "{}"}', Event("{}")),
        ('{"type": "connection_error", "errors": [{}]}', Failed([{}], fatal=True)),
        ('{"type": "subscribe_error", "id": "7"}', Failed([], fatal=True)),
        ('{"type": "broadcast_error", "id": "7", "errors": []}', Failed([], fatal=False)),
        ('{"type": "ka"}', Other("ka")),
    ],
)
def test_each_frame_is_parsed(text: str, frame: object) -> None:
    assert parse_frame(text) == frame


@given(
    text=st.text()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["connection_ack", "subscribe_success", "data", "error", "ka"])},
        optional={"id": st.integers() | st.text(), "event": st.integers() | st.text(), "errors": st.text()},
    ).map(json.dumps)
)
def test_any_text_is_a_frame_or_unexpected(text: str) -> None:
    with contextlib.suppress(reading.Unexpected):
        parse_frame(text)


def test_missing_address_names_the_variable(appsync: FakeAppSync, tokens: TokenSource) -> None:
    with pytest.raises(BadSettings, match="ORDERWIRE_EVENTS_URL"):
        Events(replace(appsync.settings, events=None, events_realtime=None), tokens)


async def test_events_are_live_and_one_query_reads_the_history(way: Events, appsync: FakeAppSync) -> None:
    for status in LIFE[:2]:
        appsync.change(ORDER, status)
    async with way.follow([ORDER.upper()]) as following:
        await following.wait_live()
        for status in LIFE[2:]:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in following]
    assert _versions(arrivals) == WHOLE
    assert [arrival.pushed for arrival in arrivals] == [False] * 2 + [True] * 4
    assert [frame.get("channel") for frame in appsync.events.frames] == [None, f"/orders/sub-ada/{ORDER}"]
    assert [name for name, _ in appsync.calls] == ["orderHistory"]
    # What it sent and received is counted: the handshake and the query; init and subscribe.
    assert (way.traffic.requests, way.traffic.messages_out) == (2, 2)
    assert way.traffic.messages_in == 2 + 4


async def test_staff_receive_all_events_and_keep_the_requested_ones(
    way: Events, appsync: FakeAppSync
) -> None:
    appsync.groups["ada"] = ["staff"]
    other = "00000000-0000-4000-8000-000000000000"
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(other, status, customer="sub-grace")
            appsync.change(ORDER, status, customer="sub-linus")
        arrivals = [arrival async for arrival in following]
    assert _versions(arrivals) == WHOLE
    assert {arrival.change.customer_id for arrival in arrivals} == {"sub-linus"}
    assert [frame.get("channel") for frame in appsync.events.frames] == [None, "/orders/*"]


async def test_orders_beyond_one_connection_open_another(way: Events, appsync: FakeAppSync) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(MAX_CHANNELS + 1)]
    async with way.follow(ids) as following:
        await following.wait_live()
        assert sorted(len(listener.channels) for listener in appsync.events.listeners) == [1, MAX_CHANNELS]
        for order_id in ids:
            appsync.change(order_id, "FAILED", "INTERNAL_ERROR")
        arrivals = [arrival async for arrival in following]
    assert sorted(arrival.change.order_id for arrival in arrivals) == ids


async def test_events_before_the_last_subscription_are_kept(way: Events, appsync: FakeAppSync) -> None:
    appsync.route = lambda _change: ()
    early = [appsync.change(ORDER, status) for status in LIFE]
    appsync.events.frames_first = [
        json.dumps({"type": "data", "id": "1", "event": json.dumps(change)}) for change in early
    ]
    appsync.shop.kept.pop(ORDER)  # as if the history had been read before
    assert _versions(await _all(way.follow([ORDER]))) == WHOLE


async def test_silent_server_is_given_up(way: Events, appsync: FakeAppSync) -> None:
    states: list[State] = []
    appsync.events.timeout_ms = 50
    async with way.follow([ORDER], on_state=lambda state, _: states.append(state)) as following:
        await following.wait_live()
        await appsync.until(lambda: len(appsync.events.shown) >= 2 and appsync.events.live())
    assert State.AWAY in states


async def test_missing_answer_is_given_up(appsync: FakeAppSync, tokens: TokenSource) -> None:
    appsync.events.silent = True
    async with (
        Events(appsync.settings, tokens, pace=CALM, patience=0.1) as way,
        way.follow([ORDER]),
    ):
        await appsync.until(lambda: len(appsync.events.shown) >= 2)


@pytest.mark.parametrize(
    "frame",
    [
        "no JSON",
        '{"type": "data", "id": "1", "event": "no JSON"}',
        '{"type": "data", "id": "1", "event": "{}"}',
        '{"type": "data", "id": "1"}',
        '{"type": "broadcast_error", "id": "1", "errors": [{"errorType": "x"}]}',
        b"\x00",
    ],
)
async def test_unreadable_event_triggers_a_history_read(
    way: Events, appsync: FakeAppSync, frame: str | bytes
) -> None:
    appsync.route = lambda _change: ()
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        await appsync.events.send(frame)
        assert _versions([arrival async for arrival in following]) == WHOLE


async def test_keep_alive_is_no_event(way: Events, appsync: FakeAppSync) -> None:
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        reads = len(appsync.calls)
        await appsync.events.send('{"type": "ka"}')
        arrivals: list[Arrival] = []
        for status in LIFE:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in following]
    assert _versions(arrivals) == WHOLE
    assert len(appsync.calls) == reads


async def test_refused_subscription_ends_following(way: Events, appsync: FakeAppSync) -> None:
    appsync.events.refuse = {"errorType": "BadRequestException", "message": "Invalid Channel Format"}
    with pytest.raises(Refused, match="Invalid Channel Format"):
        await _all(way.follow([ORDER]))


async def test_handler_that_always_refuses_ends_following(way: Events, appsync: FakeAppSync) -> None:
    appsync.events.refuse = {"errorType": "UnauthorizedException", "message": "You are not authorized."}
    with pytest.raises(NotSignedIn, match="You are not authorized"):
        await _all(way.follow([ORDER]))
    assert len(set(appsync.events.shown)) == 3  # each time with a fresh token
