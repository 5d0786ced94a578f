"""The time machine: moves the clocks of all processes together, from one timer to the next.

A jump passes every timer on its way at that timer's own moment, in order, and lets what it sets off come
to rest before it goes on: a wait of an hour before one of two ends first, and what follows it begins an
hour, not a day, later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from localcloud.clock.clock import MovableClock
from localcloud.clock.pace import Pace

LONGEST_JUMP: Final = 30.0
"""So many of the machine's seconds go by at most before the clock jumps the rest at once."""
PATIENCE: Final = 2.0
"""So many of them a jump waits at a timer for work to come to rest; with work that never does, only once."""
IMPATIENCE: Final = 0.1
LOOK: Final = 0.005
AFTER: Final = 0.001
"""A timer is passed by this, for clocks that round."""
BIGGEST_FACTOR: Final = 100_000.0


class NothingWaits(Exception):
    """There is no timer to jump to."""


class Status(NamedTuple):
    """What a process knows.

    Attributes
    ----------
    next
        When something happens by itself next.
    working
        How many functions or calls are at work.
    callers
        How many of those that other processes count only wait for the end of an execution here.
    """

    next: float | None = None
    working: int = 0
    callers: int = 0


class Process(Protocol):
    """Another process whose orchestrations go by the clock."""

    async def look(self, pace: Pace | None = None) -> Status:
        """Run at a pace from now on, if one is given, and report what is to come."""


class TimeMachine:
    """Moves a process's clock, and those of others.

    Parameters
    ----------
    keep
        Takes by how many seconds the clock is ahead, after each move and while it runs faster.
    """

    def __init__(
        self,
        clock: MovableClock,
        others: Sequence[Process],
        keep: Callable[[float], None] = lambda _ahead: None,
    ) -> None:
        self._clock = clock
        self._others = others
        self._keep = keep
        self._moving = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    async def status(self) -> Status:
        """Return what all processes know together."""
        return await self._look()

    async def jump(self, seconds: float | None) -> bool:
        """Go ahead by some seconds, or to the next timer; return whether everything has come to rest.

        Raises
        ------
        NothingWaits
            There is no timer to jump to.
        """
        clock, loop = self._clock, asyncio.get_running_loop()
        async with self._moving:
            last = loop.time() + LONGEST_JUMP
            start, following = clock.pace, await self._next() if seconds is None else 0.0
            patience, over = PATIENCE, False
            while not over:
                due = (await self._look()).next
                hurried = loop.time() > last
                # What the jump itself takes is not part of it.
                target = following if seconds is None else start.at(clock.real()) + seconds
                over = due is None or hurried or due >= target
                moment = target if due is None or over else due
                await self._run(clock.pace.moved(clock.real(), max(moment + AFTER, clock.now())))
                settled = await self._settled(patience)
                patience = patience if settled else IMPATIENCE
            return settled and not hurried

    async def run_at(self, factor: float) -> None:
        """Let the clock run so many times faster than the machine's."""
        async with self._moving:
            await self._run(self._clock.pace.at_factor(self._clock.real(), factor))

    async def _next(self) -> float:
        due = (await self._look()).next
        if due is None:
            raise NothingWaits
        return max(due, self._clock.now())

    async def _look(self, pace: Pace | None = None) -> Status:
        # The others first: what they wait for is due there before this process needs it.
        statuses = [await other.look(pace) for other in self._others]
        if pace is not None:
            self._clock.set(pace)
        callers = sum(status.callers for status in statuses)
        statuses.append(Status(self._clock.next(), max(0, self._clock.calls.number - callers)))
        dues = [status.next for status in statuses if status.next is not None]
        return Status(min(dues, default=None), sum(status.working for status in statuses), callers)

    async def _run(self, pace: Pace) -> None:
        await self._look(pace)
        self._write()
        if pace.factor != 1 and self._keeping is None:
            self._keeping = asyncio.create_task(self._write_on())

    async def _settled(self, patience: float) -> bool:
        loop, quiet = asyncio.get_running_loop(), 0
        until = loop.time() + patience
        while quiet < 2 and loop.time() < until:
            await asyncio.sleep(LOOK)
            status = await self._look()
            idle = status.working == 0 and (status.next is None or status.next > self._clock.now())
            quiet = quiet + 1 if idle else 0
        return quiet == 2

    def _write(self) -> None:
        with suppress(OSError):
            self._keep(self._clock.pace.ahead(self._clock.real()))

    async def _write_on(self) -> None:
        while self._clock.pace.factor != 1:
            await asyncio.sleep(1)
            self._write()
        self._keeping = None
