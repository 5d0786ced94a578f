"""All changes to all channels at once, each order's changes in their order on each channel.

::

    changes --+-- order 1 --+-- channel a:  v1, v2, v3
              |             `-- channel b:  v1, v2, v3      each line is a chain: one after another
              `-- order 2 --+-- channel a:  v4              in one thread, the lines side by side
                            `-- channel b:  v4

Whatever fails is handed back as a (change, channel) pair. Three limits keep a channel that
hangs from holding up the stream's shard: each publish has a deadline; once a change of a chain
is late the rest of the chain is not tried; and a batch has a time of its own, after which what
has not begun is handed back too. Each channel has threads of its own, so it delays no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from orders.errors import OrderwireError, PublishLate
from orders.model import OrderStatusChanged
from orders.ports import Channel

DEADLINE = 0.5
"""Seconds that one publish may take."""

BUDGET = 2.0
"""Seconds after which no chain of a batch goes on."""

GRACE = 0.05
"""Seconds a channel may be over its deadline before it is no longer waited for: sockets have their
own time limits, resolving a host's name has none."""

THREADS = 16
"""Per channel; a publish mostly waits."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A change that a channel was not told of."""

    change: OrderStatusChanged
    channel: str
    error: Exception


@dataclass
class _Chain:
    """The changes of one order on one channel.

    The thread that publishes and the one that watches the time share it: whoever closes it first
    decides what was delivered.
    """

    channel: Channel
    changes: Sequence[OrderStatusChanged]
    deadline: float
    undelivered: list[Undelivered] = field(default_factory=list)
    due: float | None = None
    _next: int = 0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        while (change := self._begin()) is not None:
            try:
                assert self.due is not None
                self.channel.publish(change, deadline=self.due)
            except Exception as error:
                self._fail(change, error)

    def close(self) -> None:
        """Give up: everything from the current change on counts as late."""
        with self._lock:
            self._close_from(self._next - 1 if self.due is not None else self._next)

    def _begin(self) -> OrderStatusChanged | None:
        with self._lock:
            if self._closed or self._next == len(self.changes):
                self.due = None
                return None
            change = self.changes[self._next]
            self._next += 1
            self.due = time.monotonic() + self.deadline
            return change

    def _fail(self, change: OrderStatusChanged, error: Exception) -> None:
        with self._lock:
            if self._closed:
                return
            self.undelivered.append(Undelivered(change, self.channel.name, error))
            if isinstance(error, PublishLate):
                self._close_from(self._next)

    def _close_from(self, index: int) -> None:
        if not self._closed:
            self._closed = True
            late = PublishLate(self.deadline)
            self.undelivered += [Undelivered(c, self.channel.name, late) for c in self.changes[index:]]


class Dispatcher:
    """Publishes batches of changes; its threads and their connections live on between batches.

    Parameters
    ----------
    channels : sequence of Channel
        Every one is told of every change.
    deadline, budget : float
        Seconds for one publish, and for a batch.
    """

    def __init__(
        self, channels: Sequence[Channel], *, deadline: float = DEADLINE, budget: float = BUDGET
    ) -> None:
        self._channels = channels
        self._deadline = deadline
        self._budget = budget
        self._threads = {
            channel.name: ThreadPoolExecutor(THREADS, thread_name_prefix=channel.name) for channel in channels
        }

    def publish(self, changes: Iterable[OrderStatusChanged]) -> list[Undelivered]:
        """Tell every channel of every change; return what was not delivered."""
        by_order: dict[str, list[OrderStatusChanged]] = {}
        for change in changes:
            by_order.setdefault(change.order_id, []).append(change)
        chains: list[_Chain] = []
        for channel in self._channels:
            found = [_Chain(channel, order, self._deadline) for order in by_order.values()]
            try:
                channel.prepare()
            except Exception as error:
                for chain in found:
                    chain.undelivered += [Undelivered(c, channel.name, error) for c in chain.changes]
                    chain.changes = ()
            chains += found
        self._run([chain for chain in chains if chain.changes])
        return [pair for chain in chains for pair in chain.undelivered]

    def _run(self, chains: Iterable[_Chain]) -> None:
        end = time.monotonic() + self._budget
        running: dict[Future[None], _Chain] = {
            self._threads[chain.channel.name].submit(chain.run): chain for chain in chains
        }
        while running:
            now = time.monotonic()
            dues = [chain.due for chain in running.values() if chain.due is not None]
            until = min(min(dues, default=now + self._deadline) + GRACE, end)
            done, _ = wait(running, timeout=max(0.0, until - now))
            now = time.monotonic()
            for future, chain in list(running.items()):
                if future in done:
                    del running[future]
                elif now >= end or (chain.due is not None and now >= chain.due + GRACE):
                    future.cancel()
                    chain.close()
                    del running[future]


def describe(error: Exception) -> str:
    """Return what the log says of an undelivered change: our own errors in words, others by name."""
    return f"{type(error).__name__}: {error}" if isinstance(error, OrderwireError) else type(error).__name__
