"""Run a comparison with replayed orders: the stack leaves fulfilment to others meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clients import Unavailable
from compare.channels import Channel
from compare.records import RunPlan, Runs
from compare.replay.shop import EXTERNAL, PARAMETER, Bus, ReplayedShop
from compare.replay.timelines import Timeline
from compare.runner import Show, run_all
from compare.target import Target
from compare.variants.stack import LocalStack
from demo.ready import Ready


async def replay(
    target: Target,
    ready: Ready,
    channels: Sequence[type[Channel]],
    plan: RunPlan,
    *,
    show: Show,
    timelines: Sequence[Timeline],
    speed_up: float,
) -> Runs:
    """Run everything with orders that live as the file's, and leave the stack as it was.

    Raises
    ------
    Unavailable
        A report was not taken: then the orders did not live as they should have.
    """
    stack = LocalStack(ready)
    await stack.set_parameter(PARAMETER, EXTERNAL)
    try:
        async with ReplayedShop(target, Bus(ready), timelines, speed_up) as shop:
            replayed = replace(plan, order=shop.order, ends_soon=lambda _number: False)
            runs = await run_all(shop, channels, replayed, show)
    finally:
        await stack.restore()
    if shop.failures:
        raise Unavailable(f"{len(shop.failures)} orders were not replayed, the first: {shop.failures[0]}")
    return runs
