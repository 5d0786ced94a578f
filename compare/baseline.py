"""The same orders without followers: what a run takes in any case.

Something must see that an order has ended. A subscription that reads nothing does: the fan-out publishes in
any case, and no AWS operation that the meter counts comes of delivering it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from clients import Arrival, operations
from clients.connection import Connection
from clients.transport import AppSyncLiveTransport
from compare.channels import Channel
from compare.usage import Usage


class Baseline(Channel):
    """Sees an order end, and leaves no trace in the meter."""

    name = "baseline"
    title = "Nobody follows"
    how = "submits the orders, and waits until they have ended"

    _connection: Connection
    _stack: AsyncExitStack

    async def open(self) -> None:
        """Subscribe; return when that is live."""
        self._stack = AsyncExitStack()
        token = await self.tokens.token()
        transport = AppSyncLiveTransport(self.settings.realtime, host=self.settings.host, jwt=token.value)
        request = operations.with_variables(operations.ON_ORDER, orderId=self.order.client_token)
        self._connection = await self._stack.enter_async_context(Connection(transport, [request]))

    async def follow(self) -> AsyncIterator[Arrival]:
        """Yield what the subscription brings, to the final status."""
        async for change in self._connection:
            if change is not None:
                yield Arrival(change, pushed=True, received=datetime.now(UTC))
                if change.status.final:
                    return

    async def close(self) -> None:
        """Close the connection."""
        await self._stack.aclose()

    def traffic(self) -> Usage:
        """Return nothing: it is not what is measured."""
        return Usage()
