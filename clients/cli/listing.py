"""`orderwire list`: one's own orders, and for staff everyone's."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.api import OrderApi
from clients.cli.exits import Exit
from clients.cli.views import write_json
from clients.cli.words import STYLE, money, order_document
from clients.client import OrderClient
from clients.model import Order, Status

# As many of everyone's orders are listed by default: a shop has too many for a screen.
_NEWEST = 20
_LARGEST_PAGE = 100


async def list_orders(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """List orders, newest first."""
    if options.everyone:
        orders = _of_everyone(client.api, options.status, options.limit or _NEWEST)
    else:
        orders = _first(client.api.orders(status=options.status), options.limit)
    if as_json:
        async for order in orders:
            write_json(order_document(order))
        return Exit.OK
    table = Table(box=None, pad_edge=False)
    for name in ("order", "created", "status", "total"):  # ids are there to be copied
        table.add_column(name, no_wrap=True, overflow="ignore")
    if options.everyone:
        table.add_column("customer", no_wrap=True)
    table.add_column("reason")
    async for order in orders:
        table.add_row(
            order.id,
            f"{order.created_at:%m-%d %H:%M:%S}",
            Text(order.status, STYLE[order.status]),
            money(order.total, order.currency),
            *([order.customer_id[:8]] if options.everyone else []),
            order.reason or "",
        )
    console.print(table if table.row_count else "No orders.")
    return Exit.OK


async def _of_everyone(api: OrderApi, status: Status | None, limit: int) -> AsyncIterator[Order]:
    """Yield the newest of everyone's orders: those of each status, merged by time."""
    statuses = list(Status) if status is None else [status]
    lists = await asyncio.gather(*(_newest(api, status, limit) for status in statuses))
    merged = sorted((order for orders in lists for order in orders), key=lambda o: o.created_at, reverse=True)
    for order in merged[:limit]:
        yield order


async def _newest(api: OrderApi, status: Status, limit: int) -> list[Order]:
    orders: list[Order] = []
    next_token: str | None = None
    while len(orders) < limit:
        size = min(_LARGEST_PAGE, limit - len(orders))
        page = await api.page_of_all(status, limit=size, next_token=next_token)
        orders += page.orders
        next_token = page.next_token
        if next_token is None:
            break
    return orders


async def _first(orders: AsyncIterator[Order], limit: int | None) -> AsyncIterator[Order]:
    count = 0
    async for order in orders:
        yield order
        if (count := count + 1) == limit:
            return
