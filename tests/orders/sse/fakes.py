"""A clock that only waiting moves, and a scripted feed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from orders.model import OrderStatusChanged
from orders.sse.watching import FeedLost


class Time:
    """Moves when a caller waits; what is due then happens first."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._due: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """Have something happen after so many seconds from the beginning."""
        self._due.append((1000.0 + seconds, act))

    def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, all of it or until something is so."""
        end = self.now + seconds
        while not until():
            due = sorted((at for at, _ in self._due if at <= end))
            if not due:
                self.now = end
                return
            self.now = max(self.now, due[0])
            acts = [pair for pair in self._due if pair[0] == due[0]]
            self._due = [pair for pair in self._due if pair[0] != due[0]]
            for _, act in acts:
                act()


class ScriptedFeed:
    """A feed whose pushes, losses and refusals a test decides."""

    def __init__(self, time: Time) -> None:
        self.refusals = 0
        self.opened = 0
        self.closed = 0
        self.is_open = False
        self._time = time
        self._coming: deque[OrderStatusChanged | None] = deque()

    def push(self, change: OrderStatusChanged) -> None:
        """Send a change, which is lost while the feed is closed."""
        if self.is_open:
            self._coming.append(change)

    def lose(self) -> None:
        if self.is_open:
            self._coming.append(None)

    def open(self) -> None:
        self.opened += 1
        if self.refusals:
            self.refusals -= 1
            raise FeedLost("refused")
        self.is_open = True

    def receive(self, seconds: float) -> OrderStatusChanged | None:
        assert self.is_open
        self._time.move(seconds, until=lambda: bool(self._coming))
        if not self._coming:
            return None
        coming = self._coming.popleft()
        if coming is None:
            raise FeedLost("lost")
        return coming

    def close(self) -> None:
        self.closed += 1
        self.is_open = False
        self._coming.clear()
