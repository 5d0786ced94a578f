"""A clock with timers that can be put ahead: those that are armed already move with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from localcloud.clock.pace import Pace


class Timer:
    """A call that is to come. Cancel it when it is not needed any more.

    Attributes
    ----------
    due
        When, by its clock, in seconds since 1970.
    """

    __slots__ = ("_call", "_clock", "_handle", "due", "loop", "visible")

    def __init__(
        self, clock: MovableClock, seconds: float, call: Callable[[], None], *, visible: bool
    ) -> None:
        self._clock = clock
        self._call = call
        self._handle: asyncio.Handle | None = None
        self.loop = asyncio.get_running_loop()
        self.due = clock.now() + seconds
        self.visible = visible
        self.arm(seconds)

    def arm(self, seconds: float) -> None:
        """Set it to so many of its clock's seconds from now."""
        if self._handle is not None:
            self._handle.cancel()
        # Those that are due at once come in the order in which they were.
        self._handle = (
            self.loop.call_soon(self._fire)
            if seconds <= 0
            else self.loop.call_later(seconds / self._clock.pace.factor, self._fire)
        )

    def _fire(self) -> None:
        if self._clock.pace.factor != 1:
            # A loop's millisecond may be minutes here: it must not come before its time.
            remaining = self.due - self._clock.now()
            if remaining > 0:
                self.arm(remaining)
                return
        self._handle = None
        self._clock.forget(self)
        self._call()

    def cancel(self) -> None:
        """Never call."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
            self._clock.forget(self)


class Busy:
    """Counts the blocks that it is entered for and that last.

    Examples
    --------
    >>> busy = Busy()
    >>> with busy, busy:
    ...     busy.number
    2
    >>> busy.number
    0
    """

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> None:
        self.number += 1

    def __exit__(self, *_raised: object) -> None:
        self.number -= 1


class MovableClock:
    """Returns the time and lets it pass, as the machine's clock does until it is moved.

    Attributes
    ----------
    pace
        How it runs beside the machine's.
    calls
        Counts the calls to services that orchestrations wait for at this moment.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self.calls = Busy()
        self._timers: set[Timer] = set()

    def __len__(self) -> int:
        return len(self._timers)

    def now(self) -> float:
        """Return seconds since 1970."""
        return self.pace.at(self.real())

    def real(self) -> float:
        """Return what the machine's clock shows."""
        return time.time()

    def call_later(self, seconds: float, call: Callable[[], None], *, visible: bool = True) -> Timer:
        """Call after so many seconds of this clock.

        Parameters
        ----------
        visible
            Whether `next` speaks of it.
        """
        timer = Timer(self, seconds, call, visible=visible)
        self._timers.add(timer)
        return timer

    def forget(self, timer: Timer) -> None:
        """Drop a timer that has called, or never will."""
        self._timers.discard(timer)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end() -> None:
            if not passed.done():
                passed.set_result(None)

        timer = self.call_later(seconds, end)
        try:
            await passed
        finally:
            timer.cancel()

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[None]:
        """Raise TimeoutError when the block takes longer; None sets no limit."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as scope:
            if seconds is None:
                yield
                return
            timer = self.call_later(seconds, lambda: scope.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()

    def next(self) -> float | None:
        """Return when the next timer is due, in seconds since 1970."""
        loop = asyncio.get_running_loop()
        return min(
            (timer.due for timer in self._timers if timer.visible and timer.loop is loop), default=None
        )

    def begin(self, ahead: float) -> None:
        """Be ahead by some seconds from the start, before any timer is armed."""
        self.pace = Pace(0.0, ahead)

    def set(self, pace: Pace) -> None:
        """Run so from now on; every timer that is armed moves with it."""
        self.pace = pace
        loop, now = asyncio.get_running_loop(), self.now()
        armed = [timer for timer in self._timers if timer.loop is loop]
        for timer in sorted(armed, key=lambda timer: timer.due):
            timer.arm(timer.due - now)


CLOCK: Final = MovableClock()
"""This process's."""
