"""Whether the machine's processors have time to spare."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

STAT = Path("/proc/stat")


def read_times() -> tuple[int, int] | None:
    """Return idle and total processor time since the boot, in the kernel's ticks; None if there are none.

    Only the processors count that this process may run on: pinned to one core, it has no time where
    that one is busy, however idle the others are. Source: proc_stat(5). Waiting for a disk counts as
    idle: the processor could do something else.
    """
    try:
        lines = STAT.read_text("ascii").splitlines()
        usable = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        rows = [line.split() for line in lines if line.startswith("cpu")]
        ticks = [[int(part) for part in row[1:9]] for row in rows if row[0] in usable]
        if not ticks:
            return None
        return sum(row[3] + row[4] for row in ticks), sum(map(sum, ticks))
    except (OSError, ValueError, IndexError, AttributeError):  # no such file, or no such call: not Linux
        return None


class Processor:
    """Distinguishes an environment that waits for something from one that waits for the processor.

    Parameters
    ----------
    times : callable
        Returns idle and total time so far, or None.
    clock : callable
        A monotonic clock; the kernel counts in steps of 10 ms, so looks lie `SPAN` apart.

    Examples
    --------
    >>> Processor().has_time() in {True, False}
    True
    """

    SPAN = 0.1
    SPARE = 0.15

    def __init__(
        self,
        times: Callable[[], tuple[int, int] | None] = read_times,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._times = times
        self._clock = clock
        self._looked = clock()
        self._previous = times()
        self._answer = True

    def has_time(self) -> bool:
        """Return whether enough of the time since the last look was idle; True where it is unknown."""
        now = self._clock()
        if now - self._looked < self.SPAN:
            return self._answer
        current, before = self._times(), self._previous
        self._looked, self._previous = now, current
        if current is None or before is None or current[1] <= before[1]:
            self._answer = True
        else:
            self._answer = (current[0] - before[0]) / (current[1] - before[1]) >= self.SPARE
        return self._answer
