"""Send a file's orders through GraphQL, follow each to its end, and check what came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from rich.console import Console

from clients import Credentials, Follower, NotFound, OrderClient, OrderwireError, Settings, State
from clients.orders_file import BadEntry, Entry
from demo.expectations import expectations
from demo.record import OrderRecord
from demo.screen import Screen
from demo.shop import CUSTOMERS, PASSWORD

# Customers do not all press the button in the same instant; nor does a laptop like 500 at once.
CONCURRENCY = 8


@dataclass
class Customer:
    """Somebody with a client and a follower of their own, over one connection."""

    name: str
    client: OrderClient
    follower: Follower
    records: Mapping[str, OrderRecord]


async def run(
    settings: Settings,
    entries: Sequence[Entry | BadEntry],
    stock: Mapping[str, int],
    console: Console,
    *,
    password: str = PASSWORD,
    patience: float = 180.0,
) -> list[OrderRecord]:
    """Submit and follow all orders; return what became of each.

    Parameters
    ----------
    patience
        Seconds after which an order that is not at its end counts as stuck.

    Raises
    ------
    OrderwireError
        Nobody can sign in, or subscribe.
    """
    good = [entry for entry in entries if isinstance(entry, Entry)]
    right = expectations(good, stock)
    records = [
        OrderRecord(entry.number, entry.customer or CUSTOMERS[0], entry.order, right[entry.number])
        for entry in good
    ]
    with Screen(console, len(records)) as screen:
        for entry in entries:
            if isinstance(entry, BadEntry):
                screen.note(f"line {entry.number}: {entry.reason}", "red")
        async with AsyncExitStack() as stack:
            customers: dict[str, Customer] = {}
            for name in dict.fromkeys(record.customer for record in records):
                client = await stack.enter_async_context(OrderClient(settings, Credentials(name, password)))

                def show(state: State, why: str, name: str = name) -> None:
                    screen.state(name, state, why)

                # Known before anyone listens: a change may overtake the answer to its submission, and an
                # order of an earlier run may still be on its way.
                known = {r.order.client_token.lower(): r for r in records if r.customer == name}
                follower = await stack.enter_async_context(client.follower(only=known, on_state=show))
                customers[name] = Customer(name, client, follower, known)
            watching = [asyncio.create_task(_watch(customer, screen)) for customer in customers.values()]
            try:
                async with asyncio.timeout(patience):
                    # Everyone is live before the first order is sent, so that nothing can be missed.
                    await asyncio.gather(*(c.follower.wait_live() for c in customers.values()))
                    await _submit(records, customers, screen)
                    await asyncio.gather(*watching)
            except TimeoutError:
                screen.note(f"Not all orders are at their ends after {patience:.0f} s.", "red")
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
            await _compare(records, customers)
    return records


async def _submit(records: Sequence[OrderRecord], customers: Mapping[str, Customer], screen: Screen) -> None:
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(record: OrderRecord) -> None:
        customer = customers[record.customer]
        try:
            async with limit:
                order = await customer.client.submit(record.order)
        except OrderwireError as error:
            record.refused = str(error)
            screen.note(f"line {record.number}: {error}", "red")
            return
        record.order_id = order.id
        screen.submitted(record, order)
        customer.follower.track_submitted(order)

    await asyncio.gather(*(one(record) for record in records))
    for customer in customers.values():
        customer.follower.seal()


async def _watch(customer: Customer, screen: Screen) -> None:
    async for arrival in customer.follower:
        customer.records[arrival.change.order_id].arrivals.append(arrival)
        screen.arrived(customer.name, arrival)


async def _compare(records: Sequence[OrderRecord], customers: Mapping[str, Customer]) -> None:
    """Read each order's history, to hold what came against it."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(record: OrderRecord) -> None:
        if record.order_id is None:
            return
        async with limit:
            try:
                record.history = (
                    await customers[record.customer].client.api.history(record.order_id)
                ).changes
            except NotFound:
                record.history = ()

    await asyncio.gather(*(one(record) for record in records))
