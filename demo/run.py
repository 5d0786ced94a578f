"""Send a file's orders through GraphQL, follow each to its end, and check what came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from rich.console import Console

from clients import Credentials, Follower, NotFound, OrderClient, Settings, State
from clients.orders_file import BadEntry, Entry
from demo.deciding import decide
from demo.expectations import expectations
from demo.movement import Movement
from demo.record import OrderRecord
from demo.screen import Screen
from demo.sending import send_all
from demo.shop import CUSTOMERS, PASSWORD, STAFF

# How many histories are read at once, in the end.
READS = 8
# Seconds without any change after which it is said what everybody waits for.
QUIET_SECONDS = 15.0


@dataclass
class Customer:
    """A person with a client and a follower of their own, over one connection."""

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
        Seconds without a change of any order, after which those that are not at their ends count as stuck.
        While something moves, a slow machine has all the time that it needs.

    Raises
    ------
    OrderwireError
        No user can sign in, or subscribe.
    """
    accepted = [entry for entry in entries if isinstance(entry, Entry)]
    expected = expectations(accepted, stock)
    records = [
        OrderRecord(
            entry.number, entry.customer or CUSTOMERS[0], entry.order, expected[entry.number], entry.staff
        )
        for entry in accepted
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
                by_id = {r.order.client_token.lower(): r for r in records if r.customer == name}
                follower = await stack.enter_async_context(client.follower(only=by_id, on_state=show))
                customers[name] = Customer(name, client, follower, by_id)
            staff: OrderClient | None = None
            if any(record.staff is not None for record in records):
                staff = await stack.enter_async_context(OrderClient(settings, Credentials(STAFF, password)))
            movement = Movement()
            waiting = asyncio.create_task(_report_when_quiet(records, movement, screen))
            try:
                work = _carry_out(records, customers, movement, screen, staff)
                if not await movement.while_moving(work, patience):
                    screen.note(f"Nothing has moved for {patience:.0f} s: this is given up.", "red")
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
            await _compare(records, customers)
    return records


async def _carry_out(
    records: Sequence[OrderRecord],
    customers: Mapping[str, Customer],
    movement: Movement,
    screen: Screen,
    staff: OrderClient | None,
) -> None:
    """Send the orders and watch each to its end."""
    watching = [
        asyncio.create_task(_watch(customer, movement, screen, staff)) for customer in customers.values()
    ]
    try:
        # Everyone is live before the first order is sent, so that nothing can be missed.
        await asyncio.gather(*(customer.follower.wait_live() for customer in customers.values()))
        clients = {name: (customer.client, customer.follower) for name, customer in customers.items()}
        await send_all(records, clients, movement, screen)
        await asyncio.gather(*watching)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _watch(customer: Customer, movement: Movement, screen: Screen, staff: OrderClient | None) -> None:
    async for arrival in customer.follower:
        record = customer.records[arrival.change.order_id]
        record.arrivals.append(arrival)
        screen.arrived(customer.name, arrival)
        movement.arrived(record, arrival.change)
        await decide(record, arrival.change, staff, screen)


async def _report_when_quiet(records: Sequence[OrderRecord], movement: Movement, screen: Screen) -> None:
    """Say what is being waited for, each time that nothing has moved for a while."""
    while True:
        await movement.standstill(QUIET_SECONDS)
        screen.waiting(records)


async def _compare(records: Sequence[OrderRecord], customers: Mapping[str, Customer]) -> None:
    """Read each order's history, to hold what came against it."""
    limit = asyncio.Semaphore(READS)

    async def read(record: OrderRecord) -> None:
        if record.order_id is None:
            return
        async with limit:
            try:
                record.history = (
                    await customers[record.customer].client.api.history(record.order_id)
                ).changes
            except NotFound:
                record.history = ()

    await asyncio.gather(*(read(record) for record in records))
