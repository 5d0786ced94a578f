"""GraphQL without AppSync: what the companion says beside the protocol, and what it may refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from clients import BadSettings, NotSignedIn, Refused, State
from clients.auth import TokenSource
from clients.sockets import MAX_ORDERS
from clients.ways.graphql_ws import GraphQLWebSocket
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion
from tests.clients.test_ways import CALM, LIFE, ORDER, WHOLE, _all, _versions


@pytest.fixture
async def way(companion: FakeCompanion, tokens: TokenSource) -> AsyncIterator[GraphQLWebSocket]:
    async with GraphQLWebSocket(companion.settings, tokens, pace=CALM) as opened:
        yield opened


@pytest.mark.parametrize("lost", [{"rest": None}, {"websocket": None}])
def test_missing_address_names_the_variable(
    companion: FakeCompanion, tokens: TokenSource, lost: dict[str, Any]
) -> None:
    with pytest.raises(BadSettings, match="ORDERWIRE_WEBSOCKET_URL"):
        GraphQLWebSocket(replace(companion.settings, **lost), tokens)


async def test_changes_are_live_and_one_companion_query_reads_the_history(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    for status in LIFE[:2]:
        appsync.change(ORDER, status)
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE[2:]:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in following]
    assert _versions(arrivals) == WHOLE
    assert [arrival.pushed for arrival in arrivals] == [False] * 2 + [True] * 4
    assert [message["type"] for message in companion.graphql.messages[:2]] == ["connection_init", "subscribe"]
    assert [name for name, _ in appsync.calls] == ["orderHistory"]
    # The handshake and the query; the acknowledgement, the sign that it is live, and four changes.
    assert (way.traffic.requests, way.traffic.messages_in) == (2, 6)


async def test_closing_the_connection_sends_no_complete_messages(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        appsync.change(ORDER, "FAILED", "INTERNAL_ERROR")
        assert [arrival.version async for arrival in following] == [1]
    await appsync.until(lambda: not companion.graphql.peers)
    assert [message["type"] for message in companion.graphql.messages] == ["connection_init", "subscribe"]


async def test_orders_beyond_one_connection_open_another(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(MAX_ORDERS + 1)]
    async with way.follow(ids) as following:
        await following.wait_live()
        assert sorted(len(peer.orders) for peer in companion.graphql.peers) == [1, MAX_ORDERS]
        for order_id in ids:
            appsync.change(order_id, "FAILED", "INTERNAL_ERROR")
        arrivals = [arrival async for arrival in following]
    assert sorted(arrival.change.order_id for arrival in arrivals) == ids


async def test_silent_server_is_given_up(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    states: list[State] = []
    way = GraphQLWebSocket(companion.settings, tokens, pace=CALM, ping_every=0.05, patience=0.5)
    async with way, way.follow([ORDER], on_state=lambda state, _: states.append(state)) as following:
        await following.wait_live()
        companion.graphql.silent = True
        await appsync.until(lambda: len(companion.graphql.shown) >= 2)
    assert State.AWAY in states


async def test_unconfirmed_subscription_is_given_up(
    companion: FakeCompanion, tokens: TokenSource, appsync: FakeAppSync
) -> None:
    companion.graphql.silent = True
    async with (
        GraphQLWebSocket(companion.settings, tokens, pace=CALM, patience=0.1) as way,
        way.follow([ORDER]),
    ):
        await appsync.until(lambda: len(companion.graphql.shown) >= 2)


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (4403, "Forbidden", NotSignedIn),
        (4401, "Unauthorized", NotSignedIn),
        (4400, "Invalid message", Refused),
    ],
)
async def test_reason_before_the_close_is_the_error(
    way: GraphQLWebSocket, companion: FakeCompanion, code: int, reason: str, error: type[Exception]
) -> None:
    companion.graphql.closing = {"code": code, "reason": reason}
    with pytest.raises(error, match=reason):
        await _all(way.follow([ORDER]))


async def test_close_by_the_server_is_tried_again(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync
) -> None:
    companion.graphql.closing = {"code": 4500, "reason": "Internal server error"}
    async with way.follow([ORDER]) as following:
        await appsync.until(lambda: len(companion.graphql.shown) >= 3)
        companion.graphql.closing = None
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE


async def test_refused_operation_ends_following(way: GraphQLWebSocket, companion: FakeCompanion) -> None:
    companion.graphql.errors = [{"errorType": "BadRequestException", "message": "orderId must be a UUID"}]
    with pytest.raises(Refused, match="orderId must be a UUID"):
        await _all(way.follow([ORDER]))


@pytest.mark.parametrize("text", ['{"id": "1", "type": "next", "payload": {"data": {"onOrderStatus": {}}}}'])
async def test_unreadable_event_triggers_a_history_read(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync, text: str
) -> None:
    appsync.route = lambda _change: ()
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        await companion.graphql.send(text)
        assert _versions([arrival async for arrival in following]) == WHOLE


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"type": "pong", "payload": {"subscribed": "x"}}'])
async def test_invalid_message_closes_the_connection(
    way: GraphQLWebSocket, companion: FakeCompanion, appsync: FakeAppSync, text: str
) -> None:
    async with way.follow([ORDER]) as following:
        await following.wait_live()
        await companion.graphql.send(text)
        await appsync.until(lambda: len(companion.graphql.shown) >= 2 and companion.graphql.live())
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _versions([arrival async for arrival in following]) == WHOLE
