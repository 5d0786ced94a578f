"""Who follows what, in memory, for the WebSocket channel."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from orders.caller import Caller
from orders.connections import Subscription, opened
from orders.model import OrderId, OrderStatusChanged
from tests.orders.fakes import FixedClock, MemoryConnections
from tests.orders.samples import ADA

ORDER = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")


class Subscribed:
    """The channel's `Subscribers`, and what was asked of it."""

    def __init__(self) -> None:
        self.connections = MemoryConnections()
        self.lookups: list[set[OrderId]] = []
        self.requests: list[OrderId] = []
        self.forgotten: list[str] = []
        self.unreadable: Exception | None = None
        self.broken: Exception | None = None
        self.unforgettable: Exception | None = None
        self.looked_up_when: threading.Event | None = None
        self.prepared = 0

    def add(
        self, *names: str, caller: Caller | None = None, endpoint: str = "https://api", order: OrderId = ORDER
    ) -> None:
        for name in names:
            connection = opened(name, caller or Caller(ADA), endpoint, FixedClock().now())
            self.connections.open(connection)
            self.connections.claim(order, name)
            self.connections.subscribe(
                Subscription(order, name, connection.caller, endpoint, connection.expires_at)
            )

    def prepare(self) -> None:
        self.prepared += 1

    def followed(self, order_ids: Collection[OrderId], *, deadline: float) -> set[OrderId]:
        self.lookups.append(set(order_ids))
        if self.looked_up_when is not None:
            assert self.looked_up_when.wait(60)
        if self.unreadable is not None:
            raise self.unreadable
        return {order_id for order_id in order_ids if self.connections.subscribers(order_id)}

    def subscribers(
        self, change: OrderStatusChanged, *, deadline: float, followed: bool = True
    ) -> Sequence[Subscription]:
        if not followed:
            return []
        self.requests.append(change.order_id)
        if self.broken is not None:
            raise self.broken
        return self.connections.subscribers(change.order_id)

    def forget(self, gone: Subscription) -> None:
        if self.unforgettable is not None:
            raise self.unforgettable
        self.forgotten.append(gone.connection_id)
        self.connections.forget(gone.connection_id, gone)

    def close(self) -> None:
        pass
