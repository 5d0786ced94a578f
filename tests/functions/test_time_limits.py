"""What counts against an invocation's time limits, and what only a small machine adds."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.errors import CallerTimedOut
from localcloud.functions.invocation import Invocation
from localcloud.functions.invoke_api import LIMIT_HEADER
from localcloud.processes.proc_file import ProcFile
from localcloud.processes.stopwatch import (
    LONGEST_STRETCH,
    Overhead,
    ProcessTimes,
    Stopwatch,
    TimeLimit,
    parse_times,
    process_times,
)
from tests.functions.conftest import Bench
from tests.functions.helpers import until
from tests.functions.virtual_time import simulate

FUNCTION, ENGINE, CLOUD = 1, 2, 3


class Machine:
    """A clock, and what a kernel counts for three processes."""

    def __init__(self) -> None:
        self.now = 100.0
        self.times = {pid: ProcessTimes(0.0, 0.0) for pid in (FUNCTION, ENGINE, CLOUD)}
        self.overhead = Overhead(self.clock, self.read)
        for pid in (ENGINE, CLOUD):
            self.overhead.watch(pid)

    def clock(self) -> float:
        return self.now

    def read(self, pid: int) -> ProcessTimes | None:
        return self.times.get(pid)

    def start(self) -> Stopwatch:
        return Stopwatch(lambda: self.read(FUNCTION), self.overhead, self.clock)

    def let_pass(
        self,
        seconds: float,
        work: Mapping[int, float] | None = None,
        queue: Mapping[int, float] | None = None,
    ) -> None:
        self.now += seconds
        for pid, before in self.times.items():
            self.times[pid] = ProcessTimes(
                before.at_work + (work or {}).get(pid, 0.0), before.on_queue + (queue or {}).get(pid, 0.0)
            )


@pytest.mark.parametrize(
    ("work", "queue", "counted"),
    [
        ({}, {}, 8.0),  # it sleeps, or waits for something outside
        ({FUNCTION: 8.0}, {}, 8.0),
        ({FUNCTION: 2.0}, {FUNCTION: 6.0}, 2.0),  # others had the processor
        ({ENGINE: 5.0}, {ENGINE: 1.0}, 2.0),  # it waited for an answer that the engine had no time for
        ({ENGINE: 3.0, CLOUD: 3.0}, {}, 5.0),  # side by side, on two cores
        ({FUNCTION: 4.0, ENGINE: 8.0}, {}, 4.0),  # its own work always counts
        ({ENGINE: 8.0}, {FUNCTION: 8.0}, 0.8),  # but no limit is stretched for ever
    ],
)
def test_stopwatch_counts_only_time_that_aws_would_count(
    work: Mapping[int, float], queue: Mapping[int, float], counted: float
) -> None:
    machine = Machine()
    machine.let_pass(5.0, {ENGINE: 5.0}, {FUNCTION: 5.0})  # before the invocation
    stopwatch = machine.start()
    machine.let_pass(8.0, work, queue)
    assert stopwatch.seconds() == pytest.approx(counted)


def test_stopwatch_counts_all_time_where_the_system_tells_nothing() -> None:
    machine = Machine()
    machine.times.clear()
    stopwatch = machine.start()
    machine.now += 3.0
    assert stopwatch.seconds() == pytest.approx(3.0)


def test_stopwatch_counts_on_when_the_process_is_gone() -> None:
    machine = Machine()
    stopwatch = machine.start()
    del machine.times[FUNCTION]
    machine.let_pass(3.0)
    assert stopwatch.seconds() == pytest.approx(3.0)


@given(
    st.lists(st.tuples(*[st.floats(0.0, 5.0)] * 5), min_size=1, max_size=20),
)
def test_stopwatch_never_runs_back_nor_past_a_clock(steps: list[tuple[float, ...]]) -> None:
    machine = Machine()
    stopwatch = machine.start()
    start = machine.now
    for seconds, worked, queued, engine, cloud in steps:
        shares = (min(seconds, worked), min(seconds, queued))
        machine.let_pass(
            seconds,
            {FUNCTION: shares[0], ENGINE: min(seconds, engine), CLOUD: min(seconds, cloud)},
            {FUNCTION: min(shares[1], seconds - shares[0])},
        )
        counted, elapsed = stopwatch.seconds(), machine.now - start
        assert elapsed / LONGEST_STRETCH - 1e-9 <= counted <= elapsed + 1e-9


def test_process_times_are_read_of_a_running_process_alone() -> None:
    times = process_times(os.getpid())
    if times is None:
        pytest.skip("the system has no /proc/PID/schedstat: all time counts there")
    assert times.at_work > 0
    assert process_times(2**22 + 1) is None  # above the kernel's highest pid


def test_file_of_a_process_says_nothing_once_that_is_gone() -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        file = ProcFile(process.pid, "schedstat")
        while_it_ran = file.read()
        process.kill()
    assert file.read() is None
    file.close()
    if while_it_ran is None:
        pytest.skip("the system has no /proc/PID/schedstat: all time counts there")
    assert parse_times(while_it_ran) is not None


def strikes_after(excused: Callable[[float], float], seconds: float = 8.0) -> float:
    """Return when a limit strikes, given how much of the time so far is excused."""

    async def limited() -> float:
        loop = asyncio.get_running_loop()
        struck = loop.create_future()
        overhead = Overhead(loop.time, lambda _: ProcessTimes(0.0, 0.0))
        stopwatch = Stopwatch(lambda: ProcessTimes(0.0, excused(loop.time())), overhead, loop.time)
        TimeLimit(stopwatch, seconds, lambda: struck.set_result(loop.time()))
        return float(await struck)

    return simulate(limited())


def test_limit_strikes_on_time_without_excused_time() -> None:
    assert strikes_after(lambda _: 0.0) == pytest.approx(8.0)


def test_limit_strikes_later_by_the_excused_time() -> None:
    assert strikes_after(lambda now: min(now, 5.0)) == pytest.approx(13.0)


def test_limit_strikes_eventually_despite_excused_time() -> None:
    assert strikes_after(lambda now: now) == pytest.approx(80.0, rel=0.01)


def test_limit_never_strikes_once_it_is_cancelled() -> None:
    async def cancelled() -> bool:
        loop = asyncio.get_running_loop()
        struck: list[float] = []
        stopwatch = Stopwatch(lambda: None, Overhead(loop.time, lambda _: None), loop.time)
        TimeLimit(stopwatch, 1.0, lambda: struck.append(loop.time())).cancel()
        await asyncio.sleep(5)
        return bool(struck)

    assert not simulate(cancelled())


def test_invocation_keeps_its_result_when_its_callers_limit_strikes_too_late() -> None:
    async def expired() -> tuple[bool, bool]:
        late, early = (Invocation("r", b"{}", "arn", limit=1.0) for _ in range(2))
        early.expire()
        late.result.cancel()
        late.expire()
        return late.result.cancelled(), isinstance(early.result.exception(), CallerTimedOut)

    assert simulate(expired()) == (True, True)


async def test_invoke_raises_when_the_callers_limit_is_over_and_the_function_runs_on(
    bench: Bench, tmp_path: Path
) -> None:
    name = bench.define("waits", "basic.rendezvous")
    event = json.dumps({"folder": str(tmp_path), "count": 2}).encode()
    with pytest.raises(CallerTimedOut, match=r"limit of 0\.2 seconds"):
        await bench.service.invoke(name, event, limit=0.2)
    (tmp_path / "other").touch()  # the function ends now
    await until(lambda: any(line.startswith("REPORT") and "Status" not in line for _, _, line in bench.lines))


async def test_invoke_api_answers_504_when_the_callers_limit_is_over(bench: Bench) -> None:
    bench.define("hang", "basic.hang")
    url = f"{bench.service.url}/2015-03-31/functions/hang/invocations"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=b"{}", headers={LIMIT_HEADER: "0.2"}) as answer,
    ):
        assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (504, "CallerTimedOutException")
