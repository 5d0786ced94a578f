"""Orders as fast as the system takes them: a client sends its next one when its last one is at its end.

The same number of orders by as many clients on every machine and on either side of a comparison, published
on the channels that both sides have; `throughput.channels` publishes on all. Beside them
every process of the system is looked at: what an order costs, and whom.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench import load
from bench.accounts import EVERY, LOAD, UNSEEN, Accounts, Roles, module_of
from bench.carrying import GOOD_LIFE, Carried, CarryPlan, carry, outcomes, synthetic
from bench.lambdas import client_of
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.samples import sampled
from bench.shop import Shop, open_shop, without_new_parts
from bench.sides import HERE
from bench.statistics import summarize

RATE = Beside(Target(at_least=2.0))
PROCESSOR = Beside(Target(below=0.5))
CLIENTS = 32
SECONDS = 120.0
WARM_UP = 60
WARM_SECONDS = 40.0


async def run(context: Context) -> Sequence[Figure]:
    """Carry orders on the channels that every commit has."""
    return await _carry(context, without_new_parts(context.side))


async def run_on_all_channels(context: Context) -> Sequence[Figure]:
    """Carry orders with fan-out publishing on every channel, without followers on the new ones."""
    if context.side is not HERE:
        raise NotMeasured("the base has other channels")
    return [replace(figure, beside=None) for figure in await _carry(context, ())]


async def _carry(context: Context, channels: Sequence[str]) -> Sequence[Figure]:
    """Warm up, carry all orders, and divide."""
    count, clients = (150, 16) if context.quick else (1000, CLIENTS)
    plan = CarryPlan(clients, to_the_end=True, seconds=SECONDS)
    async with open_shop(context.folder, *channels, side=context.side) as shop:
        # All orders are there from one clock to the other: no function starts cold, nothing is left over.
        warm = await load.elsewhere(
            carry, shop.cloud, synthetic(WARM_UP), replace(plan, seconds=WARM_SECONDS)
        )
        context.say(f"warm: {dict(outcomes(warm))}")
        accounts = Accounts(os.getpid(), Roles(shop.cloud.pid, handlers(shop)))
        async with sampled(accounts.look, EVERY):
            carried = await load.elsewhere(carry, shop.cloud, synthetic(count), plan)
    return [*figures(carried), *costs(accounts.seconds(), ended_count(carried))]


def handlers(shop: Shop) -> list[str]:
    """Return the last part of each function's module: the names that people know them by."""
    pages = client_of(shop.ready).get_paginator("list_functions").paginate()
    return [module_of(function["Handler"]) for page in pages for function in page["Functions"]]


def figures(carried: Sequence[Carried]) -> list[Figure]:
    """Return how many orders came to their end, how fast, and what their subscribers received."""
    ended = [order for order in carried if order.ended is not None]
    if not ended:
        raise NotMeasured(f"no order came to its end: {dict(outcomes(carried))}")
    start, last = min(order.sent for order in carried if order.sent), max(order.ended or 0 for order in ended)
    delivered = sum(order.delivered for order in carried)
    complete = sum(set(order.versions) >= set(GOOD_LIFE) for order in carried)
    life = summarize([(order.ended or 0) - order.sent for order in ended])
    others = {name: number for name, number in outcomes(carried).items() if name != "DELIVERED"}
    return [
        Figure("orders", len(carried), "orders"),
        Figure(
            "delivered",
            delivered,
            "orders",
            Target(exactly=len(carried)),
            note=", ".join(f"{number} {name}" for name, number in others.items()),
        ),
        Figure(
            "received with every version",
            complete,
            "orders",
            Target(exactly=len(carried)),
            note="by the subscription alone, nothing read from history",
        ),
        Figure(
            "rate from the first order sent to the last one's end",
            len(ended) / (last - start),
            "orders/s",
            beside=RATE,
            note="what this machine carries, load and subscribers on it as well",
        ),
        Figure("submission to the end", life.median, "s", spread=life),
    ]


def ended_count(carried: Sequence[Carried]) -> int:
    """Return how many orders came to their end: time may have been up before all were sent."""
    return sum(order.ended is not None for order in carried)


def costs(seconds: Mapping[str, float], orders: int) -> list[Figure]:
    """Return the processor time of an order: all of it, and by process."""
    software = sum(used for role, used in seconds.items() if role != LOAD)
    return [
        Figure(
            "processor time an order",
            software * 1000 / orders,
            "ms",
            beside=PROCESSOR,
            note=f"by /proc, all processes of the system without the load; {UNSEEN}: what a process used "
            "after it was last looked at",
        ),
        *(
            Figure(f"processor time an order: {role}", used * 1000 / orders, "ms")
            for role, used in seconds.items()
        ),
    ]


BENCHMARK = Benchmark("throughput", "Orders end to end, as fast as they are taken", 180, run)
ALL_CHANNELS = Benchmark(
    "throughput.channels", "Orders end to end, published on all channels", 180, run_on_all_channels
)
