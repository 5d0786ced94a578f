"""What an order was counted for: the versions, and the status that it is counted in.

It is a few numbers, written in the same transaction as the sums. The versions are bits of a number: the
table of transitions has no cycle, so an order has at most as many versions as there are statuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from orders.analytics.histogram import bucket_of
from orders.analytics.sums import Sums
from orders.events import MalformedEvent, OrderEvent
from orders.status import FINAL, OrderStatus

LAST_VERSION: Final = len(OrderStatus)
"""No order has more: a version above it is no event of ours."""


@dataclass(frozen=True, slots=True)
class OrderMemory:
    """What one order was counted for.

    Attributes
    ----------
    versions : int
        Bit n - 1 is set when version n was counted.
    top : int
        The highest of them; 0 before the first.
    status : OrderStatus or None
        The status that `top` led to: the order is counted in it.
    """

    versions: int = 0
    top: int = 0
    status: OrderStatus | None = None

    def has(self, version: int) -> bool:
        """Return whether a version was counted."""
        return bool(self.versions >> (version - 1) & 1)

    @property
    def is_final(self) -> bool:
        """Whether the order changes no more, as far as was counted."""
        return self.status in FINAL

    def with_event(self, event: OrderEvent) -> OrderMemory:
        """Return what is remembered once ``event`` is counted."""
        after = replace(self, versions=self.versions | 1 << (event.version - 1))
        return replace(after, top=event.version, status=event.status) if event.version > self.top else after


def require_countable(event: OrderEvent) -> None:
    """Raise where an event cannot be one of an order's.

    Raises
    ------
    MalformedEvent
        A version that no order has, or a time that no clock shows.
    """
    if not 1 <= event.version <= LAST_VERSION:
        raise MalformedEvent(f"version: no order has a version {event.version}")
    try:
        _milliseconds(event)
    except ValueError as error:
        raise MalformedEvent(f"at, createdAt: {error}") from error


def count_order(memory: OrderMemory, events: Iterable[OrderEvent], sums: Sums) -> OrderMemory:
    """Add an order's events to ``sums``, each version once, and return what is remembered then.

    The order of events does not matter: a late version counts as an entry of its status, and leaves the
    order in the status that a higher version led to.

    Raises
    ------
    MalformedEvent
        As `require_countable`.
    """
    for event in events:
        require_countable(event)
        if memory.has(event.version):
            continue
        after = memory.with_event(event)
        if after.top != memory.top:
            if memory.status is not None:
                sums.now[memory.status] -= 1
            sums.now[event.status] += 1
        memory = after
        _enter(event, sums)
    return memory


def _enter(event: OrderEvent, sums: Sums) -> None:
    """Count that an order entered a status."""
    minute = sums.minute(event.at[:16])
    minute.entries[event.status] += 1
    sums.entries[event.status] += 1
    if event.status is OrderStatus.DELIVERED:
        duration = _milliseconds(event)
        minute.durations[bucket_of(duration)] += 1
        minute.milliseconds += duration
        sums.amounts[event.currency] += event.total
        sums.deliveries[event.currency] += 1


def _milliseconds(event: OrderEvent) -> int:
    """Return how long after it was recorded the order came so far; no time where a clock was set back."""
    duration = datetime.fromisoformat(event.at) - datetime.fromisoformat(event.created_at)
    return max(0, duration // timedelta(milliseconds=1))
