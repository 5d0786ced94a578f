"""The WebSocket handlers as Lambda calls them, with AWS's own events, and the frames that they push."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import websocket, wiring
from orders.caller import Caller
from orders.connections import MOST_ORDERS, Subscription
from orders.errors import ConnectionGone, PublishLate
from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import event
from tests.orders.samples import ADA, GRACE, an_order, to

CONNECTION = "L0SM9cOFvHcCIhw="
ENDPOINT = "https://abcdef123.execute-api.eu-west-1.amazonaws.com/api"
NONE_SUCH = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    # Lambda says; Chalice's own part of each handler wants it.
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def connect(ticket: str | None) -> dict[str, Any]:
    handshake = event("websocket_connect")
    handshake["queryStringParameters"] = None if ticket is None else {"ticket": ticket}
    answer: dict[str, Any] = websocket.connect(handshake, None)
    return answer


def send(frame: object) -> None:
    """Send a frame, as it is when it is a text; the gateway learns that it was accepted."""
    request = event("websocket_message") | {"body": frame if isinstance(frame, str) else json.dumps(frame)}
    assert websocket.message(request, None) == {"statusCode": 200}


def frames(shop: Shop) -> list[dict[str, Any]]:
    """What was pushed since the last look; all of it went to the connection."""
    pushed, shop.pusher.pushed = shop.pusher.pushed, []
    assert {(endpoint, connection) for endpoint, connection, _ in pushed} <= {(ENDPOINT, CONNECTION)}
    return [json.loads(frame) for _, _, frame in pushed]


@pytest.fixture
def connected(shop: Shop) -> Shop:
    answer = connect(shop.tickets.issue(Caller(ADA), shop.clock.now()))
    assert answer["statusCode"] == 200
    return shop


class TestConnect:
    def test_ticket_opens_a_connection_with_caller_and_endpoint(self, connected: Shop) -> None:
        connection = connected.connections.open_now[CONNECTION]
        assert connection.caller == Caller(ADA)
        assert connection.endpoint == ENDPOINT
        assert datetime.fromtimestamp(connection.expires_at, UTC) == connected.clock.now() + timedelta(
            hours=2
        )

    def test_staff_ticket_opens_a_staff_connection(self, shop: Shop) -> None:
        connect(shop.tickets.issue(Caller(GRACE, is_staff=True), shop.clock.now()))
        assert shop.connections.open_now[CONNECTION].caller == Caller(GRACE, is_staff=True)

    @pytest.mark.parametrize("ticket", [None, "", "ticket-2", "ticket-1 "])
    def test_invalid_ticket_is_answered_with_401(self, shop: Shop, ticket: str | None) -> None:
        shop.tickets.issue(Caller(ADA), shop.clock.now())
        answer = connect(ticket)
        assert answer["statusCode"] == 401
        assert json.loads(answer["body"])["type"] == "urn:orderwire:problem:ticket-refused"
        assert shop.connections.open_now == {}

    def test_ticket_opens_one_connection(self, connected: Shop) -> None:
        assert connect("ticket-1")["statusCode"] == 401

    def test_ticket_expires_after_a_minute(self, shop: Shop) -> None:
        ticket = shop.tickets.issue(Caller(ADA), shop.clock.now())
        shop.clock.advance(60)
        assert connect(ticket)["statusCode"] == 401

    def test_internal_error_is_answered_and_logged_without_the_ticket(
        self, shop: Shop, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(connection: object) -> None:
            raise RuntimeError("the table is away")

        monkeypatch.setattr(shop.connections, "open", full)
        answer = connect(shop.tickets.issue(Caller(ADA), shop.clock.now()))
        assert answer["statusCode"] == 500
        assert "table" not in answer["body"]
        [line] = log.lines
        assert line["message"] == "connection failed"
        assert "the table is away" in str(line["exception"])
        assert "ticket-1" not in log.text


class TestFrames:
    def test_ping_is_answered(self, connected: Shop) -> None:
        send({"type": "ping"})
        assert frames(connected) == [{"type": "pong"}]

    def test_subscription_begins_with_missed_changes(self, connected: Shop) -> None:
        order_id = connected.record()
        connected.advance(order_id, OrderStatus.CONFIRMED)
        send({"type": "subscribe", "orderId": order_id, "afterVersion": 1})
        [frame] = frames(connected)
        assert (frame["type"], frame["orderId"], frame["version"]) == ("subscribed", order_id, 3)
        assert [(change["version"], change["status"]) for change in frame["changes"]] == [
            (2, "VALIDATED"),
            (3, "CONFIRMED"),
        ]
        [subscription] = connected.connections.subscribers(order_id)
        assert (subscription.connection_id, subscription.endpoint) == (CONNECTION, ENDPOINT)

    def test_change_committed_during_the_subscription_follows_the_history(
        self, connected: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = connected.record()
        subscribe = connected.connections.subscribe

        def meanwhile(subscription: Subscription) -> None:
            connected.store.change(order_id, to(OrderStatus.VALIDATED))
            subscribe(subscription)

        monkeypatch.setattr(connected.connections, "subscribe", meanwhile)
        send({"type": "subscribe", "orderId": order_id})
        first, second = frames(connected)
        assert (first["type"], first["version"]) == ("subscribed", 1)
        assert (second["type"], second["change"]["version"]) == ("change", 2)

    def test_missing_order_looks_like_that_of_another_customer(self, connected: Shop) -> None:
        theirs = connected.record(an_order(customer=GRACE))
        for order_id in (NONE_SUCH, theirs):
            send({"type": "subscribe", "orderId": order_id})
        assert frames(connected) == [
            {"type": "subscribed", "orderId": NONE_SUCH, "version": 0, "changes": []},
            {"type": "subscribed", "orderId": theirs, "version": 0, "changes": []},
        ]

    def test_unsubscribe_removes_the_subscription(self, connected: Shop) -> None:
        order_id = connected.record()
        send({"type": "subscribe", "orderId": order_id})
        frames(connected)
        send({"type": "unsubscribe", "orderId": order_id})
        assert frames(connected) == [{"type": "unsubscribed", "orderId": order_id}]
        assert connected.connections.subscribers(order_id) == []

    def test_order_beyond_the_limit_is_refused_by_name(self, connected: Shop) -> None:
        for number in range(MOST_ORDERS):
            connected.connections.claim(OrderId(str(number)), CONNECTION)
        send({"type": "subscribe", "orderId": NONE_SUCH})
        [frame] = frames(connected)
        assert (frame["type"], frame["code"], frame["orderId"]) == (
            "error",
            "TooManySubscriptions",
            NONE_SUCH,
        )

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "[]",
            "null",
            "{",
            '{"type": "dance"}',
            '{"type": "subscribe", "orderId": "x"}',
            "[" * 4000,
        ],
    )
    def test_unreadable_frame_is_a_typed_error(self, connected: Shop, text: str) -> None:
        send(text)
        [frame] = frames(connected)
        assert (frame["type"], frame["code"]) == ("error", "InvalidFrame")

    def test_frame_without_a_body_is_a_typed_error(self, connected: Shop) -> None:
        handshake = event("websocket_message")
        del handshake["body"]
        assert websocket.message(handshake, None) == {"statusCode": 200}
        assert [frame["code"] for frame in frames(connected)] == ["InvalidFrame"]

    def test_unknown_connection_needs_a_ticket(self, shop: Shop) -> None:
        send({"type": "subscribe", "orderId": NONE_SUCH})
        assert [frame["code"] for frame in frames(shop)] == ["TicketRefused"]

    def test_internal_error_is_reported_without_its_reason(
        self, connected: Shop, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(order_id: OrderId) -> None:
            raise RuntimeError("the table is away")

        monkeypatch.setattr(connected.store, "state", away)
        send({"type": "subscribe", "orderId": NONE_SUCH})
        [frame] = frames(connected)
        assert (frame["code"], frame["orderId"]) == ("InternalError", NONE_SUCH)
        assert "table" not in frame["message"]
        assert [line["message"] for line in log.lines] == ["frame failed"]

    def test_gone_connection_is_removed(self, connected: Shop) -> None:
        connected.pusher.failing[CONNECTION] = ConnectionGone()
        send({"type": "ping"})
        assert connected.connections.open_now == {}

    def test_connection_lost_during_a_subscription_leaves_none(
        self, connected: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = connected.record()
        subscribe = connected.connections.subscribe

        def meanwhile(subscription: Subscription) -> None:
            connected.connections.forget(CONNECTION)
            connected.store.change(order_id, to(OrderStatus.VALIDATED))
            connected.pusher.failing[CONNECTION] = ConnectionGone()
            subscribe(subscription)

        monkeypatch.setattr(connected.connections, "subscribe", meanwhile)
        send({"type": "subscribe", "orderId": order_id})
        assert connected.connections.subscribers(order_id) == []

    @pytest.mark.parametrize("text", ['{"type": "ping"}', "hello"])
    def test_failed_push_is_logged(self, connected: Shop, log: Log, text: str) -> None:
        connected.pusher.failing[CONNECTION] = PublishLate(3)
        send(text)
        [line] = log.lines
        assert (line["level"], line["error"]) == ("WARNING", "PublishLate")
        assert CONNECTION in connected.connections.open_now


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["subscribe", "unsubscribe", "ping"])},
        optional={
            "orderId": st.text() | st.integers() | st.just(NONE_SUCH),
            "afterVersion": st.integers() | st.text() | st.booleans(),
        },
    ).map(json.dumps)
)
def test_any_frame_gets_one_frame_of_the_protocol(text: str) -> None:
    """Whatever is sent, the function ends well and the client gets one frame of the protocol."""
    shop = Shop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_REGION", "eu-west-1")
        for name in ("tickets", "connections", "pusher", "clock"):
            fake = getattr(shop, name)
            patch.setattr(wiring, name, lambda fake=fake: fake)
        patch.setattr(wiring, "order_store", lambda: shop.store)
        connect(shop.tickets.issue(Caller(ADA), shop.clock.now()))
        send(text)
        [frame] = frames(shop)
    assert frame["type"] in {"subscribed", "unsubscribed", "pong", "error"}
    if frame["type"] == "error":
        assert frame["code"] == "InvalidFrame"


class TestDisconnect:
    def test_disconnect_removes_the_connection_and_its_subscriptions(self, connected: Shop) -> None:
        order_id = connected.record()
        send({"type": "subscribe", "orderId": order_id})
        assert websocket.disconnect(event("websocket_disconnect"), None) == {"statusCode": 200}
        assert connected.connections.open_now == {}
        assert connected.connections.subscribers(order_id) == []

    def test_repeated_disconnect_is_harmless(self, shop: Shop) -> None:
        assert websocket.disconnect(event("websocket_disconnect"), None) == {"statusCode": 200}
