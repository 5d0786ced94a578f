"""Send orders at an even pace, have each followed by one client of each channel, and note all that comes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Protocol

from clients import Change, NewOrder, OrderwireError, Settings
from clients.auth import TokenSource
from compare.baseline import Baseline
from compare.channels import Channel
from compare.commits import Commits, Times
from compare.meter import Count, Meter
from compare.records import Followed, OrderRecord, Run, RunPlan, Runs

# How many orders are on their way at most, whatever the pace: a machine that cannot keep up is asked less.
AT_ONCE = 50
READS_AT_ONCE = 8
# So many times faster the baseline's orders come.
BASELINE_RATE = 3.0
# Channels that run alone take turns of about so many orders, and not more turns than that.
TURN, MOST_TURNS = 25, 4


class Shop(Protocol):
    """Where the orders go; see ``compare.target.Target``."""

    @property
    def settings(self) -> Settings:
        """The addresses of all APIs."""
        ...

    @property
    def meter(self) -> Meter:
        """What counts AWS's operations."""
        ...

    @property
    def commits(self) -> Commits:
        """What knows the times of commits."""
        ...

    @property
    def tokens(self) -> Mapping[str, TokenSource]:
        """Each customer's tokens."""
        ...

    async def submit(self, customer: str, order: NewOrder) -> None:
        """Submit a customer's order."""
        ...

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        """Return all changes of an order."""
        ...


class Show(Protocol):
    """Shows a person how far it is."""

    def begin(self, title: str, orders: int) -> None:
        """Say that a run begins, or goes on, of so many orders in all."""
        ...

    def advance(self) -> None:
        """Say that one of its orders has ended."""
        ...

    def end(self) -> None:
        """Say that the run is over, or that others take their turns."""
        ...


async def run_all(shop: Shop, channels: Sequence[type[Channel]], plan: RunPlan, show: Show) -> Runs:
    """Warm up, then run without followers, with each channel alone, and with all of them at once.

    Those that run alone take turns, some orders each: a machine that is busy for a while is so for all. A
    turn is over when its last order has ended, so those that end soon come last.
    """
    runs = Runs()
    if plan.warm_up:
        # Functions start, connections and caches fill: the first orders would measure only that.
        warm = new_run("warming up", channels, plan.warm_up)
        await take_turn(warm, shop, plan, show, range(plan.warm_up))
    if plan.alone:
        # No latency is measured in the baseline: it is counted in one go, as fast as it may be.
        runs.baseline = new_run(Baseline.title, [Baseline], plan.orders)
        faster = replace(plan, rate=plan.rate * BASELINE_RATE)
        await take_turn(runs.baseline, shop, faster, show, range(plan.orders))
        runs.alone = [new_run(f"{channel.title}, alone", [channel], plan.orders) for channel in channels]
        for turn in turns(plan.orders):
            numbers = sorted(turn, key=plan.ends_soon)
            for run in runs.alone:
                await take_turn(run, shop, plan, show, numbers)
    if plan.together:
        runs.together = new_run("all at once", channels, plan.orders)
        await take_turn(runs.together, shop, plan, show, range(plan.orders))
    return runs


def new_run(title: str, channels: Sequence[type[Channel]], expected: int, most: int = AT_ONCE) -> Run:
    """Return a run over these channels that has no orders yet, ``most`` of which are on their way at once."""
    at_once = min([most, *(channel.at_once for channel in channels if channel.at_once is not None)])
    return Run(title, tuple(channels), expected, at_once)


def turns(orders: int) -> list[range]:
    """Return the orders of each turn: as even as can be, not too few for a turn.

    Examples
    --------
    >>> turns(50)
    [range(0, 25), range(25, 50)]
    """
    count = max(1, min(MOST_TURNS, orders // TURN))
    return [range(n * orders // count, (n + 1) * orders // count) for n in range(count)]


async def take_turn(run: Run, shop: Shop, plan: RunPlan, show: Show, numbers: Sequence[int]) -> None:
    """Send some of a run's orders, and add to it what its clients learned."""
    gate = asyncio.Semaphore(run.at_once)
    records: list[OrderRecord] = []

    def ended(_: asyncio.Task[None]) -> None:
        gate.release()
        show.advance()

    async with AsyncExitStack() as stack:
        for channel in run.channels:
            with suppress(OrderwireError):  # each order's own client meets the same, and reports it
                await stack.enter_async_context(channel.standing(shop.settings, shop.tokens))
        # The turn before has waited until all was counted; what it read back then was counted at once.
        before = await shop.meter.read()
        show.begin(run.title, run.expected)
        try:
            async with asyncio.TaskGroup() as group:
                async for place in paced(plan.rate, len(numbers)):
                    await gate.acquire()
                    records.append(_record(numbers[place], list(shop.tokens), plan))
                    group.create_task(
                        _measure_order(shop, run.channels, plan, records[-1])
                    ).add_done_callback(ended)
        finally:
            show.end()
        run.load = max(run.load, os.getloadavg()[0])
        run.orders += records
        count = (await settled(shop.meter)).since(before)
    run.count = count if run.count is None else run.count.plus(count)
    run.times |= await _read_back(shop, records)


def _record(number: int, customers: Sequence[str], plan: RunPlan) -> OrderRecord:
    return OrderRecord(number, customers[number % len(customers)], plan.order(number))


async def _measure_order(
    shop: Shop, channels: Sequence[type[Channel]], plan: RunPlan, record: OrderRecord
) -> None:
    """Submit one order, with a client of each channel around it."""
    tokens = shop.tokens[record.customer]
    clients = [channel(record.order, shop.settings, tokens, plan.options) for channel in channels]
    record.followed = [Followed(channel.name) for channel in channels]
    try:
        await asyncio.gather(*(_open(*pair) for pair in zip(clients, record.followed, strict=True)))
        record.submitted = time.time()
        try:
            await shop.submit(record.customer, record.order)
        except OrderwireError as error:
            record.refused = str(error)
            return
        record.answered = time.time()
        await asyncio.gather(
            *(_follow(*pair, plan.patience) for pair in zip(clients, record.followed, strict=True))
        )
    finally:
        await asyncio.gather(*(client.close() for client in clients), return_exceptions=True)
        for client, followed in zip(clients, record.followed, strict=True):
            followed.usage = client.traffic()


async def _open(client: Channel, followed: Followed) -> None:
    try:
        await client.open()
    except (OrderwireError, TimeoutError) as error:
        followed.failure = str(error) or type(error).__name__


async def _follow(client: Channel, followed: Followed, patience: float) -> None:
    if followed.failure is not None:
        return
    try:
        async with asyncio.timeout(patience):
            async for arrival in client.follow():
                followed.arrivals.append(arrival)
    except OrderwireError as error:
        followed.failure = str(error)
    except TimeoutError:
        followed.failure = f"did not see the order end within {patience:g} s"


async def _read_back(shop: Shop, records: Sequence[OrderRecord]) -> Times:
    """Note what really happened: after the meter was read, for this costs reads, too."""
    limit = asyncio.Semaphore(READS_AT_ONCE)

    async def read_history(record: OrderRecord) -> None:
        async with limit:
            record.history = await shop.history(record.customer, record.order.client_token)

    sent = [record for record in records if record.refused is None]
    await asyncio.gather(*(read_history(record) for record in sent))
    return await shop.commits.times({record.order.client_token: len(record.history) for record in sent})


async def settled(meter: Meter, *, pause: float = 0.1, quiet: int = 5, tries: int = 100) -> Count:
    """Return the meter's reading once the last workflows, disconnects and retries are counted.

    Parameters
    ----------
    pause
        Seconds between two readings.
    quiet
        So many readings in a row have to find nothing new.
    """
    count, same = await meter.read(), 0
    for _ in range(tries):
        before = count
        await asyncio.sleep(pause)
        count = await meter.read()
        same = same + 1 if _work(count) == _work(before) else 0
        if same == quiet:
            break
    return count


def _work(count: Count) -> tuple[float, Mapping[str, tuple[float, float]]]:
    return count.transitions, count.functions


async def paced(rate: float, count: int) -> AsyncIterator[int]:
    """Yield 0, 1, 2 … at even distances; one that is late does not make the next one late."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        delay = start + number / rate - loop.time()
        if delay > 0:
            await asyncio.sleep(delay)
        yield number
