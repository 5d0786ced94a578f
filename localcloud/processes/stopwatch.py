"""How long a call has really taken: what only a small machine makes it wait for does not count.

AWS has a processor for every environment, and its services answer in milliseconds. Here they share
a laptop's cores, so a limit in seconds would strike orders that AWS never would have struck. A
`Stopwatch` therefore leaves out the time in which the function waited for a processor, and the time
in which the local cloud's own processes (which answer the function's calls) were at work or waited
for one. It starts when an environment takes the invocation: waiting for one counts for nothing.

Source of the figures: ``/proc/PID/schedstat``, whose first two numbers are nanoseconds on a processor
and nanoseconds on a run queue (https://docs.kernel.org/scheduler/sched-stats.html). Where the system
does not report them, all time counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from localcloud.processes.proc_file import ProcFile

# A limit strikes after ten times its seconds at the latest, however busy the machine is.
LONGEST_STRETCH = 10.0
# A process has not run for less than this by the kernel's count without it being worth another look.
SHORTEST_LOOK = 0.05


class ProcessTimes(NamedTuple):
    """What the kernel has counted for a process, in seconds."""

    at_work: float
    on_queue: float


def process_times(pid: int) -> ProcessTimes | None:
    """Return a process's times so far; None when it is gone or the system does not report them.

    Examples
    --------
    >>> import os
    >>> times = process_times(os.getpid())
    >>> times is None or times.at_work > 0
    True
    """
    file = ProcFile(pid, "schedstat")
    try:
        return parse_times(file.read())
    finally:
        file.close()


def parse_times(schedstat: bytes | None) -> ProcessTimes | None:
    """Return the times that a ``schedstat`` holds; None where there is none.

    Examples
    --------
    >>> parse_times(b"1500000000 250000000 7")
    ProcessTimes(at_work=1.5, on_queue=0.25)
    """
    try:
        work, queue, _ = (schedstat or b"").split()
    except ValueError:
        return None
    return ProcessTimes(int(work) / 1e9, int(queue) / 1e9)


ReadTimes = Callable[[int], ProcessTimes | None]
ReadOwnTimes = Callable[[], ProcessTimes | None]


class Overhead:
    """The time in which the local cloud's own processes kept everybody waiting.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    read : callable
        Returns a process's times.

    Notes
    -----
    A call passes one of the processes after the other, so the busiest of them counts, not their sum.
    """

    def __init__(self, clock: Callable[[], float], read: ReadTimes = process_times) -> None:
        self.clock = clock
        self._read = read
        self._looked = clock()
        self._before: dict[int, ProcessTimes | None] = {}
        self._total = 0.0

    def watch(self, pid: int) -> None:
        """Count this process from now on."""
        self._before[pid] = self._read(pid)

    def seconds(self) -> float:
        """Return the time so far, at most `SHORTEST_LOOK` old."""
        now = self.clock()
        elapsed = now - self._looked
        if elapsed >= SHORTEST_LOOK:
            self._looked = now
            self._total += min(elapsed, max(map(self._advance, self._before), default=0.0))
        return self._total

    def _advance(self, pid: int) -> float:
        before, now = self._before[pid], self._read(pid)
        self._before[pid] = now
        if before is None or now is None:
            return 0.0
        return max(0.0, sum(now) - sum(before))


class Stopwatch:
    """Counts the seconds of one call that it would have taken on a large machine.

    Parameters
    ----------
    read : callable or None
        Returns the times of the process that is called; None for the local cloud's own.
    overhead : Overhead
        What the local cloud itself adds.
    clock : callable
        Monotonic seconds, those of the overhead.
    """

    def __init__(self, read: ReadOwnTimes | None, overhead: Overhead, clock: Callable[[], float]) -> None:
        self._overhead = overhead
        self._clock = clock
        self._read = read
        self._started = clock()
        self._overhead_before = overhead.seconds()
        self._before = None if read is None else read()

    def seconds(self) -> float:
        """Return the seconds that count: the call's own, and at least a tenth of those that a clock shows."""
        return max(self.own(), (self._clock() - self._started) / LONGEST_STRETCH)

    def own(self) -> float:
        """Return the seconds that nothing excuses; these are at least those on a processor."""
        elapsed = self._clock() - self._started
        excused = self._overhead.seconds() - self._overhead_before
        worked = 0.0
        now = None if self._read is None else self._read()
        if now is not None and self._before is not None:
            worked = now.at_work - self._before.at_work
            excused += now.on_queue - self._before.on_queue
        return max(worked, elapsed - excused)


class TimeLimits:
    """The limits of what one environment does at the moment."""

    def __init__(self, overhead: Overhead) -> None:
        self._overhead = overhead
        self._stopwatch: Stopwatch | None = None
        self._limits: list[TimeLimit] = []

    def seconds(self) -> float:
        """Return the seconds that count since the limits were set; they go on when those are lifted."""
        return 0.0 if self._stopwatch is None else self._stopwatch.seconds()

    def own(self) -> float:
        """Return those that nothing excuses, of the same time: on a processor, or for something outside."""
        return 0.0 if self._stopwatch is None else self._stopwatch.own()

    def set(self, read: ReadOwnTimes | None, *limits: tuple[float | None, Callable[[], None]]) -> None:
        """Begin to count, as `Stopwatch` does; each limit is its seconds, or None, and what to call then."""
        self._stopwatch = stopwatch = Stopwatch(read, self._overhead, self._overhead.clock)
        self._limits = [
            TimeLimit(stopwatch, seconds, strike) for seconds, strike in limits if seconds is not None
        ]

    def lift(self) -> None:
        """Let none of them strike."""
        for limit in self._limits:
            limit.cancel()
        self._limits = []


class TimeLimit:
    """Calls back once a stopwatch has counted so many seconds. Cancel it when it is not needed any more."""

    def __init__(self, stopwatch: Stopwatch, seconds: float, strike: Callable[[], None]) -> None:
        self._stopwatch = stopwatch
        self._seconds = seconds
        self._strike = strike
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._look)

    def cancel(self) -> None:
        """Never strike."""
        self._timer.cancel()

    def _look(self) -> None:
        remaining = self._seconds - self._stopwatch.seconds()
        if remaining <= 0.001:  # uvloop's timers come up to a millisecond early
            self._strike()
        else:
            self._timer = self._loop.call_later(max(remaining, SHORTEST_LOOK), self._look)
