"""From the commit of a status change to its receipt over every channel that pushes, all at once.

The same orders are followed over each channel by the client's own way, and their states are written by a
process that knows when each write was answered (``bench.probe``). Then a second cloud, whose other channels
are switched off, shows what AppSync's subscribers wait when fan-out has no other channel to publish to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bench import load, probe
from bench.benchmarks.companion import CUSTOMER, deployed
from bench.benchmarks.push import customer_id, orders_table
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import Shop
from bench.statistics import summarize
from clients import WAYS
from clients.auth import TokenSource
from clients.ways import Following, Way

PULLS = frozenset({"poll-backoff", "poll-fixed", "longpoll"})
ALONE = "appsync"
SWITCHES = ("WebSocketChannel", "EventsChannel", "IotChannel", "WebhookChannel", "SseChannel")
ORDERS, RATE = 6, 8.0
SLOWEST, TAIL = Target(below=2.0), Target(below=1.5)
PATIENCE = 30.0


async def run(context: Context) -> Sequence[Figure]:
    """Follow over all channels, then over AppSync alone."""
    rounds = 1 if context.quick else 8
    names = [name for name in WAYS if name not in PULLS]
    # A webhook's receiver is on this machine.
    async with deployed(context, "--parameter", "AllowPrivateWebhooks=true") as (shop, _package):
        context.say(f"{len(names)} channels: {', '.join(names)}")
        together = await _waits(shop, names, rounds)
    off = [part for name in SWITCHES for part in ("--parameter", f"{name}=false")]
    async with deployed(context, *off) as (shop, _package):
        context.say(f"{ALONE} alone, the other channels switched off")
        alone = await _waits(shop, [ALONE], rounds)
    figures = []
    for name in names:
        summary = summarize(together[name].pushed)
        note = f"{together[name].read} of the changes were read from history" if together[name].read else ""
        figures += [
            Figure(f"{name}: commit to receipt, all channels on: p50", summary.median, "ms", note=note),
            Figure(f"{name}: p99", summary.p99, "ms", spread=summary),
        ]
    medians = {name: summarize(together[name].pushed).median for name in names}
    slowest = max(medians, key=medians.__getitem__)
    lone, beside = summarize(alone[ALONE].pushed), summarize(together[ALONE].pushed)
    return [
        *figures,
        Figure(
            "slowest channel's median beside the fastest's",
            medians[slowest] / min(medians.values()),
            "times",
            SLOWEST,
            note=f"{slowest} beside {min(medians, key=medians.__getitem__)}",
        ),
        Figure("AppSync alone: p50", lone.median, "ms"),
        Figure("AppSync alone: p99", lone.p99, "ms", spread=lone),
        Figure(
            "AppSync's p99 with all channels on beside its p99 alone", beside.p99 / lone.p99, "times", TAIL
        ),
    ]


@dataclass
class Waits:
    """What one channel's client waited for each change.

    Attributes
    ----------
    pushed
        Milliseconds from the write's answer to the receipt, of the changes that the channel brought.
    read
        How many changes came from history instead.
    """

    pushed: list[float] = field(default_factory=list)
    read: int = 0


async def _waits(shop: Shop, names: Sequence[str], rounds: int) -> dict[str, Waits]:
    waits = {name: Waits() for name in names}
    customer = await customer_id(shop)
    async with AsyncExitStack() as stack:
        tokens = shop.client(CUSTOMER).tokens
        ways = {name: await stack.enter_async_context(_way(shop, name, tokens)) for name in names}
        # The first round starts functions and opens connections: those are not measured.
        for number in range(rounds + 1):
            measured = waits if number else {name: Waits() for name in names}
            await _round(shop, ways, customer, measured)
    return waits


def _way(shop: Shop, name: str, tokens: TokenSource) -> Way:
    return WAYS[name](shop.ready.settings, tokens)


async def _round(shop: Shop, ways: dict[str, Way], customer: str, waits: dict[str, Waits]) -> None:
    orders = probe.names(ORDERS)
    table, ready = orders_table(shop), shop.cloud.ready_file
    await asyncio.to_thread(probe.record, ready, table, customer, orders)
    async with AsyncExitStack() as stack:
        followings = {
            name: await stack.enter_async_context(way.follow(orders, after=1)) for name, way in ways.items()
        }
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(following.wait_live() for following in followings.values()))
            received = {
                name: asyncio.create_task(_receive(following)) for name, following in followings.items()
            }
            commits = await load.elsewhere(probe.commit_lives, ready, table, orders, RATE)
            async with asyncio.timeout(PATIENCE):
                arrivals = {name: await task for name, task in received.items()}
        except TimeoutError:
            raise NotMeasured(f"a channel did not bring its changes within {PATIENCE:g} s") from None
    for name, times in arrivals.items():
        for commit in commits:
            at = times[commit.order_id, commit.version]
            if at is None:
                waits[name].read += 1
            else:
                waits[name].pushed.append((at - commit.answered) * 1000)


async def _receive(following: Following) -> dict[tuple[str, int], float | None]:
    """Return when each change came; None for what was read from history."""
    return {
        (arrival.change.order_id, arrival.change.version): arrival.received.timestamp()
        if arrival.pushed
        else None
        async for arrival in following
    }


BENCHMARK = Benchmark("channels", "A status change's way over every channel that pushes", 180, run)
