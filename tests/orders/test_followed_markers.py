"""The markers of followed orders: written with every subscription to one order, read once for a batch."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, cast
from uuid import uuid4

import pytest

from orders.adapters.batch_writes import ATTEMPTS, BATCH, delete_all, put_all
from orders.adapters.clock import SystemClock
from orders.adapters.dynamodb_connections import DynamoDBConnections
from orders.adapters.dynamodb_operations import DynamoDBOperations
from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
from orders.caller import Caller
from orders.connections import CONNECTION_LIFE, Subscription
from orders.errors import Contended, PublishFailed, PublishLate
from orders.model import OrderId, OrderStatusChanged
from orders.operations import Operation, Projection
from orders.status import OrderStatus
from tests.orders.engine import Engine
from tests.orders.samples import ADA, AT

pytestmark = pytest.mark.integration
LIFE = int(CONNECTION_LIFE.total_seconds())
OPERATION = Operation("1", Projection("onOrderStatus", (("status", "status"),)))
PROTOCOLS = ["websocket", "graphql-ws"]


def an_order() -> OrderId:
    return OrderId(str(uuid4()))


def soon() -> float:
    return time.monotonic() + 60


class Companion:
    """Subscribes connections by either protocol, until a time in seconds from now."""

    def __init__(self, engine: Engine, table: str) -> None:
        self._connections = DynamoDBConnections(engine.dynamodb(), table)
        self._operations = DynamoDBOperations(engine.dynamodb(), table)

    def subscribe(self, protocol: str, order_id: OrderId | None, seconds: int, name: str = "c=") -> None:
        operation = OPERATION if protocol == "graphql-ws" else None
        subscription = Subscription(
            order_id, name, Caller(ADA), "https://api", int(time.time()) + seconds, operation
        )
        if operation is None:
            self._connections.subscribe(subscription)
        else:
            self._operations.subscribe(subscription, SystemClock().now())

    def forget(self, order_id: OrderId) -> None:
        self._connections.forget("c=", order_id)


@pytest.fixture
def companion(engine: Engine, connections_table: str) -> Companion:
    return Companion(engine, connections_table)


@pytest.fixture
def reader(
    engine: Engine, connections_table: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DynamoDBSubscribers]:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    reader = DynamoDBSubscribers(connections_table, "us-east-1", lambda gone: None)
    yield reader
    reader.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_subscription_marks_its_order_alone(
    companion: Companion, reader: DynamoDBSubscribers, protocol: str
) -> None:
    order_id, other = an_order(), an_order()
    assert reader.followed([order_id, other], deadline=soon()) == set()
    companion.subscribe(protocol, order_id, LIFE)
    assert reader.followed([order_id, other], deadline=soon()) == {order_id}
    change = OrderStatusChanged(order_id, ADA, 1, OrderStatus.RECEIVED, AT)
    assert [follower.connection_id for follower in reader.subscribers(change, deadline=soon())] == ["c="]
    assert reader.subscribers(change, deadline=soon(), followed=False) == []


def test_subscription_to_all_orders_marks_none(
    engine: Engine, companion: Companion, reader: DynamoDBSubscribers, connections_table: str
) -> None:
    companion.subscribe("graphql-ws", None, LIFE)
    partitions = {item["pk"]["S"] for item in engine.dynamodb().scan(TableName=connections_table)["Items"]}
    assert partitions == {f"CUSTOMER#{ADA}", "WIDE"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_marker_outlives_every_subscription_although_an_older_connection_writes_it_last(
    engine: Engine, companion: Companion, connections_table: str, protocol: str
) -> None:
    order_id = an_order()
    companion.subscribe(protocol, order_id, LIFE, "new=")
    companion.subscribe(protocol, order_id, 0, "old=")
    items = engine.dynamodb().scan(TableName=connections_table)["Items"]
    ends = defaultdict[str, list[int]](list)
    for item in items:
        ends[item["pk"]["S"]].append(int(item["expiresAt"]["N"]))
    [marker] = ends[f"FOLLOWED#{order_id}"]
    assert marker > max(ends[f"ORDER#{order_id}"])


def test_expired_marker_counts_as_absent_before_ttl_deletes_it(
    companion: Companion, reader: DynamoDBSubscribers
) -> None:
    order_id, other = an_order(), an_order()
    companion.subscribe("websocket", order_id, -LIFE - 3600)
    companion.subscribe("websocket", other, -LIFE)
    assert reader.followed([order_id, other], deadline=soon()) == {other}


def test_marker_stays_when_a_follower_leaves(companion: Companion, reader: DynamoDBSubscribers) -> None:
    order_id = an_order()
    companion.subscribe("websocket", order_id, LIFE)
    companion.forget(order_id)
    assert reader.followed([order_id], deadline=soon()) == {order_id}


def test_markers_of_more_orders_than_a_request_holds_are_all_read(
    companion: Companion, reader: DynamoDBSubscribers
) -> None:
    orders = [an_order() for _ in range(201)]
    for order_id in (orders[0], orders[100], orders[200]):
        companion.subscribe("websocket", order_id, LIFE)
    assert reader.followed(orders, deadline=soon()) == {orders[0], orders[100], orders[200]}


def test_order_whose_marker_is_not_read_may_be_followed(
    companion: Companion, reader: DynamoDBSubscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [an_order() for _ in range(3)]
    companion.subscribe("websocket", orders[0], LIFE)
    post = reader._post

    def throttled(operation: str, request: Mapping[str, Any], deadline: float) -> Mapping[str, object]:
        """Answer for two keys, as DynamoDB does when it is busy."""
        [(table, wanted)] = request["RequestItems"].items()
        keys = [key for key in wanted["Keys"] if key["pk"]["S"] != f"FOLLOWED#{orders[2]}"]
        remaining = [key for key in wanted["Keys"] if key not in keys]
        answer = post(operation, {"RequestItems": {table: {**wanted, "Keys": keys}}}, deadline)
        return {**answer, "UnprocessedKeys": {table: {"Keys": remaining, "ConsistentRead": True}}}

    monkeypatch.setattr(reader, "_post", throttled)
    assert reader.followed(orders, deadline=soon()) == {orders[0], orders[2]}


def test_missing_table_fails_the_lookup(engine: Engine, reader: DynamoDBSubscribers) -> None:
    missing = DynamoDBSubscribers("no-such-table", "us-east-1", lambda gone: None)
    with pytest.raises(PublishFailed, match=r"^DynamoDB answered 400 ResourceNotFoundException$"):
        missing.followed([an_order()], deadline=soon())
    missing.close()
    with pytest.raises(PublishLate):
        reader.followed([an_order()], deadline=time.monotonic() - 1)


class Busy:
    """DynamoDB that takes one write of a batch, or none at all."""

    def __init__(self, *, takes: int = 1) -> None:
        self.requests: list[list[Any]] = []
        self._takes = takes

    def batch_write_item(self, *, RequestItems: Mapping[str, list[Any]]) -> Mapping[str, Any]:  # noqa: N803
        [writes] = RequestItems.values()
        self.requests.append(writes)
        remaining = writes[self._takes :]
        return {"UnprocessedItems": {"connections": remaining} if remaining else {}}


def test_unprocessed_writes_are_repeated() -> None:
    busy, waits = Busy(), list[float]()
    put_all(cast("Any", busy), "connections", [{"pk": {"S": x}} for x in "abc"], "Writing", waits.append)
    assert [len(writes) for writes in busy.requests] == [3, 2, 1]
    assert waits == [0.1, 0.2]


def test_batch_that_stays_unprocessed_is_an_error() -> None:
    busy = Busy(takes=0)
    with pytest.raises(Contended, match="Writing"):
        put_all(cast("Any", busy), "connections", [{"pk": {"S": "a"}}], "Writing", lambda _: None)
    assert len(busy.requests) == ATTEMPTS


def test_many_deletions_go_in_batches() -> None:
    busy = Busy(takes=BATCH)
    keys: list[Any] = [{"pk": {"S": str(n)}} for n in range(BATCH + 2)]
    delete_all(cast("Any", busy), "connections", keys, "Deleting", lambda _: None)
    assert [len(writes) for writes in busy.requests] == [BATCH, 2]
