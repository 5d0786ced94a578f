"""All changes to all channels at once, each order's changes in their order on each channel.

::

    changes --+-- order 1 --+-- channel a:  v1, v2, v3
              |             `-- channel b:  v1, v2, v3      each line is a chain: one after another
              +-- order 2 --+-- channel a:  v4              in one thread, the lines side by side
              |             `-- channel b:  v4
              `-- channel c, which takes many a call:  (v1 of 1, v4 of 2, v2 of 1), ...

Whatever fails is handed back as a (change, channel) pair. Limits keep a channel that hangs from
holding up the stream's shard: getting ready and each publish have a deadline; once a change of a
chain is late the rest of the chain is not tried; and a batch has a time of its own, after which
what has not begun is handed back too. Each channel has threads of its own, so it delays no other
within a batch. The next batch waits for the slowest channel of this one, though: so a channel that
hangs through two batches rests, and the redelivery queue has its changes for some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from orders.errors import OrderwireError, PublishLate
from orders.model import OrderStatusChanged
from orders.ports import Channel
from resolvers.batching import BatchChannel, PerBatch
from resolvers.chains import Chain, Outcome, Undelivered

BUDGET = 2.0
"""Seconds after which no chain of a batch goes on."""

PREPARATION = 1.0
"""Seconds that a channel may take to get ready, imports of a cold start included."""

REST = 5.0
"""Seconds that a channel which hangs is left alone."""

PATIENCE = 2
"""Batches in a row that a channel must hang through before it rests: one may be bad luck."""

GRACE = 0.05
"""Seconds a channel may be over its deadline before it is no longer waited for: sockets have their
own time limits, resolving a host's name has none."""

THREADS = 16
"""Per channel; a publish mostly waits."""


class _Line:
    """One channel: its threads, and whether it hangs."""

    def __init__(self, channel: Channel, deadline: float, clock: Callable[[], float]) -> None:
        self.channel = channel
        self.deadline = deadline
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix=channel.name)
        self.is_ready = False
        self._clock = clock
        self._hung = 0
        self._rests_until = 0.0

    @property
    def rests(self) -> bool:
        return self._clock() < self._rests_until

    def chains(
        self, batch: Sequence[OrderStatusChanged], by_order: Mapping[str, Sequence[OrderStatusChanged]]
    ) -> list[Chain]:
        """Return the chains of this channel, which share the batch."""
        channel = self.channel.for_batch(batch) if isinstance(self.channel, PerBatch) else self.channel
        shares = [batch] if isinstance(channel, BatchChannel) else by_order.values()
        return [Chain(channel, changes, self.deadline) for changes in shares]

    def begin(self, chains: Sequence[Chain]) -> dict[Future[None], Chain]:
        return {self.threads.submit(chain.run): chain for chain in chains}

    def judge(self, chains: Sequence[Chain]) -> None:
        """Look at what became of a batch."""
        lost = [pair for chain in chains for pair in chain.undelivered]
        through = sum(len(chain.changes) for chain in chains) > len(lost)
        if through or not any(isinstance(pair.error, PublishLate) for pair in lost):
            self._hung = 0
            return
        self._hung += 1
        if self._hung >= PATIENCE:
            # Still counted as hanging: after its rest a single bad batch sends it back.
            self._rests_until = self._clock() + REST


class Dispatcher:
    """Publishes batches of changes; its threads and their connections live on between batches.

    Parameters
    ----------
    channels : sequence of Channel
        Each of them publishes every change.
    deadline : float, optional
        Seconds for one publish; each channel's own without.
    budget, preparation : float
        Seconds for a batch, and for a channel's getting ready.
    clock : callable
        By which channels rest.
    observe : callable
        Called with the outcome of each batch, when it is over.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        deadline: float | None = None,
        budget: float = BUDGET,
        preparation: float = PREPARATION,
        clock: Callable[[], float] = time.monotonic,
        observe: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        self._observe = observe
        self._lines = [_Line(channel, deadline or channel.deadline, clock) for channel in channels]
        self._budget = budget
        self._preparation = preparation

    def publish(self, changes: Iterable[OrderStatusChanged]) -> list[Undelivered]:
        """Publish every change on every channel; return what was not delivered."""
        by_order: dict[str, list[OrderStatusChanged]] = {}
        batch = tuple(changes)
        for change in batch:
            by_order.setdefault(change.order_id, []).append(change)
        if not by_order:
            return []
        chains = {line: line.chains(batch, by_order) for line in self._lines}
        awake = {line: chains[line] for line in self._lines if not line.rests}
        for line in chains.keys() - awake.keys():
            for chain in chains[line]:
                chain.hand_back(PublishLate(line.deadline))
        self._run(awake)
        for line, orders in awake.items():
            line.judge(orders)
        every = [chain for orders in chains.values() for chain in orders]
        undelivered = [pair for chain in every for pair in chain.undelivered]
        self._observe(Outcome(batch, [each for chain in every for each in chain.attempts], undelivered))
        return undelivered

    def _run(self, chains: Mapping[_Line, Sequence[Chain]]) -> None:
        start = time.monotonic()
        end, prepared_by = start + self._budget, start + min(self._preparation, self._budget)
        # Side by side as well: a channel may wait for credentials, or for a host's name.
        preparing = {line.threads.submit(line.channel.prepare): line for line in chains if not line.is_ready}
        running: dict[Future[None], Chain] = {}
        for line in chains:
            if line.is_ready:
                running |= line.begin(chains[line])
        while preparing or running:
            now = time.monotonic()
            # A chain that waits for a thread is looked at again when it could have been late.
            dues = [(chain.due or now + chain.deadline) + GRACE for chain in running.values()]
            until = min(end, *dues, *([prepared_by] if preparing else []))
            # A channel that has got ready must not wait for the rest; later there is nothing to begin.
            first = FIRST_COMPLETED if preparing else ALL_COMPLETED
            done, _ = wait([*preparing, *running], timeout=max(0.0, until - now), return_when=first)
            now = time.monotonic()
            for future, line in list(preparing.items()):
                if future in done or now >= prepared_by:
                    del preparing[future]
                    if (error := self._unprepared(future)) is None:
                        line.is_ready = True
                        running |= line.begin(chains[line])
                    else:
                        for chain in chains[line]:
                            chain.hand_back(error)
            for future, chain in list(running.items()):
                if future in done:
                    del running[future]
                elif now >= min(end, (chain.due or now) + GRACE):  # read once: its thread may set it to None
                    future.cancel()
                    chain.close()
                    del running[future]

    def _unprepared(self, future: Future[None]) -> Exception | None:
        """Return why a channel is not ready; one that still tries is late."""
        if not future.done():
            future.cancel()
            return PublishLate(self._preparation)
        error = future.exception()
        return error if error is None or isinstance(error, Exception) else PublishLate(self._preparation)


def describe(error: Exception) -> str:
    """Return what the log says of an undelivered change: our own errors in words, others by name."""
    return f"{type(error).__name__}: {error}" if isinstance(error, OrderwireError) else type(error).__name__
