"""GraphQL subscriptions of connections, in memory and on DynamoDB, and fan-out's way of finding them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from orders.adapters import dynamodb_subscribers
from orders.adapters.dynamodb_connections import DynamoDBConnections
from orders.adapters.dynamodb_operations import DynamoDBOperations
from orders.adapters.dynamodb_subscribers import FLAGS_LAST, DynamoDBSubscribers
from orders.caller import Caller
from orders.connections import Connections, Operations, Subscription
from orders.errors import ConnectionGone, TooManySubscriptions
from orders.model import CustomerId, OrderId, OrderStatusChanged
from orders.operations import (
    MOST_OPERATIONS,
    AlreadyWelcome,
    GraphQLConnection,
    Operation,
    Projection,
    SubscriberExists,
    pending,
)
from orders.status import OrderStatus
from tests.orders.engine import Engine
from tests.orders.fakes import FixedClock, MemoryConnections, MemoryOperations
from tests.orders.samples import ADA, AT, GRACE

pytestmark = pytest.mark.integration
NOW = FixedClock().now()
ENDPOINT = "https://abc123.execute-api.eu-west-1.amazonaws.com/api"
STATUS = Projection("onOrderStatus", (("status", "status"), ("t", "__typename")))


@dataclass
class Store:
    connections: Connections
    operations: Operations


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, engine: Engine) -> Store:
    if request.param == "memory":
        memory = MemoryConnections()
        return Store(memory, MemoryOperations(memory))
    table = request.getfixturevalue("connections_table")
    return Store(DynamoDBConnections(engine.dynamodb(), table), DynamoDBOperations(engine.dynamodb(), table))


def an_order() -> OrderId:
    return OrderId(str(uuid4()))


def subscription(
    order_id: OrderId | None, name: str = "c=", id_: str = "1", caller: Caller | None = None
) -> Subscription:
    expires = int((NOW + timedelta(hours=2)).timestamp())
    operation = Operation(id_, STATUS, ("SHIPPED",) if order_id is None else ())
    return Subscription(order_id, name, caller or Caller(ADA), ENDPOINT, expires, operation)


def opened(store: Store, name: str = "c=") -> GraphQLConnection:
    connection = pending(name, ENDPOINT, NOW)
    store.operations.open(connection)
    return connection


def test_connection_authenticates_once(store: Store) -> None:
    connection = opened(store)
    assert store.connections.find("c=") == connection
    store.operations.welcome("c=", Caller(ADA, is_staff=True), 99)
    assert store.connections.find("c=") == GraphQLConnection("c=", ENDPOINT, 99, Caller(ADA, is_staff=True))
    with pytest.raises(AlreadyWelcome):
        store.operations.welcome("c=", Caller(GRACE), 100)
    with pytest.raises(ConnectionGone):
        store.operations.welcome("nobody", Caller(ADA), 99)


def test_operation_id_is_unique_until_it_is_removed(store: Store) -> None:
    opened(store)
    order_id = an_order()
    store.operations.claim(subscription(order_id))
    with pytest.raises(SubscriberExists):
        store.operations.claim(subscription(an_order()))
    store.operations.claim(subscription(order_id, id_="2"))
    store.operations.subscribe(subscription(order_id), NOW)
    store.operations.remove("c=", "1")
    store.operations.remove("c=", "1")
    store.operations.remove("nobody", "1")
    store.operations.claim(subscription(order_id))
    with pytest.raises(ConnectionGone):
        store.operations.claim(subscription(order_id, "nobody"))


@pytest.mark.parametrize("id_", ["a#b", "a.b", "é 🍵", "x" * 128])
def test_operation_id_may_be_any_text(store: Store, id_: str) -> None:
    opened(store)
    store.operations.claim(subscription(an_order(), id_=id_))
    store.operations.remove("c=", id_)
    store.operations.claim(subscription(an_order(), id_=id_))


def test_connection_has_a_limited_number_of_operations(store: Store) -> None:
    opened(store)
    for number in range(MOST_OPERATIONS):
        store.operations.claim(subscription(an_order(), id_=str(number)))
    with pytest.raises(TooManySubscriptions):
        store.operations.claim(subscription(an_order(), id_="more"))


class LostAnswers:
    """DynamoDB's client on a network that loses each first answer: it sends every update again."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.exceptions = client.exceptions
        self.put_item = client.put_item

    def update_item(self, **request: Any) -> Any:
        self._client.update_item(**request)
        return self._client.update_item(**request)


def test_repeated_write_after_a_lost_answer_is_no_duplicate(engine: Engine, connections_table: str) -> None:
    operations = DynamoDBOperations(cast("Any", LostAnswers(engine.dynamodb())), connections_table)
    operations.open(pending("c=", ENDPOINT, NOW))
    operations.welcome("c=", Caller(ADA), 99)
    operations.claim(subscription(an_order()))
    with pytest.raises(AlreadyWelcome):
        operations.welcome("c=", Caller(ADA), 99)
    with pytest.raises(SubscriberExists):
        operations.claim(subscription(an_order()))


class TestFanOut:
    """What it reads of them with one request of its own."""

    @pytest.fixture(autouse=True)
    def environment(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in engine.environment().items():
            monkeypatch.setenv(name, value)

    @pytest.fixture
    def on_dynamodb(self, engine: Engine, connections_table: str) -> Store:
        client = engine.dynamodb()
        return Store(
            DynamoDBConnections(client, connections_table), DynamoDBOperations(client, connections_table)
        )

    @pytest.fixture
    def subscribers(self, connections_table: str, on_dynamodb: Store) -> Iterator[DynamoDBSubscribers]:
        connections = on_dynamodb.connections
        reader = DynamoDBSubscribers(
            connections_table, "us-east-1", lambda gone: connections.forget(gone.connection_id, gone)
        )
        yield reader
        reader.close()

    def of(
        self, subscribers: DynamoDBSubscribers, order_id: OrderId, owner: CustomerId = ADA
    ) -> list[Subscription]:
        change = OrderStatusChanged(order_id, owner, 1, OrderStatus.RECEIVED, AT)
        return subscribers.subscribers(change, deadline=time.monotonic() + 60)

    def test_operations_of_one_order_round_trip(
        self, on_dynamodb: Store, subscribers: DynamoDBSubscribers
    ) -> None:
        order_id = an_order()
        opened(on_dynamodb)
        both = [subscription(order_id, id_="1#a"), subscription(order_id, id_="2")]
        for operation in both:
            on_dynamodb.operations.claim(operation)
            assert on_dynamodb.operations.subscribe(operation, NOW) == 0.0
        assert self.of(subscribers, order_id) == both
        on_dynamodb.operations.remove("c=", "1#a")
        assert self.of(subscribers, order_id) == both[1:]
        subscribers.forget(both[1])
        assert self.of(subscribers, order_id) == []
        assert on_dynamodb.connections.find("c=") is None

    def test_operations_on_all_orders_are_read_by_customer_and_for_staff(
        self, on_dynamodb: Store, subscribers: DynamoDBSubscribers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dynamodb_subscribers, "FLAGS_LAST", 0.0)
        until = int(time.time()) + 7200
        mine, order_id = replace(subscription(None), expires_at=until), an_order()
        staffs = subscription(None, "s=", caller=Caller(GRACE, is_staff=True))
        staffs = replace(staffs, expires_at=until)
        opened(on_dynamodb)
        opened(on_dynamodb, "s=")
        assert self.of(subscribers, order_id) == []
        for operation in (mine, staffs):
            on_dynamodb.operations.claim(operation)
            on_dynamodb.operations.subscribe(operation, NOW)
        assert self.of(subscribers, order_id) == [mine, staffs]
        assert self.of(subscribers, order_id, GRACE) == [staffs]
        on_dynamodb.connections.forget("s=")
        assert self.of(subscribers, order_id, GRACE) == []

    def test_first_operation_on_all_orders_waits_for_the_next_look_of_fan_out(
        self, on_dynamodb: Store
    ) -> None:
        opened(on_dynamodb)
        waits = []
        for number, seconds in enumerate((0, 1, 10)):
            operation = subscription(None, id_=str(number))
            on_dynamodb.operations.claim(operation)
            waits.append(on_dynamodb.operations.subscribe(operation, NOW + timedelta(seconds=seconds)))
        assert waits[0] >= FLAGS_LAST
        assert waits[1] == pytest.approx(waits[0] - 1)
        assert waits[2] == 0.0

    def test_expired_flag_is_renewed(self, on_dynamodb: Store) -> None:
        opened(on_dynamodb)
        first, later = subscription(None), subscription(None, id_="2")
        on_dynamodb.operations.subscribe(first, NOW)
        assert on_dynamodb.operations.subscribe(later, NOW + timedelta(hours=3)) >= FLAGS_LAST

    def test_operations_on_all_orders_are_not_queried_without_a_flag(
        self, on_dynamodb: Store, subscribers: DynamoDBSubscribers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        requests: list[object] = []
        page = subscribers._page

        def counted(query: object, after: object, deadline: float) -> object:
            requests.append(query)
            return page(query, after, deadline)  # type: ignore[arg-type]

        monkeypatch.setattr(subscribers, "_page", counted)
        for _ in range(3):
            assert self.of(subscribers, an_order()) == []
        assert len(requests) == 3 + 1  # and the flags, once
