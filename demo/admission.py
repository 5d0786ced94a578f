"""How many orders are on their way at once: what the machine takes, found by how long they need."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections.abc import AsyncIterator, Callable


class Admission:
    """Lets orders in by and by: more while they get through soon, fewer when they do not.

    The limit grows by one for each round of orders that got through in time and is halved when one did not,
    as TCP's congestion window is. Neither the number of cores nor how fast they are need be known: of a
    container that is given half a core neither is.

    Parameters
    ----------
    soon
        Seconds within which an order gets through where the machine has time for it.
    first, most
        The limit in the beginning (one for each core, eight at most), and the highest.
    clock
        In seconds.

    Examples
    --------
    >>> admission = Admission(first=2)
    >>> admission.through(0.5), admission.through(0.5)
    (None, None)
    >>> admission.limit
    3
    >>> admission.through(9.0)
    >>> admission.limit
    1
    """

    def __init__(
        self,
        *,
        soon: float = 1.5,
        first: int | None = None,
        most: int = 24,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._soon = soon
        self._most = most
        self._clock = clock
        self._window = float(first or min(8, len(os.sched_getaffinity(0))))
        self._inside = 0
        self._changed = asyncio.Condition()
        self._narrowed = -float("inf")

    @property
    def limit(self) -> int:
        """How many may be on their way now."""
        return math.floor(self._window + 1e-9)  # three thirds are one

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and keep it until the block ends."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.limit)
            self._inside += 1
        start = self._clock()
        try:
            yield
        finally:
            self._inside -= 1
            self.through(self._clock() - start, start=start)
            async with self._changed:
                self._changed.notify_all()

    def through(self, seconds: float, *, start: float | None = None) -> None:
        """Take note how long an order has needed."""
        if seconds <= self._soon:
            self._window = min(self._window + 1 / self._window, self._most)
        elif start is None or start >= self._narrowed:
            # Those that were let in before have met the same crowd: they say nothing new.
            self._window = max(self._window / 2, 1.0)
            self._narrowed = self._clock()
