"""How many environments a function gets, and how soon: simulated, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.functions import Settings
from localcloud.functions.blueprint import Blueprint
from localcloud.functions.failures import InitFailure
from localcloud.functions.invocation import Invocation
from localcloud.functions.lifecycle import EnvironmentState
from localcloud.functions.model import FunctionDefinition, InvokeResult
from localcloud.functions.patience import CORES, MANY, Patience
from localcloud.functions.pool import Pool
from localcloud.functions.pooled import Pooled
from localcloud.functions.processor import Processor
from localcloud.functions.starts import Starts
from tests.examples import examples
from tests.functions.conftest import Bench
from tests.functions.helpers import names_in, until, value
from tests.functions.virtual_time import simulate

FUNCTION = FunctionDefinition(
    "f", "arn:aws:lambda:eu-west-1:123456789012:function:f", "python3.13", "a.b", "r"
)
BLUEPRINT = Blueprint(FUNCTION, Path(), (), False, "1", {})
DEFAULTS = Settings()


@dataclass
class OwnTime:
    """What time limits count: all of an invocation so far as its own, or a tenth that is not its own."""

    share: float = 0.0
    longest: float = 0.0
    since: float = 0.0

    def seconds(self) -> float:
        elapsed = asyncio.get_running_loop().time() - self.since
        return self.share * min(elapsed, self.longest)

    def own(self) -> float:
        return self.seconds() if self.share == 1.0 else 0.0


@dataclass(eq=False)
class Simulated:
    """An environment that takes a given time to start, and to handle an invocation."""

    pool: Pooled[Simulated]
    start_seconds: float
    blueprint: Blueprint = BLUEPRINT
    state: EnvironmentState = EnvironmentState.STARTING
    idle_since: float = 0.0
    waits_for_the_outside: bool = False
    killed: bool = False
    limits: OwnTime = field(default_factory=OwnTime)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        await asyncio.sleep(self.start_seconds)
        self._come_free()
        await self._ended.wait()

    def _come_free(self) -> None:
        self.state = EnvironmentState.IDLE
        self.pool.idle(self)

    def has_ended(self) -> bool:
        return self.killed

    def run(self, invocation: Invocation) -> None:
        assert not self.killed, "the invocation would end with it"
        self.state = EnvironmentState.BUSY
        loop, seconds = asyncio.get_running_loop(), float(invocation.payload)
        self.limits = OwnTime(1.0 if self.waits_for_the_outside else 0.1, seconds, loop.time())
        loop.call_later(seconds, self._finish, invocation)

    def _finish(self, invocation: Invocation) -> None:
        invocation.finish(InvokeResult(b"{}"))
        self.state = EnvironmentState.RETURNING
        asyncio.get_running_loop().call_soon(self._come_free)

    def fail(self, invocation: Invocation, failure: InitFailure) -> None:
        raise AssertionError(failure)

    def end(self) -> None:
        self.state = EnvironmentState.ENDED
        self._ended.set()
        self.pool.ended(self, None)


class Simulation:
    """A pool of simulated environments, as the service makes it."""

    def __init__(
        self,
        start_seconds: float,
        starts: Starts | None = None,
        has_time: Callable[[], bool] = lambda: True,
        *,
        waits_for_the_outside: bool = False,
    ) -> None:
        self.environments: list[Simulated] = []
        self.started: Callable[[], object] = lambda: None

        def new(_blueprint: Blueprint, pool: Pooled[Simulated]) -> Simulated:
            environment = Simulated(pool, start_seconds, waits_for_the_outside=waits_for_the_outside)
            self.environments.append(environment)
            self.started()
            return self.environments[-1]

        patience = Patience(DEFAULTS.patience_seconds, DEFAULTS.stall_seconds, has_time)
        make: Callable[..., object] = new
        self.pool = Pool(make, starts or Starts(2), DEFAULTS.local_concurrency, patience)  # type: ignore[arg-type]

    async def invoke(self, seconds: float) -> float:
        """Run an invocation that takes so long; return how long it took altogether."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        await self.pool.invoke(FUNCTION, BLUEPRINT, Invocation("r", str(seconds).encode(), FUNCTION.arn))
        return loop.time() - start


@given(
    count=st.integers(1, 400),
    milliseconds=st.integers(1, 10),
    start=st.sampled_from([0.05, 0.2, 0.6]),
    warm=st.booleans(),
)
@settings(max_examples=examples(30), deadline=None)
def test_burst_of_short_invocations_starts_few_environments(
    count: int, milliseconds: int, start: float, warm: bool
) -> None:
    async def burst() -> int:
        simulation = Simulation(start)
        if warm:
            await simulation.invoke(0.001)
            await asyncio.sleep(30)
        await asyncio.gather(*(simulation.invoke(milliseconds / 1000) for _ in range(count)))
        created = len(simulation.environments)
        await simulation.pool.stop()
        return created

    # One alone would take the work's time; each more has to be waited for longer than the one before.
    work = count * milliseconds / 1000
    assert simulate(burst()) <= min(12, 3 + work / DEFAULTS.patience_seconds)


@given(
    blocked=st.integers(1, 40),
    start=st.sampled_from([0.05, 0.2, 0.6]),
    apart=st.sampled_from([0.0, 0.01, 0.5]),
)
@settings(max_examples=examples(30), deadline=None)
def test_blocked_invocations_delay_the_next_by_one_start_at_most(
    blocked: int, start: float, apart: float
) -> None:
    async def run() -> float:
        simulation = Simulation(start)
        polls = []
        for _ in range(blocked):
            polls.append(asyncio.ensure_future(simulation.invoke(600.0)))
            await asyncio.sleep(apart)
        await asyncio.sleep(300)
        took = await simulation.invoke(0.001)
        for poll in polls:
            poll.cancel()
        await simulation.pool.stop()
        return took

    assert simulate(run()) <= start + 0.002


def test_concurrent_blocked_invocations_all_run_soon() -> None:
    async def run() -> float:
        simulation = Simulation(0.1)
        loop = asyncio.get_running_loop()
        polls = [asyncio.ensure_future(simulation.invoke(600.0)) for _ in range(20)]
        while sum(environment.state is EnvironmentState.BUSY for environment in simulation.environments) < 20:
            await asyncio.sleep(0.01)
        took = loop.time()
        for poll in polls:
            poll.cancel()
        await simulation.pool.stop()
        return took

    assert simulate(run()) <= 1.5


def test_idle_environment_that_was_killed_is_replaced_before_its_end_is_reported() -> None:
    async def run() -> float:
        simulation = Simulation(0.1)
        await asyncio.gather(*(simulation.invoke(1.0) for _ in range(2)))
        await asyncio.sleep(30)
        for environment in simulation.environments:
            environment.killed = True
        took = await simulation.invoke(0.001)
        await simulation.pool.stop()
        return took

    assert simulate(run()) <= 0.102


def test_steady_short_invocations_get_more_environments() -> None:
    async def run() -> int:
        simulation = Simulation(0.05)
        # Twice as much as one environment can do, for ten seconds.
        for _ in range(1000):
            asyncio.ensure_future(simulation.invoke(0.02))  # noqa: RUF006 - the last one is waited for
            await asyncio.sleep(0.01)
        took = await simulation.invoke(0.02)
        assert took < 0.5
        created = len(simulation.environments)
        await simulation.pool.stop()
        return created

    assert 2 <= simulate(run()) <= 6


def test_second_function_starts_before_the_third_environment_of_the_first() -> None:
    async def run() -> list[str]:
        starts = Starts(2)
        order: list[str] = []
        first, second = Simulation(0.3, starts), Simulation(0.3, starts)
        calls = []
        for name, simulation in (("first", first), ("second", second)):
            simulation.started = partial(order.append, name)
            calls += [asyncio.ensure_future(simulation.invoke(600.0)) for _ in range(8)]
            await asyncio.sleep(0.25)  # the first one has both permits, and waits for a third
        await asyncio.sleep(30)
        for call in calls:
            call.cancel()
        await first.pool.stop()
        await second.pool.stop()
        return order

    order = simulate(run())
    assert order[:3] == ["first", "first", "second"]
    assert sorted(order) == ["first"] * 8 + ["second"] * 8


def test_busy_machine_starts_fewer_environments() -> None:
    async def run(has_time: bool) -> int:
        simulation = Simulation(0.05, has_time=lambda: has_time)
        # Eight times as much as one environment can do.
        await asyncio.gather(*(simulation.invoke(0.05) for _ in range(400)))
        created = len(simulation.environments)
        await simulation.pool.stop()
        return created

    assert simulate(run(False)) <= 0.7 * simulate(run(True))


@pytest.mark.parametrize(
    ("waits_for_the_outside", "least", "most"),
    [(False, 1, max(2, CORES)), (True, max(2, CORES) + 1, MANY * max(2, CORES))],
)
def test_backlog_starts_no_more_environments_than_cores_when_only_the_processor_is_waited_for(
    waits_for_the_outside: bool, least: int, most: int
) -> None:
    async def run() -> int:
        simulation = Simulation(0.05, has_time=lambda: False, waits_for_the_outside=waits_for_the_outside)
        await asyncio.gather(*(simulation.invoke(1.5) for _ in range(100)))
        created = len(simulation.environments)
        await simulation.pool.stop()
        return created

    assert least <= simulate(run()) <= most


@pytest.mark.parametrize(("has_time", "expected"), [(True, 3), (False, 2)])
def test_busy_machine_starts_no_other_environment_during_a_first_invocation(
    has_time: bool, expected: int
) -> None:
    async def run() -> int:
        # The first invocation of each takes long: it makes its clients. Nothing comes free meanwhile.
        simulation = Simulation(0.1, has_time=lambda: has_time)
        calls = [asyncio.ensure_future(simulation.invoke(1.5)) for _ in range(3)]
        await asyncio.sleep(1.0)
        created = len(simulation.environments)
        for call in calls:
            call.cancel()
        await simulation.pool.stop()
        return created

    assert simulate(run()) == expected


def test_busy_machine_starts_another_environment_for_a_long_first_invocation() -> None:
    async def run() -> int:
        simulation = Simulation(0.1, has_time=lambda: False, waits_for_the_outside=True)
        calls = [asyncio.ensure_future(simulation.invoke(600.0)) for _ in range(8)]
        await asyncio.sleep(60)
        created = len(simulation.environments)
        for call in calls:
            call.cancel()
        await simulation.pool.stop()
        return created

    assert simulate(run()) == 8


@pytest.mark.parametrize("seconds", [9.0, 13.0, 60.0])
def test_busy_machine_starts_no_environment_beside_invocations_that_it_stretches(seconds: float) -> None:
    async def run() -> int:
        simulation = Simulation(0.1, has_time=lambda: False)
        await simulation.invoke(0.5)
        # Batches of ten orders, whose calls a saturated machine answers slowly.
        await asyncio.gather(*(simulation.invoke(seconds) for _ in range(5 * max(2, CORES))))
        created = len(simulation.environments)
        await simulation.pool.stop()
        return created

    assert simulate(run()) == max(2, CORES)


def test_busy_machine_starts_environments_for_invocations_that_wait_for_each_other() -> None:
    async def run() -> float:
        simulation = Simulation(0.1, has_time=lambda: False, waits_for_the_outside=True)
        polls = [asyncio.ensure_future(simulation.invoke(600.0)) for _ in range(max(2, CORES))]
        await asyncio.sleep(1.0)
        took = await simulation.invoke(0.001)
        for poll in polls:
            poll.cancel()
        await simulation.pool.stop()
        return took

    assert simulate(run()) <= 12.0


class TestStalled:
    @pytest.fixture
    def forked(self) -> bool:
        return True

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(scan_seconds=0.0, patience_seconds=600.0, stall_seconds=0.01)

    @pytest.fixture
    def processor(self) -> Processor:
        # One that nobody knows anything of, and so has time: other tests must not decide this one.
        return Processor(times=lambda: None)

    async def test_twenty_waiting_invocations_do_not_delay_another(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        bench.define("wait", "basic.rendezvous_or_echo")
        event = f'{{"folder": "{tmp_path}", "count": 99}}'.encode()
        waiting = [asyncio.create_task(bench.service.invoke("wait", event)) for _ in range(20)]
        await until(lambda: len(names_in(tmp_path)) == 20)
        assert value(await bench.service.invoke("wait", b'{"plain": 1}')) == {"plain": 1}
        assert not any(task.done() for task in waiting)
        for number in range(99):
            (tmp_path / f"other-{number}").touch()
        assert len({value(await task) for task in waiting}) == 20
