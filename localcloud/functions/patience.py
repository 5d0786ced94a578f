"""When an invocation that finds no environment idle has waited enough for one to come free."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SCARCE: Final = 4
"""So many times longer an invocation waits where the processor has no time to spare for a start."""
LONGEST: Final = 10.0
"""Seconds after which more cores than there are make it wait no longer: it may wait for something else.
Where no environment comes free, those are seconds of an invocation's own."""
CALM: Final = 0.5
"""Seconds for which the processor must have had time: between two bursts of work it has some for a moment."""
BRISK: Final = 1.0
"""Seconds of its own that an invocation may take for its function to gain nothing from another environment
while the processor has no time: those in which the function works, or waits for the outside."""
MANY: Final = 4
"""More environments a core than these gain nothing then either, whatever they take, while some come free."""
WEIGHT: Final = 0.25
"""What the last invocation counts for in the mean of those seconds."""
CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Patience:
    """Decides when another environment is worth its start.

    AWS starts one for every invocation that finds none idle. That has a machine's cores start
    processes instead of handling what waits, and takes memory each time. So here an invocation waits
    while environments come free: most are handled by then. There is an end to it, which comes
    the later the more environments there are. When none comes free, because the function itself
    waits for something (a long poll), there is nothing to wait for, however many there are: unless
    it is the processor that they wait for, which another one would only make scarcer. Then all wait
    longer: an import of 2,000 orders on two busy cores had 16 environments of one function otherwise.
    What is more than the cores can run gains nothing there, so the wait grows with the square. And where
    the function's invocations take little time of their own and come to their end, they wait for the
    processor alone: then as many environments as cores are enough until it has time again. Of any other
    function ``MANY`` times as many are, while some come free.

    Parameters
    ----------
    per_environment
        Seconds that an invocation waits for each environment that there is.
    stall
        Seconds without any environment coming free, after which none is expected to.
    has_time : callable
        Whether the processor has time to spare.
    cores
        How many processors this process may run on.

    Examples
    --------
    >>> patience = Patience(per_environment=0.1, stall=0.2)
    >>> patience.moved(10.0)
    >>> patience.due(since=20.0, alive=20, now=20.0)  # nothing has moved for ten seconds: now
    10.2
    >>> patience.moved(19.9)
    >>> round(patience.due(since=20.0, alive=20, now=20.0), 1)
    20.1
    """

    per_environment: float
    stall: float
    has_time: Callable[[], bool] = lambda: True
    cores: int = CORES
    _moved: float = -math.inf
    _short: float = -math.inf  # when the processor had no time to spare, last
    _own: float = math.inf  # what an invocation takes by itself, in the mean; not known of the first ones

    def moved(self, now: float) -> None:
        """Note that an environment came free of an invocation, or that an idle one was taken just now."""
        self._moved = now

    def handled(self, now: float, own: Callable[[], float]) -> None:
        """Note that an environment came free; ``own`` returns how long the function itself took."""
        self._moved = now
        if not self.has_time():  # who has time need not know
            self._short = now
            seconds = own()
            self._own = seconds if self._own == math.inf else self._own + WEIGHT * (seconds - self._own)

    def due(
        self, *, since: float, alive: int, now: float, own: Callable[[], float] = lambda: math.inf
    ) -> float:
        """Return when to start another environment, or to ask again, for one that waits since ``since``.

        ``own`` returns how long the longest of the running invocations has taken by itself.
        """
        if not self.has_time():
            self._short = now
        short = now - self._short < CALM
        usual = own() if self._own == math.inf else self._own
        enough = max(2, self.cores) * (1 if usual < BRISK else MANY)
        if short and alive >= enough and (now < self._moved + LONGEST or own() < LONGEST):
            return now + self.stall
        patient = since + self.per_environment * alive
        if short:
            longer = SCARCE * self.per_environment * alive
            patient = since + max(longer, min(LONGEST, longer * alive / self.cores))
        stalled = self._moved + self.stall
        if stalled <= now < patient and short:
            stalled = now + self.stall
        return min(patient, stalled)
