"""Records that wait for more of their kind, until they are many or have waited long enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from localcloud.streams.firehose.records import Record


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Do not call."""


class Clock(Protocol):
    """The time, as a delivery stream sees it."""

    def now(self) -> float:
        """Return this moment in seconds since 1970."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call something later."""


class LoopClock:
    """The machine's own time, on the loop that runs."""

    def now(self) -> float:
        """Return this moment in seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call something later on the event loop."""
        return asyncio.get_running_loop().call_later(seconds, call)


class Buffer:
    """Gathers records, and hands them on at a size or after a time.

    Parameters
    ----------
    size
        Bytes at which it is full.
    seconds
        How long its first record waits at most.
    full
        Takes what was gathered.
    """

    def __init__(self, size: int, seconds: float, clock: Clock, full: Callable[[list[Record]], None]) -> None:
        self._size, self._seconds, self._clock, self._full = size, seconds, clock, full
        self._records: list[Record] = []
        self._bytes = 0
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """Take a record; one that would go beyond the size begins the next batch."""
        if self._records and self._bytes + len(record.data) > self._size:
            self.flush()
        self._records.append(record)
        self._bytes += len(record.data)
        if self._bytes >= self._size:
            self.flush()
        elif self._timer is None:
            self._timer = self._clock.later(self._seconds, self.flush)

    def flush(self) -> None:
        """Hand on what is there."""
        self.cancel()
        if self._records:
            records, self._records, self._bytes = self._records, [], 0
            self._full(records)

    def cancel(self) -> None:
        """Wait for no time any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Tasks:
    """What runs for a stream, in the background."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settled(self) -> None:
        """Wait until nothing runs."""
        while self._running:
            await asyncio.wait(set(self._running))

    def cancel(self) -> None:
        """End everything."""
        for task in set(self._running):
            task.cancel()
