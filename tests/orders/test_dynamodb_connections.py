"""Connections and tickets on a real engine, and what both stores must do alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from orders.adapters.dynamodb_connections import DynamoDBConnections, DynamoDBTickets
from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
from orders.caller import Caller
from orders.connections import MOST_ORDERS, Connection, Connections, Subscription, Tickets, opened
from orders.errors import ConnectionGone, PublishFailed, PublishLate, TooManySubscriptions
from orders.model import OrderId, OrderStatusChanged
from orders.status import OrderStatus
from tests.orders.engine import Engine
from tests.orders.fakes import FixedClock, MemoryConnections, MemoryTickets
from tests.orders.samples import ADA, AT, GRACE
from tests.orders.threads import at_once

pytestmark = pytest.mark.integration
NOW = FixedClock().now()
ENDPOINT = "https://abc123.execute-api.eu-west-1.amazonaws.com/api"
STAFF = Caller(GRACE, is_staff=True)
BOTH = ["memory", "dynamodb"]


def an_order() -> OrderId:
    return OrderId(str(uuid4()))


def a_connection(name: str, caller: Caller = STAFF) -> Connection:
    return opened(name, caller, ENDPOINT, NOW)


def subscription(order_id: OrderId, connection: Connection) -> Subscription:
    return Subscription(
        order_id, connection.connection_id, connection.caller, connection.endpoint, connection.expires_at
    )


def a_change(order_id: OrderId) -> OrderStatusChanged:
    return OrderStatusChanged(order_id, ADA, 1, OrderStatus.RECEIVED, AT)


def forgetting(store: DynamoDBConnections) -> Callable[[Subscription], None]:
    return lambda gone: store.forget(gone.connection_id, gone)


def follow(connections: Connections, connection: Connection, *orders: OrderId) -> None:
    for order_id in orders:
        connections.claim(order_id, connection.connection_id)
        connections.subscribe(subscription(order_id, connection))


@pytest.fixture(params=BOTH)
def tickets(request: pytest.FixtureRequest, engine: Engine) -> Tickets:
    if request.param == "memory":
        return MemoryTickets()
    return DynamoDBTickets(engine.dynamodb(), request.getfixturevalue("connections_table"))


@pytest.fixture(params=BOTH)
def connections(request: pytest.FixtureRequest, engine: Engine) -> Connections:
    if request.param == "memory":
        return MemoryConnections()
    return DynamoDBConnections(engine.dynamodb(), request.getfixturevalue("connections_table"))


class TestTickets:
    @pytest.mark.parametrize("caller", [Caller(ADA), STAFF])
    def test_ticket_is_valid_once(self, tickets: Tickets, caller: Caller) -> None:
        secret = tickets.issue(caller, NOW)
        assert tickets.redeem(secret, NOW + timedelta(seconds=59)) == caller
        assert tickets.redeem(secret, NOW) is None

    @pytest.mark.parametrize("seconds", [60, 61, 86_400])
    def test_ticket_expires_after_a_minute(self, tickets: Tickets, seconds: int) -> None:
        secret = tickets.issue(STAFF, NOW)
        assert tickets.redeem(secret, NOW + timedelta(seconds=seconds)) is None

    @pytest.mark.parametrize("secret", ["", "x", "é", "\ud800", "a" * 10_000])
    def test_invalid_ticket_opens_nothing(self, tickets: Tickets, secret: str) -> None:
        assert tickets.redeem(secret, NOW) is None

    def test_tickets_are_unique(self, tickets: Tickets) -> None:
        assert len({tickets.issue(STAFF, NOW) for _ in range(20)}) == 20


def test_one_of_twenty_concurrent_redemptions_succeeds(engine: Engine, connections_table: str) -> None:
    store = DynamoDBTickets(engine.dynamodb(), connections_table)
    secret = store.issue(STAFF, NOW)
    redeemed = at_once(lambda _: store.redeem(secret, NOW), range(20))
    assert sorted(redeemed, key=bool) == [None] * 19 + [STAFF]


def test_ticket_secret_is_stored_nowhere(engine: Engine, connections_table: str) -> None:
    secret = DynamoDBTickets(engine.dynamodb(), connections_table).issue(Caller(ADA), NOW)
    [item] = engine.dynamodb().scan(TableName=connections_table)["Items"]
    assert len(secret) == 43
    assert secret not in str(item)
    assert item["expiresAt"] == {"N": str(int(NOW.timestamp()) + 60)}
    assert item["customerId"] == {"S": ADA}


class TestConnections:
    def test_open_connection_is_returned(self, connections: Connections) -> None:
        connection = a_connection("IAAA=")
        assert connections.find("IAAA=") is None
        connections.open(connection)
        assert connections.find("IAAA=") == connection
        assert connection.expires_at == int(NOW.timestamp()) + 7200

    def test_subscriber_is_returned_for_its_order_alone(self, connections: Connections) -> None:
        order_id, other = an_order(), an_order()
        first, two = a_connection("one"), a_connection("two", Caller(ADA))
        for connection in (first, two):
            connections.open(connection)
            follow(connections, connection, order_id)
        follow(connections, two, other)
        assert sorted(connections.subscribers(order_id), key=lambda s: s.connection_id) == [
            subscription(order_id, first),
            subscription(order_id, two),
        ]
        assert list(connections.subscribers(other)) == [subscription(other, two)]
        connections.unsubscribe(order_id, "two")
        assert list(connections.subscribers(order_id)) == [subscription(order_id, first)]
        assert connections.find("two") == two

    def test_removed_connection_has_no_subscriptions(self, connections: Connections) -> None:
        orders = [an_order() for _ in range(30)]  # more than a batch
        here, gone = a_connection("here"), a_connection("gone")
        for connection in (here, gone):
            connections.open(connection)
            follow(connections, connection, *orders)
        for _ in range(2):
            connections.forget("gone")
        assert connections.find("gone") is None
        assert [[s.connection_id for s in connections.subscribers(order)] for order in orders] == [
            ["here"]
        ] * 30

    def test_late_subscription_of_a_removed_connection_is_removed_by_name(
        self, connections: Connections
    ) -> None:
        order_id = an_order()
        connections.subscribe(subscription(order_id, a_connection("late")))
        connections.forget("late")  # which may know nothing of it
        connections.forget("late", order_id)
        assert list(connections.subscribers(order_id)) == []

    def test_connection_follows_a_limited_number_of_orders(self, connections: Connections) -> None:
        connection = a_connection("greedy")
        connections.open(connection)
        orders = [an_order() for _ in range(MOST_ORDERS)]
        for order_id in orders:
            connections.claim(order_id, "greedy")
        with pytest.raises(TooManySubscriptions, match="at most 100 orders"):
            connections.claim(an_order(), "greedy")
        connections.claim(orders[0], "greedy")  # is counted already
        connections.unsubscribe(orders[1], "greedy")
        connections.claim(an_order(), "greedy")
        with pytest.raises(TooManySubscriptions):
            connections.claim(orders[1], "greedy")

    def test_missing_connection_follows_nothing_and_is_not_created(self, connections: Connections) -> None:
        order_id = an_order()
        with pytest.raises(ConnectionGone):
            connections.claim(order_id, "nobody")
        connections.unsubscribe(order_id, "nobody")
        connections.forget("nobody", order_id)
        assert connections.find("nobody") is None

    def test_expired_connections_are_stale(self, connections: Connections) -> None:
        for minutes in range(3):
            name = f"c{minutes}"
            connections.open(opened(name, STAFF, ENDPOINT, NOW + timedelta(minutes=minutes)))
            follow(connections, a_connection(name), an_order())
        ends = NOW + timedelta(hours=2)
        assert connections.stale(ends, 10) == []
        later = ends + timedelta(seconds=61)
        assert sorted(connection.connection_id for connection in connections.stale(later, 10)) == ["c0", "c1"]
        assert len(connections.stale(later, 1)) == 1


def test_concurrent_claims_stay_within_the_limit(engine: Engine, connections_table: str) -> None:
    store = DynamoDBConnections(engine.dynamodb(), connections_table)
    store.open(a_connection("greedy"))
    for _ in range(MOST_ORDERS - 3):
        store.claim(an_order(), "greedy")

    def claim(_: int) -> bool:
        try:
            store.claim(an_order(), "greedy")
        except TooManySubscriptions:
            return False
        return True

    assert sorted(at_once(claim, range(10))) == [False] * 7 + [True] * 3


class TestSubscribers:
    """What fan-out asks, without boto3."""

    @pytest.fixture(autouse=True)
    def environment(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in engine.environment().items():
            monkeypatch.setenv(name, value)

    @pytest.fixture
    def store(self, engine: Engine, connections_table: str) -> DynamoDBConnections:
        return DynamoDBConnections(engine.dynamodb(), connections_table)

    @pytest.fixture
    def subscribers(
        self, environment: None, store: DynamoDBConnections, connections_table: str
    ) -> Iterator[DynamoDBSubscribers]:
        reader = DynamoDBSubscribers(connections_table, "us-east-1", forgetting(store))
        reader.prepare()
        yield reader
        reader.close()

    def test_subscribers_are_read_consistently_and_removed(
        self, store: DynamoDBConnections, subscribers: DynamoDBSubscribers
    ) -> None:
        order_id, connection = an_order(), a_connection("IAAA=")
        until = time.monotonic() + 60
        assert subscribers.subscribers(a_change(order_id), deadline=until) == []
        store.open(connection)
        follow(store, connection, order_id)
        assert subscribers.subscribers(a_change(order_id), deadline=until) == [
            subscription(order_id, connection)
        ]
        subscribers.forget(subscription(order_id, connection))
        assert subscribers.subscribers(a_change(order_id), deadline=until) == []
        assert store.find("IAAA=") is None

    def test_subscribers_are_read_from_every_page(self, engine: Engine, connections_table: str) -> None:
        store = DynamoDBConnections(engine.dynamodb(), connections_table)
        order_id = an_order()
        # A page ends at 1 MB: nine items of 150 KB are two.
        wide = Caller(type(ADA)("x" * 150_000))
        for n in range(9):
            store.subscribe(subscription(order_id, a_connection(f"c{n}", wide)))
        first = engine.dynamodb().query(
            TableName=connections_table,
            KeyConditionExpression="pk = :order",
            ExpressionAttributeValues={":order": {"S": f"ORDER#{order_id}"}},
        )
        assert "LastEvaluatedKey" in first
        reader = DynamoDBSubscribers(connections_table, "us-east-1", forgetting(store))
        followers = reader.subscribers(a_change(order_id), deadline=time.monotonic() + 30)
        reader.close()
        assert [item.connection_id for item in followers] == [f"c{n}" for n in range(9)]

    def test_missing_table_is_named(self, engine: Engine) -> None:
        reader = DynamoDBSubscribers("no-such-table", "us-east-1", lambda _: None)
        with pytest.raises(PublishFailed, match=r"^DynamoDB answered 400 ResourceNotFoundException$"):
            reader.subscribers(a_change(an_order()), deadline=time.monotonic() + 30)
        reader.close()

    def test_expired_deadline_sends_no_request(self, subscribers: DynamoDBSubscribers) -> None:
        with pytest.raises(PublishLate):
            subscribers.subscribers(a_change(an_order()), deadline=time.monotonic() - 1)
