"""Changes on one channel, one call after another, and what became of each.

Most channels take one change a call, and a chain has those of one order. A `BatchChannel` takes many of
all orders, and has one chain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orders.errors import PublishLate
from orders.model import OrderStatusChanged
from orders.ports import Channel
from resolvers.batching import BatchChannel


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A change that a channel did not take."""

    change: OrderStatusChanged
    channel: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Attempt:
    """One publish: from when to when, in seconds since 1970, and what went wrong."""

    change: OrderStatusChanged
    channel: str
    started: float
    ended: float
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    changes: Sequence[OrderStatusChanged]
    attempts: Sequence[Attempt]
    undelivered: Sequence[Undelivered]


@dataclass
class Chain:
    """Changes on one channel.

    The thread that publishes and the one that watches the time share it: the first to close it
    decides what was delivered.
    """

    channel: Channel
    changes: Sequence[OrderStatusChanged]
    deadline: float
    undelivered: list[Undelivered] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    due: float | None = None
    _started: float = 0.0
    _current: int = 0
    _next: int = 0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Make one call after another, until one is late or another thread closes the chain."""
        while changes := self._begin():
            due = self.due
            try:
                assert due is not None
                refused = self._call(changes, due)
            except Exception as error:
                refused = dict.fromkeys(range(len(changes)), error)
            self._end(changes, refused)

    def hand_back(self, error: Exception) -> None:
        """Hand everything back before anything has begun."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self.undelivered += [Undelivered(c, self.channel.name, error) for c in self.changes]

    def close(self) -> None:
        """Give up: everything from the current call on counts as late."""
        with self._lock:
            if self.due is None or self._closed:
                self._close_from(self._next)
            else:
                late = PublishLate(self.deadline)
                self._note(self.changes[self._current : self._next], dict.fromkeys(range(self._size), late))
                self._close_from(self._current)

    @property
    def _size(self) -> int:
        return self.channel.batch_size if isinstance(self.channel, BatchChannel) else 1

    def _call(self, changes: Sequence[OrderStatusChanged], due: float) -> Mapping[int, Exception]:
        if isinstance(self.channel, BatchChannel):
            return self.channel.publish_batch(changes, deadline=due)
        self.channel.publish(changes[0], deadline=due)
        return {}

    def _begin(self) -> Sequence[OrderStatusChanged]:
        with self._lock:
            if self._closed or self._next == len(self.changes):
                self.due = None
                return ()
            self._current, self._next = self._next, min(self._next + self._size, len(self.changes))
            self.due, self._started = time.monotonic() + self.deadline, time.time()
            return self.changes[self._current : self._next]

    def _end(self, changes: Sequence[OrderStatusChanged], refused: Mapping[int, Exception]) -> None:
        with self._lock:
            if self._closed:
                return
            self._note(changes, refused)
            self.undelivered += [
                Undelivered(changes[place], self.channel.name, error) for place, error in refused.items()
            ]
            if any(isinstance(error, PublishLate) for error in refused.values()):
                self._close_from(self._next)

    def _note(self, changes: Sequence[OrderStatusChanged], refused: Mapping[int, Exception]) -> None:
        self.due, name, now = None, self.channel.name, time.time()
        self.attempts += [
            Attempt(change, name, self._started, now, refused.get(place))
            for place, change in enumerate(changes)
        ]

    def _close_from(self, index: int) -> None:
        if not self._closed:
            self._closed = True
            late = PublishLate(self.deadline)
            self.undelivered += [Undelivered(c, self.channel.name, late) for c in self.changes[index:]]
