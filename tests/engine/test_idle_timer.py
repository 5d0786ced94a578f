"""A connection that is used is kept; one that is not is closed in time."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.idle_timer import IdleTimer
from tests.functions.virtual_time import simulate

SECONDS = 75.0
PAUSES = st.lists(st.floats(0.0, 74.0), max_size=8)


@given(PAUSES)
def test_timer_expires_so_long_after_the_last_use(pauses: list[float]) -> None:
    async def run() -> list[float]:
        loop, expired = asyncio.get_running_loop(), list[float]()
        timer = IdleTimer(loop, SECONDS, lambda: expired.append(loop.time()))
        timer.use()
        for pause in pauses:
            await asyncio.sleep(pause)
            timer.use()
        last = loop.time()
        await asyncio.sleep(2 * SECONDS)
        return [moment - last for moment in expired]

    [waited] = simulate(run())
    assert abs(waited - SECONDS) < 1e-6


def test_timer_counts_again_once_it_is_used_after_it_expired() -> None:
    async def run() -> list[float]:
        loop, expired = asyncio.get_running_loop(), list[float]()
        timer = IdleTimer(loop, SECONDS, lambda: expired.append(loop.time()))
        timer.use()
        await asyncio.sleep(100)
        timer.use()
        await asyncio.sleep(100)
        return expired

    assert simulate(run()) == [75.0, 175.0]


def test_cancelled_timer_does_not_expire() -> None:
    async def run() -> list[float]:
        loop, expired = asyncio.get_running_loop(), list[float]()
        timer = IdleTimer(loop, SECONDS, lambda: expired.append(loop.time()))
        timer.cancel()
        timer.use()
        timer.cancel()
        await asyncio.sleep(100)
        return expired

    assert simulate(run()) == []
