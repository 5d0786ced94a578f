"""Whether the processor has time, by what the kernel counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.functions import processor
from localcloud.functions.patience import Patience
from localcloud.functions.processor import Processor, read_times


class Machine:
    """A clock and the kernel's counters, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.times: tuple[int, int] | None = (1000, 5000)

    def passes(self, seconds: float, *, idle: int, busy: int) -> None:
        self.now += seconds
        assert self.times is not None
        self.times = (self.times[0] + idle, self.times[1] + idle + busy)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def watched(machine: Machine) -> Processor:
    return Processor(lambda: machine.times, lambda: machine.now)


def test_processor_has_time_when_it_is_partly_idle(machine: Machine, watched: Processor) -> None:
    machine.passes(0.2, idle=20, busy=20)
    assert watched.has_time()
    machine.passes(0.2, idle=1, busy=39)
    assert not watched.has_time()
    machine.passes(0.2, idle=6, busy=34)
    assert watched.has_time()


def test_processor_answer_is_cached_between_two_samples(machine: Machine, watched: Processor) -> None:
    machine.passes(0.2, idle=0, busy=40)
    assert not watched.has_time()
    machine.passes(0.05, idle=10, busy=0)
    assert not watched.has_time()
    machine.passes(0.06, idle=2, busy=10)
    assert watched.has_time()  # 12 of 22 since the last look


def test_processor_has_time_where_the_kernel_tells_nothing(machine: Machine, watched: Processor) -> None:
    machine.passes(0.2, idle=0, busy=40)
    assert not watched.has_time()
    machine.times = None
    machine.now += 1
    assert watched.has_time()


def test_processor_times_count_the_allowed_processors_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    monkeypatch.setattr(processor, "STAT", stat)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 2}, raising=False)
    assert read_times() is None
    stat.write_text(
        "cpu  40 80 90 1200 150 18 21 24 27 30\n"
        "cpu0 10 20 30 400 50 6 7 8 9 10\n"
        "cpu1 20 40 30 400 50 6 7 8 9 10\n"
        "cpu2 1 2 3 4 5 6 7 8 9 10\n"
        "intr 5\n"
    )
    assert read_times() == (450 + 9, 531 + 36)
    stat.write_text("intr 5\n")
    assert read_times() is None


def test_stall_starts_nothing_while_the_processor_is_busy() -> None:
    busy = Patience(per_environment=0.1, stall=0.2, has_time=lambda: False)
    idle = Patience(per_environment=0.1, stall=0.2)
    for patience in (busy, idle):
        patience.moved(10.0)
    assert idle.due(since=20.0, alive=20, now=20.0) == 10.2
    assert busy.due(since=20.0, alive=20, now=20.0) == 20.2  # asks again then
    assert busy.due(since=20.0, alive=20, now=29.9) == 30.0  # and is not patient for ever


def test_start_delay_grows_with_the_square_of_the_environments_on_a_busy_processor() -> None:
    short = [True]
    patience = Patience(per_environment=0.1, stall=60.0, has_time=lambda: not short[0], cores=2)
    patience.moved(20.0)
    due = [patience.due(since=20.0, alive=alive, now=20.0) - 20.0 for alive in (1, 2, 4)]
    assert due == pytest.approx([0.4, 0.8, 3.2])
    short[0] = False  # for a moment between two bursts of work, which is no time to spare
    assert patience.due(since=20.0, alive=4, now=20.4) == pytest.approx(23.2)
    assert patience.due(since=20.0, alive=4, now=20.6) == pytest.approx(20.4)
    short[0] = True  # so many get company only when none of them comes free
    assert patience.due(since=20.0, alive=8, now=21.0) == pytest.approx(81.0)  # a stall from now
    due = [patience.due(since=20.0, alive=alive, now=30.0) - 20.0 for alive in (8, 40)]
    assert due == pytest.approx([10.0, 16.0])


def test_brisk_function_waits_for_the_environments_it_has_on_a_busy_processor() -> None:
    def due(own: float, now: float) -> float:
        patience = Patience(per_environment=0.1, stall=0.2, has_time=lambda: has_time, cores=2)
        patience.handled(20.0, lambda: own)
        return patience.due(since=10.0, alive=4, now=now)

    has_time = False
    assert due(own=0.05, now=20.0) == pytest.approx(20.2)  # and looks again then
    assert due(own=5.0, now=20.0) < 20.0  # it waits for the outside: another one helps
    assert due(own=0.05, now=30.0) < 30.0  # nothing comes free: they may wait for each other
    has_time = True
    assert due(own=0.05, now=20.0) < 20.0
