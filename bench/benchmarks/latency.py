"""From the commit of a status change to its receipt by a gql subscriber.

A *commit* is measured where its time is known: at the answer to a conditional ``UpdateItem`` that a
process of its own makes (``bench.probe``), first with nothing else going on and then while orders come
at 20 a second. The workflow's own changes are shown beside it. They carry the time at which the workflow
entered the state that writes them, so their figure holds the write too, and what the engine does before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from bench import load, probe
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.receive import Receipts, subscribers
from bench.shop import Shop, open_shop, without_new_parts
from bench.statistics import summarize
from clients import reading

MEDIAN, TAIL = Target(below=20.0), Target(below=100.0)
TAIL_BESIDE = Beside(Target(below=0.5))
RATE = 20.0
# A machine that cannot keep up shows it by delay: it is waited for, so that the delay is known.
DRAIN_SECONDS = 60.0


async def run(context: Context) -> Sequence[Figure]:
    """Warm up with some orders, then commit alone, then commit under load."""
    seconds = 2.0 if context.quick else 20.0
    async with (
        open_shop(context.folder, *without_new_parts(context.side), side=context.side) as shop,
        subscribers(shop) as receipts,
    ):
        await _orders(shop, receipts, RATE, 5.0 if not context.quick else 1.0)
        customer = next(changes[0][0].customer_id for changes in receipts.changes.values())
        context.say(f"commits alone, {seconds / 2:g} s")
        alone = await _commits(shop, customer, RATE, seconds / 2)
        context.say(f"{RATE:g} orders a second and commits beside them, {seconds:g} s")
        loaded, ordered = await asyncio.gather(
            _commits(shop, customer, RATE / 2, seconds), _orders(shop, receipts, RATE, seconds)
        )
        return [
            *_figures("commit to receipt, nothing else going on", await _waits(alone, receipts)),
            *_figures(
                f"commit to receipt, at {RATE:g} orders/s",
                await _waits(loaded, receipts),
                targets=(MEDIAN, TAIL),
                beside=TAIL_BESIDE,
            ),
            *_figures("workflow's entry of the state to receipt", _changes(ordered, receipts)),
        ]


async def _commits(shop: Shop, customer: str, rate: float, seconds: float) -> list[probe.Commit]:
    outputs = reading.mapping(shop.cloud.document().get("outputs"), "outputs")
    table = reading.text(outputs.get("OrdersTableName"), "OrdersTableName")
    orders = probe.names(int(rate * seconds))
    return await load.elsewhere(probe.commit_changes, shop.cloud.ready_file, table, customer, rate, orders)


async def _orders(shop: Shop, receipts: Receipts, rate: float, seconds: float) -> set[str]:
    sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, rate, int(rate * seconds))
    refused = [order.refused for order in sent if order.refused]
    if refused:
        raise NotMeasured(f"{len(refused)} orders were refused, the first one: {refused[0]}")
    orders = {order.order_id for order in sent}
    if not await receipts.wait_complete(orders, DRAIN_SECONDS):
        late = len(orders - receipts.complete)
        raise NotMeasured(f"{late} orders did not come to their end within {DRAIN_SECONDS:g} s")
    return orders


async def _waits(commits: Sequence[probe.Commit], receipts: Receipts) -> list[float]:
    """Return the milliseconds from each commit to its receipt; negative where the event was first."""

    def received(commit: probe.Commit) -> float | None:
        times = (at for change, at in receipts.changes.get(commit.order_id, ()) if change.version == 2)
        return next(times, None)

    if not await receipts.wait(lambda: all(map(received, commits)), DRAIN_SECONDS):
        lost = sum(received(commit) is None for commit in commits)
        raise NotMeasured(f"{lost} changes were not received within {DRAIN_SECONDS:g} s")
    return [((received(commit) or 0.0) - commit.answered) * 1000 for commit in commits]


def _changes(orders: Iterable[str], receipts: Receipts) -> list[float]:
    """Return the milliseconds from the time that each change carries to its receipt."""
    return [
        (received - change.at.timestamp()) * 1000
        for order_id in orders
        for change, received in receipts.changes[order_id]
        if change.version > 1  # version 1 is the submission's, not the workflow's
    ]


def _figures(
    name: str,
    waits: list[float],
    targets: tuple[Target | None, Target | None] = (None, None),
    beside: Beside | None = None,
) -> list[Figure]:
    summary = summarize(waits)
    return [
        Figure(f"{name}: p50", summary.median, "ms", targets[0], summary),
        Figure(f"{name}: p99", summary.p99, "ms", targets[1], summary, beside=beside),
    ]


BENCHMARK = Benchmark("latency", "A status change's way to a subscriber", 180, run)
