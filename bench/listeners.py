"""Listeners on the companion's WebSocket: what each connection received of an order, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bench.arrivals import Arrivals
from bench.model import NotMeasured
from bench.shop import Shop
from clients import OrderwireError
from clients.rest import RestClient
from clients.sockets import Socket
from clients.traffic import Traffic

# Handshakes at the same time: each is an invocation of its own, as is each subscription.
AT_ONCE = 16
PATIENCE = 30.0


@dataclass
class Deliveries(Arrivals):
    """What the connections received.

    Attributes
    ----------
    first
        By connection, order and version: when it came first, in seconds since 1970.
    again
        How many changes came to a connection that had them.
    lost
        Why connections ended before they should have.
    """

    first: dict[tuple[int, str, int], float] = field(default_factory=dict)
    again: int = 0
    lost: list[str] = field(default_factory=list)

    def add(self, connection: int, order_id: str, version: int, at: float) -> None:
        """Note a change."""
        key = (connection, order_id, version)
        self.again += key in self.first
        self.first.setdefault(key, at)
        self.came()


@asynccontextmanager
async def listeners(
    shop: Shop, customer: str, follow: Sequence[Sequence[str]], say: Callable[[str], None] = lambda text: None
) -> AsyncIterator[Deliveries]:
    """Open one connection for each of ``follow``'s lists of orders; enter once all of them are live.

    Raises
    ------
    NotMeasured
        The cloud has no companion.
    """
    settings = shop.ready.settings
    if settings.rest is None or settings.websocket is None:
        raise NotMeasured("the local cloud has no companion")
    deliveries = Deliveries()
    places = asyncio.Semaphore(AT_ONCE)
    start = time.monotonic()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        rest = await stack.enter_async_context(RestClient(settings, shop.client(customer).tokens))

        async def ticket() -> str:
            return (await rest.ticket()).value

        async def connect(orders: Mapping[str, int]) -> Socket:
            async with places:
                socket = Socket(
                    session,
                    str(settings.websocket),
                    ticket,
                    orders,
                    traffic=Traffic(),
                    ping_every=300,
                    patience=PATIENCE,
                )
                return await stack.enter_async_context(socket)

        sockets = await asyncio.gather(*(connect(dict.fromkeys(orders, 0)) for orders in follow))
        say(f"{len(sockets)} connections are live after {time.monotonic() - start:.1f} s")
        tasks = [asyncio.create_task(_listen(n, socket, deliveries)) for n, socket in enumerate(sockets)]
        try:
            yield deliveries
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(number: int, socket: Socket, deliveries: Deliveries) -> None:
    try:
        async for change in socket:
            if change is not None:
                deliveries.add(number, change.order_id, change.version, time.time())
    except OrderwireError as error:
        deliveries.lost.append(str(error))
