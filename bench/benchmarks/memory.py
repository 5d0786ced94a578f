"""The memory of all processes: idle, at the peak of the sample orders that meet a cold cloud, and after.

As ``make run`` starts it, with the companion, and with the payment's usual time limit: the 44 orders shall
end as card and stock say. Looking at memory takes processor time, so nothing here is a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bench import load, processes
from bench.accounts import EVERY
from bench.benchmarks.companion import deployed
from bench.benchmarks.orders_burst import USUAL_SECONDS
from bench.carrying import CarryPlan, carry
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.samples import MemoryWatch, sampled
from bench.sides import ROOT
from clients.orders_file import Entry, read_orders
from demo.expectations import expectations
from demo.shop import CUSTOMERS, prepare, read_stock

IDLE = Target(below=250.0)
WARM, PEAK = Beside(Target(below=0.5)), Beside(Target(below=0.3))
EXAMPLES = ROOT / "examples"
CLIENTS = 8  # as the demonstration sends them


async def run(context: Context) -> Sequence[Figure]:
    """Wait, send the sample orders, wait again."""
    idle = 1.0 if context.quick else 10.0
    entries = samples(EXAMPLES / "orders.jsonl")
    entries = entries[:8] if context.quick else entries
    stock = read_stock(EXAMPLES / "stock.json")
    orders = [(entry.customer or CUSTOMERS[0], entry.order) for entry in entries]
    plan = CarryPlan(CLIENTS, to_the_end=False, seconds=90.0)
    async with deployed(context, payment_seconds=USUAL_SECONDS) as (shop, _package):
        await asyncio.to_thread(prepare, shop.ready, dict.fromkeys(name for name, _ in orders), stock)
        await asyncio.sleep(idle)
        fresh = processes.memory(processes.tree(shop.cloud.pid))
        context.say(f"idle: {fresh:.0f} MB; {len(orders)} orders")
        watch = MemoryWatch(shop.cloud.pid)
        async with sampled(watch.look, EVERY):
            carried = await load.elsewhere(carry, shop.cloud, orders, plan)
        await asyncio.sleep(idle)
        members = processes.tree(shop.cloud.pid)
        warm = processes.memory(members)
    expected = expectations(entries, stock)
    wrong = [
        f"{entry.number}: {order.outcome}"
        for order, entry in zip(carried, entries, strict=True)
        if order.outcome not in map(str, expected[entry.number])
    ]
    count = len(orders)
    return [
        Figure("idle memory", fresh, "MB", IDLE, note=f"after {idle:g} s; proportional set size"),
        Figure(
            f"peak while {count} orders come onto the cold cloud",
            watch.peak,
            "MB",
            beside=PEAK,
            note=f"the greatest of {watch.samples} samples",
        ),
        Figure(
            f"warm memory, {idle:g} s after the {count} orders",
            warm,
            "MB",
            beside=WARM,
            note=f"{len(members)} processes",
        ),
        Figure(
            f"of {count} orders, ended as card and stock say",
            len(entries) - len(wrong),
            "orders",
            Target(exactly=count),
            note="; ".join(wrong[:3]),
        ),
    ]


def samples(path: Path) -> list[Entry]:
    """Return the sample orders without human decisions."""
    entries = list(read_orders(path.read_bytes()))
    if bad := [entry for entry in entries if not isinstance(entry, Entry)]:
        raise NotMeasured(f"{path.name}: {bad[0]}")
    # Those that wait for a human would wait for days here.
    return [entry for entry in entries if isinstance(entry, Entry) and entry.staff is None]


BENCHMARK = Benchmark("burst.memory", "Memory: idle, in the cold burst of the sample orders, after", 180, run)
