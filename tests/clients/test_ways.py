"""Each way against the fakes: the same promise, and what is each way's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from clients import (
    WAYS,
    Arrival,
    BadSettings,
    Credentials,
    Following,
    NotFound,
    NotSignedIn,
    Pace,
    Refused,
    ServerFault,
    State,
    Way,
)
from clients.auth import TokenSource
from clients.ways.longpoll import LongPoll
from clients.ways.poll import Poll
from clients.ways.websocket import WebSocket
from tests.clients.conftest import FAST
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion

LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
ORDER = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"
# A test in which nothing is lost must not depend on reads that look for what was.
CALM = Pace(gap_grace=5.0, quiet=60.0, backoff_base=0.01, backoff_cap=0.05, poll=0.01, poll_cap=0.05)

every_way = pytest.mark.parametrize("name", list(WAYS))
# A webhook has no connection of its own that an outage or a token could end.
every_connected_way = pytest.mark.parametrize("name", [name for name in WAYS if name != "webhook"])


@pytest.fixture
async def way(name: str, companion: FakeCompanion, tokens: TokenSource) -> AsyncIterator[Way]:
    async with WAYS[name](companion.settings, tokens, pace=FAST) as tested:
        yield tested


@pytest.fixture
async def socket(companion: FakeCompanion, tokens: TokenSource) -> AsyncIterator[WebSocket]:
    async with WebSocket(companion.settings, tokens, pace=CALM) as web_socket:
        yield web_socket


async def _all(following: Following) -> list[Arrival]:
    async with following:
        return [arrival async for arrival in following]


def _versions(arrivals: list[Arrival]) -> list[tuple[int, str]]:
    return [(arrival.version, str(arrival.change.status)) for arrival in arrivals]


WHOLE = list(enumerate(LIFE, 1))


@every_way
async def test_finished_order_is_read_from_its_history(way: Way, appsync: FakeAppSync) -> None:
    for status in LIFE:
        appsync.change(ORDER, status)
    arrivals = await _all(way.follow([ORDER]))
    assert _versions(arrivals) == WHOLE
    assert not any(arrival.pushed for arrival in arrivals)


@every_way
async def test_changes_arrive_as_they_happen(way: Way, appsync: FakeAppSync) -> None:
    arrivals: list[Arrival] = []
    appsync.change(ORDER, LIFE[0])
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        assert following.state is State.LIVE
        async for arrival in following:
            arrivals.append(arrival)
            if arrival.version < len(LIFE):
                appsync.change(ORDER, LIFE[arrival.version])
    assert _versions(arrivals) == WHOLE


@every_way
async def test_order_submitted_later_is_awaited(way: Way, appsync: FakeAppSync) -> None:
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE


@every_way
async def test_missing_order_raises_not_found_when_it_must_exist(way: Way) -> None:
    with pytest.raises(NotFound, match=ORDER):
        await _all(way.follow([ORDER], must_exist=True))


@every_way
async def test_versions_of_the_caller_are_not_repeated(way: Way, appsync: FakeAppSync) -> None:
    for status in LIFE:
        appsync.change(ORDER, status)
    following = way.follow([ORDER], after=4)
    assert _versions(await _all(following)) == WHOLE[4:]


@every_way
async def test_many_orders_are_followed_at_once(way: Way, appsync: FakeAppSync) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(40)]
    async with way.follow(ids) as following:
        await following.wait_live()
        for status in LIFE:
            for order_id in ids:
                appsync.change(order_id, status)
        arrivals = [arrival async for arrival in following]
    for order_id in ids:
        assert _versions([a for a in arrivals if a.change.order_id == order_id]) == WHOLE


@every_connected_way
async def test_outage_is_shown_and_survived(way: Way, appsync: FakeAppSync, companion: FakeCompanion) -> None:
    states: list[State] = []
    is_away = asyncio.Event()

    def note(state: State, why: str) -> None:
        states.append(state)
        if state is State.AWAY:
            assert "Trying again in" in why
            is_away.set()

    appsync.change(ORDER, "RECEIVED")
    async with way.follow([ORDER], on_state=note) as following:
        await following.wait_live()
        appsync.down = companion.down = True
        appsync.cut()
        companion.cut()
        await is_away.wait()
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        appsync.down = companion.down = False
        assert _versions([arrival async for arrival in following]) == WHOLE
    assert states[:2] == [State.LIVE, State.AWAY] or states[:3] == [State.BEHIND, State.LIVE, State.AWAY]


@every_connected_way
async def test_expired_token_is_renewed(way: Way, appsync: FakeAppSync, companion: FakeCompanion) -> None:
    appsync.change(ORDER, "RECEIVED")
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        appsync.revoke()
        appsync.cut()
        companion.cut()
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


@every_way
async def test_failed_sign_in_ends_following(name: str, companion: FakeCompanion) -> None:
    tokens = TokenSource(companion.settings.cognito, "client", Credentials("ada", "wrong"))
    async with WAYS[name](companion.settings, tokens, pace=FAST) as way:
        with pytest.raises(NotSignedIn, match="Incorrect username or password"):
            await _all(way.follow([ORDER]))


@pytest.mark.parametrize("name", ["websocket", "iot", "poll-backoff", "longpoll"])
async def test_way_without_an_address_says_what_to_give(
    name: str, appsync: FakeAppSync, tokens: TokenSource
) -> None:
    with pytest.raises(BadSettings, match=r"address: start the local cloud .*ORDERWIRE_"):
        WAYS[name](appsync.settings, tokens)


# WebSocket.


async def test_pushed_changes_are_marked_and_history_is_not(socket: WebSocket, appsync: FakeAppSync) -> None:
    for status in LIFE[:2]:
        appsync.change(ORDER, status)
    async with socket.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE[2:]:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in following]
    assert _versions(arrivals) == WHOLE
    assert [arrival.pushed for arrival in arrivals] == [False] * 2 + [True] * 4


async def test_missed_changes_arrive_with_the_subscription(
    socket: WebSocket, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    appsync.change(ORDER, "RECEIVED")
    async with socket.follow([ORDER]) as following:
        await following.wait_live()
        companion.cut()
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE
    assert [request.path for request in companion.requests] == ["/api/ws-tickets"] * 2
    assert [(f["orderId"], f["afterVersion"]) for f in companion.frames] == [(ORDER, 0), (ORDER, 1)]
    assert len(set(companion.shown)) == 2  # a ticket opens once


async def test_changes_before_the_last_subscription_are_kept(
    socket: WebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    appsync.route = lambda _change: ()
    early = [appsync.change(ORDER, status) for status in LIFE]
    appsync.shop.kept.pop(ORDER)  # as if the history had been read before
    appsync.change(other, "FAILED", "INTERNAL_ERROR")
    async with socket.follow([ORDER, other]) as following:
        companion.frames_first = [json.dumps({"type": "change", "change": change}) for change in early]
        arrivals = [arrival async for arrival in following]
    assert _versions([a for a in arrivals if a.change.order_id == ORDER]) == WHOLE


async def test_orders_beyond_one_socket_open_another(
    socket: WebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(101)]
    async with socket.follow(ids) as following:
        await following.wait_live()
        assert sorted(len(item.subscribed) for item in companion.sockets) == [1, 100]
        for order_id in ids:
            appsync.change(order_id, "FAILED", "INTERNAL_ERROR")
        arrivals = [arrival async for arrival in following]
    assert sorted(arrival.change.order_id for arrival in arrivals) == ids
    assert companion.paths() == []  # no history was read


async def test_quiet_socket_is_pinged(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    way = WebSocket(companion.settings, tokens, pace=CALM, ping_every=0.02)
    async with way, way.follow([ORDER]) as following:
        await following.wait_live()
        await appsync.until(lambda: sum(frame["type"] == "ping" for frame in companion.frames) >= 3)
        assert following.state is State.LIVE
    assert len(companion.shown) == 1


async def test_silent_socket_is_given_up(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    way = WebSocket(companion.settings, tokens, pace=CALM, ping_every=0.02, patience=0.1)
    async with way, way.follow([ORDER]) as following:
        await following.wait_live()
        companion.silent = True
        await appsync.until(lambda: len(companion.paths("POST")) >= 2)


async def test_socket_is_renewed_before_its_lifetime_ends(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    states: list[State] = []
    way = WebSocket(companion.settings, tokens, pace=CALM, longest=0.1)  # taken for a second at least
    following = way.follow([ORDER], on_state=lambda state, _: states.append(state))
    async with way, following:
        await following.wait_live()
        await appsync.until(lambda: len(companion.shown) == 2 and companion.live())
    assert State.AWAY not in states


async def test_tickets_refused_repeatedly_end_following(companion: FakeCompanion, socket: WebSocket) -> None:
    companion.refuse_tickets = True
    with pytest.raises(NotSignedIn, match="refuses the ticket"):
        await _all(socket.follow([ORDER]))
    assert len(set(companion.shown)) == len(companion.shown) == 3


@pytest.mark.parametrize(
    "frame", ["no JSON", "[]", '{"type": "change", "change": {"version": 0}}', '{"type": 7}', b"\x00"]
)
async def test_unreadable_frame_triggers_a_history_read(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync, frame: str | bytes
) -> None:
    appsync.route = lambda _change: ()
    async with WebSocket(companion.settings, tokens, pace=CALM) as way, way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        await companion.send(frame)
        assert _versions([arrival async for arrival in following]) == WHOLE


async def test_frame_of_an_unknown_type_is_ignored(
    companion: FakeCompanion, socket: WebSocket, appsync: FakeAppSync
) -> None:
    async with socket.follow([ORDER]) as following:
        await following.wait_live()
        await companion.send('{"type": "weather", "is": "fine"}')
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE
    assert companion.paths() == []


@pytest.mark.parametrize(
    "frame",
    [
        '{"message": "Internal server error", "connectionId": "c", "requestId": "r"}',
        '{"type": "error", "code": "TryAgain", "message": "Too much at once."}',
    ],
)
async def test_temporarily_failed_subscription_is_repeated(
    companion: FakeCompanion, socket: WebSocket, appsync: FakeAppSync, frame: str
) -> None:
    companion.frames_first = [frame]
    async with socket.follow([ORDER]) as following:
        await appsync.until(lambda: len(companion.shown) == 2 and companion.live())
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE


async def test_refused_subscription_ends_following(companion: FakeCompanion, socket: WebSocket) -> None:
    companion.frames_first = ['{"type": "error", "code": "InvalidFrame", "message": "orderId: no UUID"}']
    with pytest.raises(Refused, match="orderId: no UUID"):
        await _all(socket.follow([ORDER]))


# Polling.


async def test_polls_return_changes_as_they_find_them(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    appsync.change(ORDER, "RECEIVED")
    async with Poll(companion.settings, tokens, pace=FAST) as way, way.follow([ORDER]) as following:
        await appsync.until(lambda: len(companion.requests) >= 3)
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE
    tags = [request.headers.get("If-None-Match") for request in companion.requests]
    assert tags[0] is None
    assert set(tags[1:]) == {'"1"'}


@pytest.mark.parametrize("name", ["poll-backoff", "longpoll"])
async def test_answer_with_fewer_changes_than_its_version_is_requested_again(
    way: Way, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    for status in LIFE:
        appsync.change(ORDER, status)
    half = {**appsync.shop.kept[ORDER].document(), "history": appsync.shop.kept[ORDER].changes[:3]}
    companion.errors = [web.json_response(half, headers={"ETag": '"6"'})]
    assert _versions(await _all(way.follow([ORDER]))) == WHOLE
    assert [request.headers.get("If-None-Match") for request in companion.requests] == [None, None]


async def test_fixed_polls_ignore_retry_after(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    companion.retry_after = "3600"
    appsync.change(ORDER, "RECEIVED")
    way = Poll(companion.settings, tokens, interval=0.01, fixed=True)
    async with way, way.follow([ORDER]) as following:
        await appsync.until(lambda: len(companion.requests) >= 5)
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE


async def test_long_polls_wait_at_the_server(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    arrivals: list[Arrival] = []
    appsync.change(ORDER, LIFE[0])
    async with LongPoll(companion.settings, tokens, pace=CALM) as way, way.follow([ORDER]) as following:
        async for arrival in following:
            arrivals.append(arrival)
            if arrival.version < len(LIFE):
                # The next request is there before there is anything to tell.
                await appsync.until(lambda: len(companion.requests) == len(arrivals) + 1)
                appsync.change(ORDER, LIFE[arrival.version])
    assert _versions(arrivals) == WHOLE
    assert [request.query for request in companion.requests] == [
        {},  # what is there already arrives at once
        *({"wait": "25", "after": str(after)} for after in range(1, 6)),
    ]


async def test_long_polls_read_the_state_before_they_wait(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    appsync.change(ORDER, LIFE[0])
    states: list[State] = []
    async with (
        LongPoll(companion.settings, tokens, pace=FAST) as way,
        way.follow([ORDER], after=1, on_state=lambda state, _: states.append(state)) as following,
    ):
        await following.wait_live()  # although there is nothing new
        await appsync.until(lambda: companion.waiting == 1)
        companion.errors = [503]
        companion.cut()  # aiohttp sends again by itself what was cut off
        await appsync.until(lambda: companion.waiting == 2)
    assert states == [State.LIVE, State.AWAY, State.LIVE]
    assert ["wait" in request.query for request in companion.requests] == [False, True, True, False, True]


async def test_waits_and_intervals_out_of_range_are_refused(
    companion: FakeCompanion, tokens: TokenSource
) -> None:
    with pytest.raises(ValueError, match="1 to 25"):
        LongPoll(companion.settings, tokens, wait=0)
    with pytest.raises(ValueError, match="more than 0"):
        Poll(companion.settings, tokens, interval=0.0, fixed=True)


async def test_orders_beyond_the_long_polls_take_turns(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(6)]
    for order_id in ids:
        appsync.change(order_id, "RECEIVED")
    async with (
        LongPoll(companion.settings, tokens, pace=CALM, at_once=4) as way,
        way.follow(ids) as following,
    ):
        await appsync.until(lambda: companion.waiting == 4)
        for order_id in ids:
            appsync.change(order_id, "FAILED", "INTERNAL_ERROR")
        arrivals = [arrival async for arrival in following]
    assert sorted(arrival.change.order_id for arrival in arrivals) == sorted(ids * 2)
    assert companion.most_waiting <= 4
    assert {request.query.get("wait") for request in companion.requests} <= {None, "1", "25"}


@pytest.mark.parametrize("name", ["poll-backoff", "longpoll"])
async def test_answer_outside_the_contract_is_a_server_fault(way: Way, appsync: FakeAppSync) -> None:
    appsync.change(ORDER, "TELEPORTED")
    with pytest.raises(ServerFault, match="should be one of RECEIVED"):
        await _all(way.follow([ORDER]))


@pytest.mark.parametrize("name", ["poll-backoff", "longpoll"])
async def test_final_order_is_not_requested_again(
    way: Way, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    done, going = (f"{n:08d}-0000-4000-8000-000000000000" for n in range(2))
    appsync.change(done, "FAILED", "INTERNAL_ERROR")
    appsync.change(going, "RECEIVED")
    companion.holds = False
    async with way.follow([done, going]) as following:
        await appsync.until(lambda: len(companion.requests) >= 5)
        appsync.change(going, "FAILED", "INTERNAL_ERROR")
        arrivals = [arrival async for arrival in following]
    assert len(arrivals) == 3
    assert companion.paths().count(f"/api/orders/{done}") == 1
