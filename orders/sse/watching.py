"""Waiting for news: from a feed that pushes, and by reading while there is none.

A feed that is lost is opened again, with growing pauses; what happened meanwhile is found by reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from orders.model import OrderStatusChanged


class FeedLost(Exception):
    """The feed cannot be opened, or ended."""


class Feed(Protocol):
    """Pushes changes of orders: of all that the stream is about, and perhaps of others."""

    def open(self) -> None:
        """Return when every change from now on will come. Raises ``FeedLost``."""
        ...

    def receive(self, seconds: float) -> OrderStatusChanged | None:
        """Return the next change; None when none came in time. Raises ``FeedLost``."""
        ...

    def close(self) -> None:
        """Close it, whatever it is like."""
        ...


class News(Enum):
    """What there is besides a change."""

    NONE = "nothing"
    READ = "something may have happened: read"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When to read without a notification, in seconds.

    Attributes
    ----------
    poll
        Between two reads while there is no feed.
    quiet
        Read once more after such a silence of the feed: the push that is missing may have been the last.
    pause, longest_pause
        Between two tries to open the feed: at first, and in the end.
    """

    poll: float = 1.0
    quiet: float = 60.0
    pause: float = 1.0
    longest_pause: float = 30.0


class Watch:
    """Waits for news, from a feed where there is one.

    Parameters
    ----------
    feed : Feed, optional
        Opened at the first wait.
    monotonic, sleep : callable
        The clock, and what waits by it.
    """

    def __init__(
        self,
        feed: Feed | None,
        rhythm: Rhythm | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._feed = feed
        self._rhythm = rhythm or Rhythm()
        self._monotonic = monotonic
        self._sleep = sleep
        self._open = False
        self._pause = self._rhythm.pause
        self._try_at = self._last = self._opened = monotonic()

    def next(self, seconds: float) -> OrderStatusChanged | News:
        """Return what happens next, within some seconds.

        `News.READ` comes whenever the feed was opened or lost, and at each interval while there is none.
        """
        if self._feed is not None and self._open:
            return self._received(self._feed, seconds)
        if self._feed is not None and self._monotonic() >= self._try_at:
            try:
                self._feed.open()
            except FeedLost:
                self._wait_before_the_next_try()
            else:
                self._open, self._opened = True, self._monotonic()
            return self._read()
        due = self._last + self._rhythm.poll - self._monotonic()
        if due > seconds:
            self._sleep(seconds)
            return News.NONE
        self._sleep(max(0.0, due))
        return self._read()

    def close(self) -> None:
        """Close the feed."""
        if self._feed is not None:
            self._feed.close()

    def _received(self, feed: Feed, seconds: float) -> OrderStatusChanged | News:
        try:
            change = feed.receive(seconds)
        except FeedLost:
            feed.close()
            self._open = False
            if self._monotonic() - self._opened >= self._rhythm.longest_pause:
                self._try_at, self._pause = self._monotonic(), self._rhythm.pause
            else:  # it did not work: opening it again at once might do nothing else
                self._wait_before_the_next_try()
            return self._read()
        if change is not None:
            self._last = self._monotonic()
            return change
        if self._monotonic() - self._last >= self._rhythm.quiet:
            return self._read()
        return News.NONE

    def _wait_before_the_next_try(self) -> None:
        self._try_at = self._monotonic() + self._pause
        self._pause = min(self._rhythm.longest_pause, 2 * self._pause)

    def _read(self) -> News:
        self._last = self._monotonic()
        return News.READ
