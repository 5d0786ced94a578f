"""The clock and its timers, on a loop whose time is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.clock import (
    ClockError,
    DurationError,
    MovableClock,
    NothingWaits,
    Pace,
    Status,
    TimeMachine,
    duration,
    read_ahead,
    read_change,
    write_ahead,
)
from tests.examples import examples
from tests.functions.virtual_time import simulate

DAY = 86_400.0
START = 1_000_000.0


class LoopClock(MovableClock):
    """The loop's time is the machine's."""

    def real(self) -> float:
        return START + asyncio.get_running_loop().time()


class OtherProcess:
    """Another process: it has one timer, and callers that wait for it."""

    def __init__(self, due: float | None = None) -> None:
        self.due = due
        self.paces: list[Pace] = []
        self.working = 0

    async def look(self, pace: Pace | None = None) -> Status:
        if pace is not None:
            self.paces.append(pace)
            if self.due is not None and pace.reported >= self.due:
                self.due = None
        return Status(self.due, self.working)


def real() -> float:
    return asyncio.get_running_loop().time()


def test_armed_timer_moves_with_the_clock() -> None:
    async def run() -> tuple[float, float]:
        clock = LoopClock()
        waiting = asyncio.create_task(clock.sleep(DAY))
        await asyncio.sleep(1)
        clock.set(clock.pace.moved(clock.real(), clock.now() + DAY - 11))
        await waiting
        return real(), clock.now()

    assert simulate(run()) == pytest.approx((11, START + DAY))


def test_timer_fires_sooner_on_a_faster_clock_and_later_on_a_slower_one() -> None:
    async def run() -> float:
        clock = LoopClock()
        waiting = asyncio.create_task(clock.sleep(3600))
        await asyncio.sleep(0)
        clock.set(clock.pace.at_factor(clock.real(), 60))
        await asyncio.sleep(30)
        clock.set(clock.pace.at_factor(clock.real(), 1))
        await waiting
        return real()

    assert simulate(run()) == pytest.approx(30 + 1800)


def test_timers_passed_by_a_leap_fire_in_their_order() -> None:
    async def run() -> list[int]:
        clock, called = LoopClock(), list[int]()

        def noting(number: int) -> Callable[[], None]:
            return lambda: called.append(number)

        for number in (3, 1, 2, 50):
            clock.call_later(number, noting(number))
        clock.call_later(2.5, noting(9)).cancel()
        clock.set(clock.pace.moved(clock.real(), clock.now() + 10))
        await asyncio.sleep(0.1)
        assert len(clock) == 1
        return called

    assert simulate(run()) == [1, 2, 3]


def test_timeout_ends_a_block_when_the_clock_has_passed_it() -> None:
    async def run() -> float:
        clock = LoopClock()

        async def work() -> None:
            async with clock.timeout(900):
                await asyncio.sleep(100_000)

        working = asyncio.create_task(work())
        await asyncio.sleep(1)
        clock.set(clock.pace.moved(clock.real(), clock.now() + 1000))
        with pytest.raises(TimeoutError):
            await working
        async with clock.timeout(None):
            await asyncio.sleep(5)
        async with clock.timeout(1):
            pass
        assert len(clock) == 0
        return real()

    assert simulate(run()) == pytest.approx(6)


def test_jump_passes_each_timer_at_its_own_moment_here_and_in_other_processes() -> None:
    async def run() -> list[float]:
        clock, other = LoopClock(), OtherProcess(START + 5400)
        ends: list[float] = []

        async def two_waits() -> None:
            for _ in range(2):
                await clock.sleep(3600)
                ends.append(clock.now() - START)

        waiting = asyncio.create_task(two_waits())
        await asyncio.sleep(0)
        machine = TimeMachine(clock, [other])
        assert await machine.jump(DAY)
        await waiting
        ends.append(other.paces[1].reported - START)
        ends.append(clock.now() - START)
        return ends

    assert simulate(run()) == pytest.approx([3600, 7200, 5400, DAY], abs=0.1)


def test_jump_to_the_next_timer_goes_no_further() -> None:
    async def run() -> None:
        clock = LoopClock()
        machine = TimeMachine(clock, [OtherProcess()])
        with pytest.raises(NothingWaits):
            await machine.jump(None)
        first, second = (asyncio.create_task(clock.sleep(seconds)) for seconds in (100, 200))
        await asyncio.sleep(0)
        await machine.jump(None)
        assert (first.done(), second.done()) == (True, False)
        assert (await machine.status()).next == pytest.approx(START + 200, abs=0.1)
        await second

    simulate(run())


def test_jump_waits_until_the_work_of_a_timer_is_done() -> None:
    async def run() -> float:
        await asyncio.sleep(100)  # the loop's time is no duration
        clock, other = LoopClock(), OtherProcess()
        machine = TimeMachine(clock, [other])

        async def wait_and_work() -> None:
            await clock.sleep(60)
            with clock.calls:
                other.working = 1
                await asyncio.sleep(0.5)  # a function takes as long as it takes
                other.working = 0
            await clock.sleep(60)

        waiting = asyncio.create_task(wait_and_work())
        await asyncio.sleep(0)
        assert await machine.jump(300)
        assert waiting.done()
        other.working = 1
        assert not await machine.jump(1)  # one that works on and on holds nobody up for long
        return real() - 100

    assert simulate(run()) < 5


def test_jump_over_too_many_timers_fires_the_rest_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("localcloud.clock.machine.LONGEST_JUMP", 1.0)

    async def run() -> None:
        clock = LoopClock()

        async def poll() -> None:
            while True:
                await clock.sleep(1)

        polling = asyncio.create_task(poll())
        await asyncio.sleep(0)
        assert not await TimeMachine(clock, []).jump(100 * DAY)
        assert clock.now() == pytest.approx(START + 100 * DAY, abs=60)
        polling.cancel()

    simulate(run())


def test_factor_reports_the_lead_of_a_faster_clock() -> None:
    async def run() -> list[float]:
        clock, kept = LoopClock(), list[float]()
        machine = TimeMachine(clock, [], kept.append)
        await machine.run_at(60)
        await asyncio.sleep(2.5)
        await machine.run_at(1)
        await asyncio.sleep(60)
        return kept

    assert simulate(run()) == pytest.approx([0, 59, 118, 147.5, 147.5], abs=0.1)


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e5)), max_size=8))
def test_pace_never_goes_back(moves: list[tuple[float, float, float]]) -> None:
    pace, moment, shown = Pace(), 0.0, [0.0]
    for passed, leap, factor in moves:
        moment += passed
        shown.append(pace.at(moment))
        pace = pace.moved(moment, pace.at(moment) + leap).at_factor(moment, factor)
        shown.append(pace.at(moment))
    assert all(later >= earlier for earlier, later in pairwise(shown))


@pytest.mark.parametrize("value", ["", "P", "PT", "P1M", "1h", "PT-1S", 0, -1, True, None, float("nan")])
def test_invalid_duration_is_refused(value: object) -> None:
    with pytest.raises(DurationError):
        duration(value)


@pytest.mark.parametrize(
    "change",
    [{}, [], {"jump": "soon"}, {"factor": "2"}, {"factor": 0.5}, {"factor": 1e9}, {"jump": 1, "factor": 2}],
)
def test_unsupported_change_of_the_clock_is_refused(change: object) -> None:
    with pytest.raises(ClockError):
        read_change(change)


def test_clock_starts_with_the_lead_in_its_folder(tmp_path: Path) -> None:
    assert (read_ahead(None), read_ahead(tmp_path)) == (0, 0)
    write_ahead(tmp_path, DAY)
    clock = MovableClock()
    clock.begin(read_ahead(tmp_path))
    assert clock.pace.ahead(clock.real()) == pytest.approx(DAY)
    for damaged in ("", "[]", '{"ahead": "x"}', '{"ahead": -1}', '{"ahead": NaN}'):
        (tmp_path / "clock.json").write_text(damaged)
        assert read_ahead(tmp_path) == 0
