"""Open-loop load: each request at its time, and no request left out in silence."""

from __future__ import annotations

import asyncio

import pytest

from clients.burst import Load, send_openly


async def test_request_does_not_wait_for_earlier_answers() -> None:
    released, open_at_once, most = asyncio.Event(), 0, 0

    async def send(number: int, due: float) -> None:
        nonlocal open_at_once, most
        open_at_once += 1
        most = max(most, open_at_once)
        if open_at_once == 30:
            released.set()
        await released.wait()
        open_at_once -= 1

    assert await send_openly(Load(30, rate=10_000, seconds=60), send) == 30
    assert most == 30


async def test_request_is_never_sent_before_its_time() -> None:
    loop, early = asyncio.get_running_loop(), []
    dues: list[float] = []

    async def send(number: int, due: float) -> None:
        dues.append(due)
        if loop.time() < due:
            early.append(number)

    await send_openly(Load(20, rate=400, seconds=60), send)
    assert early == []
    assert [round(due - dues[0], 6) for due in dues] == [round(number / 400, 6) for number in range(20)]


async def test_request_without_a_connection_is_late_or_unsent_at_the_end() -> None:
    under_way = most = 0
    full = asyncio.Event()

    async def send(number: int, due: float) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 7:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        under_way -= 1

    assert await send_openly(Load(100, rate=100_000, at_once=7, seconds=60), send) == 100
    assert most == 7


@pytest.mark.parametrize("at_once", [3, 50])
async def test_time_limit_leaves_requests_unsent_and_abandons_the_unanswered(at_once: int) -> None:
    cancelled: list[int] = []

    async def send(number: int, due: float) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    sent = await send_openly(Load(1000, rate=1000, at_once=at_once, seconds=0.05), send)
    assert sent == len(cancelled) < 1000
    assert sent <= 60
