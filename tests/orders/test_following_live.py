"""Following on the real tables, while the order changes and fan-out publishes it: all at once."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict

import pytest

from orders.adapters.dynamodb_connections import DynamoDBConnections
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
from orders.caller import Caller
from orders.connections import opened
from orders.following import follow
from orders.frames import ServerFrame, Subscribe, encode
from orders.model import received
from orders.status import OrderStatus
from resolvers.channels.websocket import WebSocketChannel
from tests.orders.engine import Engine
from tests.orders.fakes import FixedClock
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


def test_concurrent_subscriber_receives_every_version(
    engine: Engine, orders_table: str, connections_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    store = DynamoDBOrderStore(engine.dynamodb(), orders_table)
    connections = DynamoDBConnections(engine.dynamodb(), connections_table)
    clients = Clients()
    channel = WebSocketChannel(
        DynamoDBSubscribers(
            connections_table, "us-east-1", lambda gone: connections.forget(gone.connection_id, gone)
        ),
        clients,
    )
    order = an_order()
    at_version = threading.Semaphore(0)

    def live() -> None:
        store.record(order, received(order))
        for target in LIFE:
            state = store.change(order.order_id, to(target))
            for _ in range(FOLLOWERS // len(LIFE) + 1):
                at_version.release()
            channel.publish(state.change(state.version), deadline=time.monotonic() + 30)

    def follower(number: int) -> None:
        name = f"c{number}="
        connection = opened(name, Caller(ADA), "https://api", FixedClock().now())
        connections.open(connection)
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
