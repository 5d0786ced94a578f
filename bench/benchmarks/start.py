"""How long the local cloud takes to answer, and how much memory it takes at rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bench import load, processes
from bench.model import NOT_SLOWER, Benchmark, Beside, Context, Figure, Target
from bench.receive import subscribers
from bench.shop import open_shop
from bench.statistics import summarize

FIRST_ANSWER = Target(below=4.0)
MEMORY = Target(below=250.0)
WARM = Beside(Target(below=0.5))


async def run(context: Context) -> Sequence[Figure]:
    """Start it several times; the last time also wait, and look at its memory."""
    times: list[float] = []
    memories: list[float] = []
    repeats, idle = (1, 1.0) if context.quick else (5, 10.0)
    for number in range(repeats):
        async with open_shop(context.folder, side=context.side) as shop, shop.client("ada") as ada:
            await ada.api.page()
            times.append(time.perf_counter() - shop.cloud.started_at)
            context.say(f"start {number + 1} of {repeats}: {times[-1]:.2f} s")
            if number == repeats - 1:
                await asyncio.sleep(idle)
                memories.append(processes.memory(processes.tree(shop.cloud.pid)))
                async with subscribers(shop) as receipts:
                    sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, 10.0, 20)
                    await receipts.wait_complete({order.order_id for order in sent}, 20)
                await asyncio.sleep(idle)
                memories.append(processes.memory(processes.tree(shop.cloud.pid)))
    answered = summarize(times)
    return [
        Figure(
            "start to first answered query",
            answered.median,
            "s",
            FIRST_ANSWER,
            answered,
            "from the process's start; with the making of five users and the customer's sign-in",
            NOT_SLOWER,
        ),
        Figure(
            "idle memory, fresh",
            memories[0],
            "MB",
            MEMORY,
            note=f"proportional set size of all processes after {idle:g} s idle",
        ),
        Figure(
            "idle memory, functions warm",
            memories[1],
            "MB",
            note=f"the same, {idle:g} s after 20 orders, with the environments that they left",
            beside=WARM,
        ),
    ]


BENCHMARK = Benchmark("start", "Local cloud: start and idle memory", 70, run)
