"""Orders that were recorded and never started: found, and put in the queue again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from orders.model import OrderId, timestamp
from orders.ports import Clock, OrderQueue, OrderStore


def resubmit_pending(
    store: OrderStore, queue: OrderQueue, clock: Clock, *, older_than: timedelta, limit: int
) -> Sequence[OrderId]:
    """Put orders that were recorded and never started in the queue again.

    At most ``limit`` of them, and none while the queue holds ``limit`` messages itself: such orders
    are most likely waiting in it, and more messages would make a long queue longer. Any smaller
    number says nothing, since where there is traffic there are always messages of other orders.
    """
    stuck = store.pending_since(timestamp(clock.now() - older_than), limit)
    if not stuck or queue.waiting() >= limit:
        return ()
    queue.put(stuck)
    return stuck
