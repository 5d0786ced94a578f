"""Bursts of orders onto a cold cloud: 300 by 24 clients, and 500 at the same moment.

The payment's time limit is the usual one: whether the machine's slowness ends an order that AWS would have
delivered is what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench import load
from bench.carrying import Carried, CarryPlan, carry, outcomes, synthetic
from bench.model import Benchmark, Beside, Context, Figure, Target
from bench.shop import open_shop, without_new_parts
from bench.statistics import summarize

RATE = Beside(Target(at_least=4.0))
NONE = Target(exactly=0)
USUAL_SECONDS = 3  # the template's default for a payment
CLIENTS = 24
SECONDS = 150.0


async def by_clients(context: Context) -> Sequence[Figure]:
    """Let 24 clients each send its next order when the last one is answered."""
    count, clients = (40, 8) if context.quick else (300, CLIENTS)
    return await _burst(context, count, clients)


async def at_once(context: Context) -> Sequence[Figure]:
    """Send all orders in the same moment."""
    count = 60 if context.quick else 500
    return await _burst(context, count, count)


async def _burst(context: Context, count: int, clients: int) -> Sequence[Figure]:
    plan = CarryPlan(clients, to_the_end=False, seconds=30.0 if context.quick else SECONDS)
    async with open_shop(
        context.folder, *without_new_parts(context.side), side=context.side, payment_seconds=USUAL_SECONDS
    ) as shop:
        carried = await load.elsewhere(carry, shop.cloud, synthetic(count), plan)
    return figures(carried, f"{count} orders by {clients} clients")


def figures(carried: Sequence[Carried], name: str) -> list[Figure]:
    """Return how many orders ended how, and how fast."""
    start = min(order.sent for order in carried if order.sent)
    delivered = [order for order in carried if order.delivered]
    ended = [order for order in carried if order.ended is not None]
    refusals = [order.refused for order in carried if order.refused is not None]
    answers = [order.answered - order.sent for order in carried if order.answered is not None]
    lives = [order.ended - order.sent for order in delivered if order.ended is not None]
    results = [
        Figure(f"{name}: delivered", len(delivered), "orders", Target(exactly=len(carried))),
        *(
            Figure(f"of them {outcome}", number, "orders")
            for outcome, number in outcomes(carried).most_common()
            if outcome != "DELIVERED"
        ),
        Figure(
            "refused, or not answered in a client's four attempts",
            len(refusals),
            "orders",
            NONE,
            note="; ".join(sorted(set(refusals))[:3]),
        ),
        Figure("rate to the last order delivered", _rate(delivered, start), "orders/s", beside=RATE),
        Figure(
            "rate to the last order's end, however it ended", _rate(ended, start), "orders/s", beside=RATE
        ),
    ]
    for what, times in (("answer to a submission", answers), ("submission to DELIVERED", lives)):
        if times:
            spread = summarize(times)
            results.append(Figure(what, spread.median, "s", spread=spread))
    return results


def _rate(orders: Sequence[Carried], start: float) -> float:
    last = max((order.ended or start for order in orders), default=start)
    return len(orders) / (last - start) if orders else 0.0


BY_CLIENTS = Benchmark("burst.orders", "300 orders onto a cold cloud by 24 clients", 180, by_clients)
AT_ONCE = Benchmark("burst.flood", "500 orders at once onto a cold cloud", 180, at_once)
