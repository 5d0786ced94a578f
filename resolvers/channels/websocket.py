"""The WebSocket channel: a frame to each connection that follows the order.

Who follows it is read for each change, mostly in one query. Most orders have no followers: a batch of
changes asks once which of its orders have a marker, and makes no query for the others. What each is sent
depends on its protocol: ``resolvers.channels.frames``.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Protocol

from orders.connections import Pusher, Subscription
from orders.errors import ConnectionGone, PublishFailed, PublishLate
from orders.model import OrderId, OrderStatusChanged
from resolvers.batching import PerBatch
from resolvers.channels.frames import Frames
from resolvers.log import logger

THREADS = 32
"""Pushes at once, of all orders together; a push mostly waits."""

PUSH = 0.5
"""Seconds that one push may take: who hangs keeps one thread, and the others push on."""

QUERY = 0.5
"""Seconds for finding out who follows the order."""

LOOKUP = 0.25
"""Seconds for finding out which orders of a batch are followed: without an answer, each is queried."""

ATTEMPTS = 2
"""Of a push that failed; the second comes after everybody else's first."""


class Subscribers(Protocol):
    """What this channel needs to know of connections."""

    def prepare(self) -> None:
        """Load what the first query needs."""
        ...

    def followed(self, order_ids: Collection[OrderId], *, deadline: float) -> Collection[OrderId]:
        """Return which orders any connection may follow, before ``deadline``."""
        ...

    def subscribers(
        self, change: OrderStatusChanged, *, deadline: float, followed: bool
    ) -> Sequence[Subscription]:
        """Return the possible subscribers of a change, before ``deadline``.

        ``followed`` is False where no connection follows this order by its id.
        """
        ...

    def forget(self, gone: Subscription) -> None:
        """Remove the connection of a subscription that is gone."""
        ...

    def close(self) -> None:
        """Close what is kept open."""
        ...


class WebSocketChannel(PerBatch):
    """Pushes to the WebSocket connections that follow an order.

    Parameters
    ----------
    subscribers : Subscribers
        Looks up who follows which order.
    pusher : Pusher
        Sends a frame to one connection.
    marked : bool
        Every order that a connection follows has a marker: a batch asks for these first.
    """

    name = "websocket"
    deadline = 1.5

    def __init__(self, subscribers: Subscribers, pusher: Pusher, *, marked: bool = False) -> None:
        self._subscribers = subscribers
        self._pusher = pusher
        self._marked = marked
        self._followed: _Followed | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push")

    def prepare(self) -> None:
        """Load what a query and a push need."""
        self._subscribers.prepare()
        self._pusher.prepare()

    def for_batch(self, changes: Sequence[OrderStatusChanged]) -> WebSocketChannel:
        """Return this channel for a batch; threads and connections are shared.

        A single change is queried for at once: finding its marker would cost as much.
        """
        if not self._marked or len(changes) < 2:
            return self
        channel = copy.copy(self)
        channel._followed = _Followed(self._subscribers, {change.order_id for change in changes})
        return channel

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Push to everybody who follows the order and may see it.

        Raises
        ------
        PublishLate
            When no connection was reached in time.
        PublishFailed
            When some were missed: the change is then pushed to all of them again, and clients
            merge. Those that are gone do not count.
        """
        followed = self._followed is None or self._followed.may_be(change.order_id, deadline=deadline)
        until = min(deadline, time.monotonic() + QUERY)
        followers = self._subscribers.subscribers(change, deadline=until, followed=followed)
        frames = Frames(change)
        to = [(follower, frame) for follower in followers if (frame := frames.frame_for(follower))]
        if not to:
            return
        pushes = _Pushes(to, self._pusher, self._subscribers.forget, deadline)
        # This thread pushes too: an order with few connections need not wait for one with many.
        helpers = [self._threads.submit(pushes.run) for _ in range(min(THREADS, len(to)) - 1)]
        pushes.run()
        for helper in helpers:
            helper.cancel()  # one that has not begun finds nothing to do
        wait(helpers, timeout=max(0.0, deadline - time.monotonic()))
        pushes.finish()

    def close(self) -> None:
        """End the threads that push, and close the connections that are kept."""
        self._threads.shutdown()
        for part in (self._subscribers, self._pusher):
            part.close()


class _Followed:
    """Which orders of a batch any connection may follow, read by the first of its threads that asks.

    All changes of the batch were committed before this is read. Who subscribes later reads the order after
    that, and has them from there (``orders.following``).
    """

    def __init__(self, subscribers: Subscribers, order_ids: Collection[OrderId]) -> None:
        self._subscribers = subscribers
        self._order_ids = order_ids
        self._followed: Collection[OrderId] | None = None
        self._lock = threading.Lock()

    def may_be(self, order_id: OrderId, *, deadline: float) -> bool:
        """Return whether an order of the batch may be followed; without an answer in time, it may."""
        with self._lock:
            if self._followed is None:
                self._followed = self._read(min(deadline, time.monotonic() + LOOKUP))
        return order_id in self._followed

    def _read(self, deadline: float) -> Collection[OrderId]:
        try:
            return self._subscribers.followed(self._order_ids, deadline=deadline)
        except Exception as error:
            logger.warning("markers not read: every order is queried", error=type(error).__name__)
            return self._order_ids


class _Pushes:
    """One change's pushes, shared by the threads that make them."""

    def __init__(
        self,
        to: list[tuple[Subscription, bytes]],
        pusher: Pusher,
        forget: Callable[[Subscription], None],
        deadline: float,
    ) -> None:
        self._pusher = pusher
        self._forget = forget
        self._deadline = deadline
        self._total = len(to)
        # Who is still to be reached, and the number of the attempt; and who turned out to be gone.
        self._pending = deque((follower, frame, 1) for follower, frame in to)
        self._gone: deque[Subscription] = deque()
        self._reached = 0
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def run(self) -> None:
        """Push until nothing is left to push; then forget who is gone, for as long as there is time."""
        with suppress(IndexError):
            while time.monotonic() < self._deadline:
                self._push(*self._pending.popleft())
        with suppress(IndexError):
            while time.monotonic() < self._deadline:
                self._clean(self._gone.popleft())

    def finish(self) -> None:
        """Raise if a connection was missed."""
        self._pending.clear()
        with self._lock:
            missed, error = self._total - self._reached, self._error
        if missed == self._total and (error is None or isinstance(error, PublishLate)):
            raise PublishLate(WebSocketChannel.deadline)
        if missed:
            why = "no time was left" if error is None else f"{type(error).__name__}: {error}"
            raise PublishFailed(f"{missed} of {self._total} connections were missed, the last since {why}")

    def _push(self, to: Subscription, frame: bytes, attempt: int) -> None:
        until = min(self._deadline, time.monotonic() + PUSH)
        try:
            self._pusher.push(to.endpoint, to.connection_id, frame, deadline=until)
        except ConnectionGone:
            self._gone.append(to)
        except Exception as error:
            self._error = error
            if isinstance(error, PublishFailed) and attempt < ATTEMPTS:
                self._pending.append((to, frame, attempt + 1))
            return
        with self._lock:
            self._reached += 1

    def _clean(self, gone: Subscription) -> None:
        try:
            self._forget(gone)
        except Exception as error:
            # Everybody was reached: the next push finds it gone again.
            logger.warning("connection not forgotten", error=type(error).__name__)
        else:
            logger.info("connection forgotten", connection_id=gone.connection_id)
