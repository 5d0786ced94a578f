"""The WebSocket channel: a frame to each connection that follows the order.

Who follows it is read for each change, mostly in one query. An order without followers costs no more
than that. What each is sent depends on its protocol: ``resolvers.channels.frames``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Protocol

from orders.connections import Pusher, Subscription
from orders.errors import ConnectionGone, PublishFailed, PublishLate
from orders.model import OrderStatusChanged
from resolvers.channels.frames import Frames
from resolvers.log import logger

THREADS = 32
"""Pushes at once, of all orders together; a push mostly waits."""

PUSH = 0.5
"""Seconds that one push may take: who hangs keeps one thread, and the others push on."""

QUERY = 0.5
"""Seconds for finding out who follows the order."""

ATTEMPTS = 2
"""Of a push that failed; the second comes after everybody else's first."""


class Subscribers(Protocol):
    """What this channel needs to know of connections."""

    def prepare(self) -> None:
        """Load what the first query needs."""
        ...

    def subscribers(self, change: OrderStatusChanged, *, deadline: float) -> Sequence[Subscription]:
        """Return the possible subscribers of a change, before ``deadline``."""
        ...

    def forget(self, gone: Subscription) -> None:
        """Remove the connection of a subscription that is gone."""
        ...

    def close(self) -> None:
        """Close what is kept open."""
        ...


class WebSocketChannel:
    """Pushes to the WebSocket connections that follow an order.

    Parameters
    ----------
    subscribers : Subscribers
        Looks up who follows which order.
    pusher : Pusher
        Sends a frame to one connection.
    """

    name = "websocket"
    deadline = 1.5

    def __init__(self, subscribers: Subscribers, pusher: Pusher) -> None:
        self._subscribers = subscribers
        self._pusher = pusher
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push")

    def prepare(self) -> None:
        """Load what a query and a push need."""
        self._subscribers.prepare()
        self._pusher.prepare()

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
        until = min(deadline, time.monotonic() + QUERY)
        followers = self._subscribers.subscribers(change, deadline=until)
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
