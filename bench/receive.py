"""Subscribers: every customer's own connection, and when each change reached it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bench.arrivals import Arrivals
from bench.shop import Shop
from clients import Change, operations
from clients.connection import Connection
from clients.transport import AppSyncLiveTransport
from demo.shop import CUSTOMERS


@dataclass
class Receipts(Arrivals):
    """What the subscriptions brought.

    Attributes
    ----------
    changes
        Each order's changes with the time of their receipt (seconds since 1970), as they came.
    complete
        The orders of which every version up to a final status has come, in whatever order.
    ends
        Each order's final change, with the time of its receipt.
    """

    changes: dict[str, list[tuple[Change, float]]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    ends: dict[str, tuple[Change, float]] = field(default_factory=dict)

    def add(self, change: Change, received: float) -> None:
        """Note a change."""
        changes = self.changes.setdefault(change.order_id, [])
        changes.append((change, received))
        if change.status.final:
            self.ends.setdefault(change.order_id, (change, received))
        final = max((change.version for change, _ in changes if change.status.final), default=0)
        if final and {change.version for change, _ in changes} >= set(range(1, final + 1)):
            self.complete.add(change.order_id)
        self.came()

    def versions(self, order_id: str) -> list[int]:
        """Return the versions of an order in the order of their receipt."""
        return [change.version for change, _ in self.changes.get(order_id, [])]

    async def wait_complete(self, orders: Collection[str], seconds: float) -> bool:
        """Return True once every version of all ``orders`` is here, False when time is up before."""
        wanted = set(orders)
        return await self.wait(lambda: wanted <= self.complete, seconds)


@asynccontextmanager
async def subscribers(shop: Shop, customers: Sequence[str] = CUSTOMERS) -> AsyncIterator[Receipts]:
    """Subscribe each customer to their own orders with gql; enter once all of them are live."""
    receipts = Receipts()
    settings = shop.ready.settings
    async with AsyncExitStack() as stack:
        listeners: list[asyncio.Task[None]] = []
        for customer in customers:
            token = await shop.client(customer).tokens.token()
            transport = AppSyncLiveTransport(settings.realtime, host=settings.host, jwt=token.value)
            connection = await stack.enter_async_context(Connection(transport, [operations.ON_MINE]))
            listeners.append(asyncio.create_task(_listen(connection, receipts)))
        try:
            yield receipts
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)


async def _listen(connection: Connection, receipts: Receipts) -> None:
    async for change in connection:
        if change is not None:
            receipts.add(change, time.time())
