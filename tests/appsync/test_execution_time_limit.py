"""The time limit of a request: it lasts as ``asyncio.timeout`` does, and begins with the first wait."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.appsync.execution.time_limit import within


async def test_work_that_waits_for_nothing_is_done_however_short_its_time() -> None:
    async def work() -> int:
        return 7

    assert await within(0, work()) == 7


async def test_work_that_fails_fails_with_its_own_error_before_and_after_a_wait() -> None:
    async def work(waits: bool) -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError(waits)

    for waits in (False, True):
        with pytest.raises(LookupError, match=str(waits)):
            await within(60, work(waits))


async def test_work_goes_on_with_what_each_wait_brings() -> None:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(3)]

    async def work() -> list[int]:
        return [await future for future in futures]

    for number, future in enumerate(futures):
        loop.call_soon(future.set_result, number)
    assert await within(60, work()) == [0, 1, 2]


async def test_error_of_what_is_waited_for_is_raised_where_it_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    async def work() -> str:
        try:
            return str(await future)
        except LookupError:
            await asyncio.sleep(0)
            return "instead"

    loop.call_soon(future.set_exception, LookupError())
    assert await within(60, work()) == "instead"


async def test_work_that_waits_too_long_is_cancelled() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(TimeoutError):
        await within(0.01, work())
    assert ended == ["cancelled"]


async def test_caller_that_is_cancelled_cancels_the_work() -> None:
    waiting, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    caller = asyncio.create_task(within(60, work()))
    await waiting.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()
