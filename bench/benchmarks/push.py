"""From the commit of a status change to its receipt over the companion's WebSocket.

Measured as ``bench.benchmarks.latency`` does it for AppSync: against the answer to a conditional write
whose time is known, first with nothing else going on, then while orders come at 20 a second. Then one
order is followed by a thousand connections, each of which must receive every change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench import load, probe
from bench.benchmarks.companion import CUSTOMER, deployed
from bench.listeners import Deliveries, listeners
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import Shop, new_order
from bench.statistics import summarize
from clients import reading
from clients.sockets import MAX_ORDERS

MEDIAN = Target(below=20.0)
RATE = 20.0
CROWD = 1000
LIFE_RATE = 0.5
"""Changes a second of the order that everybody follows: each has its pushes to itself."""


async def run(context: Context) -> Sequence[Figure]:
    """Warm up, then commit alone, then under load, then for a crowd."""
    seconds = 2.0 if context.quick else 20.0
    async with deployed(context) as (shop, _package):
        customer = await customer_id(shop)
        await load.elsewhere(load.send_orders, shop.cloud.ready_file, RATE, int(RATE * seconds / 4))
        await _commits(shop, customer, RATE, 1.0)
        context.say(f"commits alone, {seconds / 2:g} s")
        alone = await _commits(shop, customer, RATE, seconds / 2)
        context.say(f"{RATE:g} orders a second and commits beside them, {seconds:g} s")
        loaded, sent = await asyncio.gather(
            _commits(shop, customer, RATE / 2, seconds),
            load.elsewhere(load.send_orders, shop.cloud.ready_file, RATE, int(RATE * seconds)),
        )
        if refused := [order.refused for order in sent if order.refused]:
            raise NotMeasured(f"{len(refused)} orders were refused, the first one: {refused[0]}")
        return [
            *_figures("commit to receipt, nothing else going on", alone),
            *_figures(f"commit to receipt, at {RATE:g} orders/s", loaded, MEDIAN),
            *await _crowd(context, shop, customer),
        ]


async def customer_id(shop: Shop) -> str:
    """Return the user pool's id of the customer."""
    async with shop.client(CUSTOMER) as client:
        order = await client.submit(new_order(0))
    return order.customer_id


async def _commits(shop: Shop, customer: str, rate: float, seconds: float) -> list[float]:
    """Return the milliseconds from each commit to its receipt; negative where the push was first."""
    orders = probe.names(int(rate * seconds))
    parts = [orders[start : start + MAX_ORDERS] for start in range(0, len(orders), MAX_ORDERS)]
    async with listeners(shop, CUSTOMER, parts) as deliveries:
        commits = await load.elsewhere(
            probe.commit_changes, shop.cloud.ready_file, orders_table(shop), customer, rate, orders
        )
        received = {
            commit.order_id: (number // MAX_ORDERS, commit.order_id, 2)
            for number, commit in enumerate(commits)
        }
        wanted = set(received.values())
        if not await deliveries.wait(lambda: wanted <= deliveries.first.keys(), 20):
            raise NotMeasured(
                f"{len(wanted - deliveries.first.keys())} changes were not received within 20 s"
            )
    return [(deliveries.first[received[commit.order_id]] - commit.answered) * 1000 for commit in commits]


def orders_table(shop: Shop) -> str:
    """Return the name of the orders table."""
    outputs = reading.mapping(shop.cloud.document().get("outputs"), "outputs")
    return reading.text(outputs.get("OrdersTableName"), "OrdersTableName")


def _figures(name: str, waits: list[float], target: Target | None = None) -> list[Figure]:
    summary = summarize(waits)
    return [
        Figure(f"{name}: p50", summary.median, "ms", target, summary),
        Figure(f"{name}: p99", summary.p99, "ms", spread=summary),
    ]


async def _crowd(context: Context, shop: Shop, customer: str) -> list[Figure]:
    """Follow one order with many connections, and count what each of them receives."""
    size = 20 if context.quick else CROWD
    (order_id,) = probe.names(1)
    async with listeners(shop, CUSTOMER, [[order_id]] * size, context.say) as deliveries:
        commits = await load.elsewhere(
            probe.commit_life, shop.cloud.ready_file, orders_table(shop), customer, order_id, LIFE_RATE
        )
        # What fan-out had no time for comes by the redelivery queue, up to a minute later.
        await deliveries.wait(lambda: _changes(deliveries) >= len(commits) * size, 75)
        if deliveries.lost:
            raise NotMeasured(f"{len(deliveries.lost)} connections were lost: {deliveries.lost[0]}")
        changes = _changes(deliveries)
    last = [
        max(deliveries.first.get((n, order_id, commit.version), commit.answered) for n in range(size))
        - commit.answered
        for commit in commits
    ]
    reach = summarize(seconds * 1000 for seconds in last)
    return [
        Figure(
            f"{size} connections on one order: changes received",
            changes,
            "changes",
            Target(exactly=len(commits) * size),
            note=f"{len(commits)} changes each; {deliveries.again} came twice",
        ),
        Figure("commit to receipt by the last of them", reach.median, "ms", spread=reach),
    ]


def _changes(deliveries: Deliveries) -> int:
    """Return how many changes were received; what the order was recorded with is no event of the stream's."""
    return sum(version > 1 for _, _, version in deliveries.first)


BENCHMARK = Benchmark("push", "A status change's way over the companion's WebSocket", 180, run)
