"""Following on the real tables, while the order changes and fan-out publishes it: all at once."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from uuid import uuid4

import pytest

from orders.adapters.clock import SystemClock
from orders.adapters.dynamodb_connections import DynamoDBConnections
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
from orders.caller import Caller
from orders.connections import Connection, opened
from orders.following import follow
from orders.frames import ServerFrame, Subscribe, encode
from orders.model import OrderId, received
from orders.status import OrderStatus
from resolvers.channels import websocket
from resolvers.channels.websocket import WebSocketChannel
from resolvers.dispatch import Dispatcher
from tests.orders.engine import Engine
from tests.orders.samples import ADA, an_order, to
from tests.orders.threads import at_once

pytestmark = pytest.mark.integration
FOLLOWERS = 12
LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


class Clients:
    """What each connection was sent, in its order."""

    def __init__(self) -> None:
        self.frames: dict[str, list[ServerFrame]] = defaultdict(list)
        self._lock = threading.Lock()

    def prepare(self) -> None:
        pass

    def push(self, endpoint: str, connection_id: str, frame: bytes, *, deadline: float) -> None:
        with self._lock:
            self.frames[connection_id].append(json.loads(frame))

    def disconnect(self, endpoint: str, connection_id: str, *, deadline: float) -> None:
        raise AssertionError("nobody is thrown out here")

    def close(self) -> None:
        pass

    def versions(self, connection_id: str) -> list[int]:
        results: list[int] = []
        for frame in self.frames[connection_id]:
            if frame["type"] == "subscribed":
                results += [change["version"] for change in frame["changes"]]
            elif frame["type"] == "change":
                results.append(frame["change"]["version"])
        return results


@pytest.fixture
def store(engine: Engine, orders_table: str) -> DynamoDBOrderStore:
    return DynamoDBOrderStore(engine.dynamodb(), orders_table)


@pytest.fixture
def connections(
    engine: Engine, connections_table: str, monkeypatch: pytest.MonkeyPatch
) -> DynamoDBConnections:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    # Everything is in this process: on a busy processor an answer takes its time.
    monkeypatch.setattr(websocket, "QUERY", 30)
    return DynamoDBConnections(engine.dynamodb(), connections_table)


def connect(connections: DynamoDBConnections, name: str) -> Connection:
    connection = opened(name, Caller(ADA), "https://api", SystemClock().now())
    connections.open(connection)
    return connection


@pytest.mark.parametrize("marked", [False, True], ids=["each change queried", "markers read for a batch"])
def test_concurrent_subscriber_receives_every_version(
    store: DynamoDBOrderStore, connections: DynamoDBConnections, connections_table: str, marked: bool
) -> None:
    clients = Clients()
    channel = WebSocketChannel(
        DynamoDBSubscribers(
            connections_table, "us-east-1", lambda gone: connections.forget(gone.connection_id, gone)
        ),
        clients,
        marked=marked,
    )
    order, other = an_order(), received(an_order(str(uuid4()))).change(1)
    at_version = threading.Semaphore(0)

    def live() -> None:
        store.record(order, received(order))
        for target in LIFE:
            state = store.change(order.order_id, to(target))
            for _ in range(FOLLOWERS // len(LIFE) + 1):
                at_version.release()
            change = state.change(state.version)
            channel.for_batch([change, other]).publish(change, deadline=time.monotonic() + 30)

    def follower(number: int) -> None:
        name = f"c{number}="
        connection = connect(connections, name)
        # Some begin before the order exists, the others as it goes on.
        if number >= 3:
            assert at_version.acquire(timeout=60)
        follow(
            Subscribe(order.order_id),
            connection,
            store,
            connections,
            lambda frame: clients.push("", name, encode(frame), deadline=0),
        )

    at_once(lambda work: work(), [live, *(lambda n=n: follower(n) for n in range(FOLLOWERS))])
    channel.close()
    for number in range(FOLLOWERS):
        name = f"c{number}="
        assert clients.frames[name][0]["type"] == "subscribed"
        assert sorted(set(clients.versions(name))) == [1, 2, 3, 4, 5, 6], clients.frames[name]


class Interrupted(DynamoDBSubscribers):
    """Something happens right after the markers are read, before any change is published."""

    then: Callable[[], None]

    def followed(self, order_ids: Collection[OrderId], *, deadline: float) -> set[OrderId]:
        followed = super().followed(order_ids, deadline=deadline)
        self.then()
        return followed


def test_subscriber_between_markers_and_publish_has_the_change_in_its_history(
    store: DynamoDBOrderStore, connections: DynamoDBConnections, connections_table: str
) -> None:
    clients, order = Clients(), an_order()
    state = received(order)
    store.record(order, state)
    validated = store.change(order.order_id, to(OrderStatus.VALIDATED))

    def subscribe() -> None:
        follow(
            Subscribe(order.order_id),
            connect(connections, "late="),
            store,
            connections,
            lambda frame: clients.push("", "late=", encode(frame), deadline=0),
        )

    subscribers = Interrupted(connections_table, "us-east-1", lambda gone: None)
    subscribers.then = subscribe
    channel = WebSocketChannel(subscribers, clients, marked=True)
    dispatcher = Dispatcher([channel], deadline=60, budget=60, preparation=60)
    assert dispatcher.publish([state.change(1), validated.change(2)]) == []
    assert clients.versions("late=") == [1, 2]

    # What is committed after the subscription is pushed.
    confirmed = store.change(order.order_id, to(OrderStatus.CONFIRMED))
    subscribers.then = lambda: None
    assert dispatcher.publish([validated.change(2), confirmed.change(3)]) == []
    assert clients.versions("late=") == [1, 2, 2, 3]
    channel.close()
