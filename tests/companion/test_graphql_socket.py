"""graphql-transport-ws as Lambda serves it: each message, each code, and what fan-out then sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import websocket
from orders.caller import Caller
from orders.connections import Subscription
from orders.errors import ConnectionGone, PublishLate, TryAgain
from orders.model import OrderId, OrderStatusChanged
from orders.operations import MOST_OPERATIONS, GraphQLConnection
from orders.status import OrderStatus
from orders.transport_ws import ProtocolViolation, parse_message
from resolvers.channels.frames import Frames
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import event
from tests.orders.samples import ADA, AT, GRACE

CONNECTION = "L0SM9cOFvHcCIhw="
ORDER = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
ON_ORDER = """
subscription Follow($id: ID!, $when: Boolean = false) {
  mine: onOrderStatus(orderId: $id) { v: version ...Rest __typename at @include(if: $when) }
}
fragment Rest on OrderStatusChange { status }
"""
ON_MINE = "subscription ($some: [OrderStatus!]) { onMyOrders(statuses: $some) { orderId version } }"
INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer ada-token"}}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def connect(offered: str | None = "graphql-ws, graphql-transport-ws") -> dict[str, Any]:
    handshake = event("websocket_connect")
    handshake["queryStringParameters"] = None
    if offered is not None:
        handshake["headers"]["Sec-WebSocket-Protocol"] = offered
    answer: dict[str, Any] = websocket.connect(handshake, None)
    return answer


def send(message: object) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    request = event("websocket_message") | {"body": text}
    assert websocket.message(request, None) == {"statusCode": 200}


def received(shop: Shop) -> list[Any]:
    """Return what was pushed since the last look."""
    pushed, shop.pusher.pushed = shop.pusher.pushed, []
    return [json.loads(frame) for _, _, frame in pushed]


def subscribe(query: str = ON_ORDER, id_: str = "1", **variables: object) -> dict[str, Any]:
    return {"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}}


def subscriptions(shop: Shop) -> dict[str, Subscription | None]:
    return shop.connections.operations[CONNECTION]


def of(shop: Shop, id_: str = "1") -> Subscription:
    subscription = subscriptions(shop)[id_]
    assert subscription is not None
    return subscription


def assert_closed(shop: Shop, code: int, reason: str) -> None:
    assert received(shop)[-1] == {"type": "pong", "payload": {"closing": {"code": code, "reason": reason}}}
    assert shop.pusher.closed == [CONNECTION]
    assert CONNECTION not in shop.connections.open_now


@pytest.fixture
def connected(shop: Shop) -> Shop:
    shop.token_callers.callers = {"ada-token": Caller(ADA), "staff-token": Caller(GRACE, is_staff=True)}
    assert connect()["statusCode"] == 200
    return shop


@pytest.fixture
def welcome(connected: Shop) -> Shop:
    send(INIT)
    assert received(connected) == [{"type": "connection_ack"}]
    return connected


class TestConnect:
    def test_graphql_subprotocol_connects_without_a_ticket(self, shop: Shop) -> None:
        answer = connect()
        assert answer["statusCode"] == 200
        assert answer["headers"] == {"Sec-WebSocket-Protocol": "graphql-transport-ws"}
        connection = shop.connections.open_now[CONNECTION]
        assert isinstance(connection, GraphQLConnection)
        assert connection.caller is None

    @pytest.mark.parametrize("offered", [None, "", "graphql-ws", "graphql-transport-ws-2"])
    def test_connection_without_the_subprotocol_needs_a_ticket(self, shop: Shop, offered: str | None) -> None:
        assert connect(offered)["statusCode"] == 401
        assert shop.connections.open_now == {}


class TestInit:
    @pytest.mark.parametrize("key", ["Authorization", "authorization"])
    @pytest.mark.parametrize("prefix", ["", "Bearer "])
    def test_valid_token_is_acknowledged(self, connected: Shop, key: str, prefix: str) -> None:
        send({"type": "connection_init", "payload": {key: f"{prefix}staff-token"}})
        assert received(connected) == [{"type": "connection_ack"}]
        connection = connected.connections.open_now[CONNECTION]
        assert connection.caller == Caller(GRACE, is_staff=True)
        assert connection.expires_at == int(connected.clock.now().timestamp()) + 7200

    @pytest.mark.parametrize("payload", [None, {}, {"Authorization": "forged"}, {"Authorization": 7}])
    def test_invalid_token_closes_the_connection_as_forbidden(
        self, connected: Shop, payload: object, log: Log
    ) -> None:
        send({"type": "connection_init", "payload": payload})
        assert_closed(connected, 4403, "Forbidden")
        assert "forged" not in log.text

    def test_second_init_closes_the_connection(self, welcome: Shop) -> None:
        send(INIT)
        assert_closed(welcome, 4429, "Too many initialisation requests")

    def test_concurrent_second_init_closes_the_connection(
        self, connected: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waiting = connected.connections.open_now[CONNECTION]
        send(INIT)
        received(connected)
        # The other one read the connection before.
        monkeypatch.setattr(connected.connections, "find", lambda _: waiting)
        send(INIT)
        assert_closed(connected, 4429, "Too many initialisation requests")

    def test_late_init_closes_the_connection(self, connected: Shop) -> None:
        connected.clock.advance(60)
        send(INIT)
        assert_closed(connected, 4408, "Connection initialisation timeout")

    def test_unavailable_keys_close_the_connection_and_are_logged(self, connected: Shop, log: Log) -> None:
        connected.token_callers.broken = TryAgain("The user pool's keys cannot be fetched.")
        send(INIT)
        assert_closed(connected, 4500, "Internal server error")
        assert log.lines[0]["message"] == "message failed"


class TestSubscribe:
    def test_subscription_is_stored_with_its_projection_and_confirmed(self, welcome: Shop) -> None:
        send(subscribe(id=ORDER.upper()))
        assert received(welcome) == [{"type": "pong", "payload": {"subscribed": "1"}}]
        subscription = of(welcome)
        assert (subscription.order_id, subscription.caller) == (ORDER, Caller(ADA))
        assert subscription.operation is not None
        assert subscription.operation.projection.fields == (
            ("v", "version"),
            ("status", "status"),
            ("__typename", "__typename"),
        )

    def test_fan_out_sends_the_selected_fields_by_their_aliases(self, welcome: Shop) -> None:
        send(subscribe(id=ORDER, when=True))
        change = OrderStatusChanged(OrderId(ORDER), ADA, 2, OrderStatus.VALIDATED, AT)
        frame = Frames(change).frame_for(of(welcome))
        assert frame is not None
        assert json.loads(frame) == {
            "id": "1",
            "type": "next",
            "payload": {
                "data": {"mine": {"v": 2, "status": "VALIDATED", "__typename": "OrderStatusChange", "at": AT}}
            },
        }

    def test_order_of_another_customer_is_followed_without_events(self, welcome: Shop) -> None:
        send(subscribe(id=ORDER))
        change = OrderStatusChanged(OrderId(ORDER), GRACE, 2, OrderStatus.VALIDATED, AT)
        assert Frames(change).frame_for(of(welcome)) is None

    def test_own_orders_are_confirmed_once_fan_out_knows_the_subscription(self, welcome: Shop) -> None:
        welcome.operations.wait = 2.5
        send(subscribe(ON_MINE, some=["SHIPPED", "SHIPPED"]))
        assert received(welcome) == [{"type": "pong", "payload": {"subscribed": "1"}}]
        assert welcome.slept == [2.5]
        subscription = of(welcome)
        assert subscription.order_id is None
        for status, owner, hears in (
            (OrderStatus.SHIPPED, ADA, True),
            (OrderStatus.PACKED, ADA, False),
            (OrderStatus.SHIPPED, GRACE, False),
        ):
            change = OrderStatusChanged(OrderId(ORDER), owner, 5, status, AT)
            assert (Frames(change).frame_for(subscription) is not None) == hears

    @pytest.mark.parametrize("some", [None, [], [status.value for status in OrderStatus]])
    def test_every_status_equals_no_filter(self, welcome: Shop, some: object) -> None:
        send(subscribe(ON_MINE, some=some))
        operation = of(welcome).operation
        assert operation is not None
        assert operation.statuses == ()

    def test_subscribe_before_the_acknowledgement_is_unauthorized(self, connected: Shop) -> None:
        send(subscribe(id=ORDER))
        assert_closed(connected, 4401, "Unauthorized")

    def test_id_in_use_closes_the_connection(self, welcome: Shop) -> None:
        send(subscribe(id=ORDER))
        received(welcome)
        send(subscribe(ON_MINE))
        assert_closed(welcome, 4409, "Subscriber for 1 already exists")

    def test_completed_id_may_be_reused(self, welcome: Shop) -> None:
        for _ in range(2):
            send(subscribe(id=ORDER))
            assert received(welcome) == [{"type": "pong", "payload": {"subscribed": "1"}}]
            send({"id": "1", "type": "complete"})
            assert subscriptions(welcome) == {}
        assert received(welcome) == []

    def test_operation_beyond_the_limit_is_an_error(self, welcome: Shop) -> None:
        welcome.connections.operations[CONNECTION] = {f"o{n}": None for n in range(MOST_OPERATIONS)}
        send(subscribe(id=ORDER))
        [message] = received(welcome)
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["errorType"] == "TooManySubscriptions"
        assert welcome.pusher.closed == []

    @pytest.mark.parametrize(
        ("query", "variables", "reason"),
        [
            ("subscription {", {}, "Syntax Error: Expected Name, found <EOF>."),
            ("subscription { onMyOrders { price } }", {}, "Cannot query field 'price'"),
            (ON_ORDER, {}, "Variable '$id' has invalid value"),
            (ON_ORDER, {"id": "42"}, "orderId must be a UUID: the clientToken of the order"),
            (ON_MINE, {"some": ["LOST"]}, "does not exist in 'OrderStatus' enum"),
            ("{ order(id: 1) { id } }", {}, "Only subscriptions are served here"),
            ("mutation { cancelOrder(id: 1) { id } }", {}, "Only subscriptions are served here"),
            ("subscription { a: onMyOrders { at } b: onMyOrders { at } }", {}, "only one top level field"),
            (
                "subscription A { onMyOrders { at } } subscription B { onMyOrders { at } }",
                {},
                "Must provide operation name",
            ),
        ],
    )
    def test_document_that_is_no_known_subscription_is_an_error(
        self, welcome: Shop, log: Log, query: str, variables: dict[str, object], reason: str
    ) -> None:
        send({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})
        [message] = received(welcome)
        assert (message["id"], message["type"]) == ("1", "error")
        assert reason in message["payload"][0]["message"]
        assert subscriptions(welcome) == {}
        assert not [line for line in log.lines if line["level"] == "ERROR"]


class TestTheRest:
    @pytest.mark.parametrize("payload", [None, {"a": [1]}])
    def test_ping_is_answered_with_its_payload_at_any_time(self, connected: Shop, payload: object) -> None:
        expected = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        send({"type": "ping", "payload": payload})
        assert received(connected) == [expected]

    def test_pong_and_unknown_complete_are_ignored(self, welcome: Shop) -> None:
        send({"type": "pong"})
        send({"id": "9", "type": "complete"})
        assert received(welcome) == []
        assert welcome.pusher.closed == []

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "[]",
            "[" * 4000,
            '{"type": "start"}',
            '{"type": "complete"}',
            '{"type": "subscribe", "id": "", "payload": {"query": "{ x }"}}',
            '{"type": "subscribe", "id": "1"}',
            '{"type": "subscribe", "id": "1", "payload": {"query": " "}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ x }", "variables": []}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ x }", "operationName": 1}}',
            '{"type": "ping", "payload": 1}',
            json.dumps({"type": "ping", "payload": {"x": "x" * 40_000}}),
            json.dumps({"type": "complete", "id": "x" * 129}),
        ],
    )
    def test_invalid_message_closes_the_connection(self, welcome: Shop, text: str) -> None:
        send(text)
        [message] = received(welcome)
        assert message["payload"]["closing"]["code"] == 4400
        assert welcome.pusher.closed == [CONNECTION]

    def test_gone_connection_is_removed(self, welcome: Shop) -> None:
        welcome.pusher.failing[CONNECTION] = ConnectionGone()
        send({"type": "ping"})
        assert CONNECTION not in welcome.connections.open_now

    def test_failed_push_is_logged(self, welcome: Shop, log: Log) -> None:
        welcome.pusher.failing[CONNECTION] = PublishLate(3)
        send({"type": "ping"})
        assert [(line["level"], line["error"]) for line in log.lines] == [("WARNING", "PublishLate")]
        assert CONNECTION in welcome.connections.open_now

    def test_disconnect_removes_all_operations(self, welcome: Shop) -> None:
        send(subscribe(id=ORDER))
        assert websocket.disconnect(event("websocket_disconnect"), None) == {"statusCode": 200}
        assert CONNECTION not in welcome.connections.operations


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["connection_init", "subscribe", "complete", "ping", "pong", "next"])},
        optional={
            "id": st.text() | st.integers(),
            "payload": st.none()
            | st.integers()
            | st.dictionaries(st.text() | st.just("query"), st.text() | st.integers()),
        },
    ).map(json.dumps)
)
def test_any_text_is_a_message_or_a_protocol_violation(text: str) -> None:
    try:
        parse_message(text)
    except ProtocolViolation as violation:
        assert violation.code == 4400
