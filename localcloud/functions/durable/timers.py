"""One timer for all executions: a heap of moments, and a single call of the event loop for the first."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from localcloud.clock import MovableClock, Timer

# The loop's clock and the machine's may drift apart, and a laptop may sleep: look at least this often.
LONGEST_SLEEP = 60.0


class Timers:
    """Calls back with a key when its moment has come. A key has one moment: a new one replaces it."""

    def __init__(self, clock: MovableClock, due: Callable[[str], None]) -> None:
        self._clock = clock
        self._call = due
        self._heap: list[tuple[float, int, str]] = []
        self._moments: dict[str, tuple[float, int]] = {}
        self._numbers = itertools.count()
        self._handle: Timer | None = None
        self._armed = 0.0

    def set(self, key: str, at: float) -> None:
        """Call back at ``at`` (seconds since 1970)."""
        current = self._moments.get(key)
        if current is not None and current[0] == at:
            return
        number = next(self._numbers)
        self._moments[key] = (at, number)
        heapq.heappush(self._heap, (at, number, key))
        if len(self._heap) > 64 and len(self._heap) > 2 * len(self._moments):
            self._heap = [(moment, n, name) for name, (moment, n) in self._moments.items()]
            heapq.heapify(self._heap)
        self._arm()

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._moments.pop(key, None)

    def stop(self) -> None:
        """Make no more calls."""
        self._moments.clear()
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        if not self._heap:
            return
        first = self._heap[0][0]
        if self._handle is not None:
            if first >= self._armed:
                return
            self._handle.cancel()
        self._armed = first
        wait = min(max(0.0, first - self._clock.now()), LONGEST_SLEEP * self._clock.pace.factor)
        self._handle = self._clock.call_later(wait, self._ring, visible=False)

    def _ring(self) -> None:
        self._handle = None
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            at, number, key = heapq.heappop(self._heap)
            if self._moments.get(key) == (at, number):
                del self._moments[key]
                self._call(key)
        self._arm()
