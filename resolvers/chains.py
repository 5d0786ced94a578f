"""The changes of one order on one channel, one after another, and what became of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from orders.errors import PublishLate
from orders.model import OrderStatusChanged
from orders.ports import Channel


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
    began: float
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
    """The changes of one order on one channel.

    The thread that publishes and the one that watches the time share it: whoever closes it first
    decides what was delivered.
    """

    channel: Channel
    changes: Sequence[OrderStatusChanged]
    deadline: float
    undelivered: list[Undelivered] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    due: float | None = None
    _began: float = 0.0
    _next: int = 0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Publish one change after another, until one is late or somebody closes the chain."""
        while (change := self._begin()) is not None:
            due = self.due
            try:
                assert due is not None
                self.channel.publish(change, deadline=due)
            except Exception as error:
                self._fail(change, error)
            else:
                self._succeed(change)

    def hand_back(self, error: Exception) -> None:
        """Hand everything back before anything has begun."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self.undelivered += [Undelivered(c, self.channel.name, error) for c in self.changes]

    def close(self) -> None:
        """Give up: everything from the current change on counts as late."""
        with self._lock:
            if self.due is None or self._closed:
                self._close_from(self._next)
            else:
                self._note(self.changes[self._next - 1], PublishLate(self.deadline))
                self._close_from(self._next - 1)

    def _begin(self) -> OrderStatusChanged | None:
        with self._lock:
            if self._closed or self._next == len(self.changes):
                self.due = None
                return None
            change = self.changes[self._next]
            self._next += 1
            self.due, self._began = time.monotonic() + self.deadline, time.time()
            return change

    def _succeed(self, change: OrderStatusChanged) -> None:
        with self._lock:
            if not self._closed:
                self._note(change)

    def _note(self, change: OrderStatusChanged, error: Exception | None = None) -> None:
        self.due = None
        self.attempts.append(Attempt(change, self.channel.name, self._began, time.time(), error))

    def _fail(self, change: OrderStatusChanged, error: Exception) -> None:
        with self._lock:
            if self._closed:
                return
            self._note(change, error)
            self.undelivered.append(Undelivered(change, self.channel.name, error))
            if isinstance(error, PublishLate):
                self._close_from(self._next)

    def _close_from(self, index: int) -> None:
        if not self._closed:
            self._closed = True
            late = PublishLate(self.deadline)
            self.undelivered += [Undelivered(c, self.channel.name, late) for c in self.changes[index:]]
