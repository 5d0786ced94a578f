"""Counts a batch of events, in steps that are each written whole or not at all.

A step is one transaction: what its orders were counted for, and the sums that this adds to. A consumer that
repeats a batch, or loses the answer to a step, reads what is remembered and finds nothing left to count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orders.analytics.memory import OrderMemory, count_order
from orders.analytics.ports import FiguresStore, Recount
from orders.analytics.sums import Sums
from orders.errors import Contended
from orders.events import OrderEvent
from orders.model import OrderId, Timestamp, timestamp
from orders.ports import Clock

ORDERS_PER_STEP: Final = 60
"""A transaction has 100 writes: these, the sums, and a minute each."""

MINUTES_PER_STEP: Final = 30
"""A replay brings events of many minutes at once."""

ATTEMPTS: Final = 6
"""Another batch with the same orders may be at work, and be done before this one."""

REMEMBERED: Final = timedelta(days=35)
"""For how long after it is over an order is remembered. No event comes later: the stream keeps records
for a day, the queues of redelivery and of dead letters for two weeks each."""

KEPT_MINUTES: Final = timedelta(days=2)
"""For how long the sums of a minute are kept; an event of an older one counts in the other sums alone."""


@dataclass(slots=True)
class Tally:
    """What became of a batch's events."""

    counted: int = 0
    repeated: int = 0
    forgotten: int = 0

    def add(self, other: Tally) -> None:
        """Add another step's."""
        self.counted += other.counted
        self.repeated += other.repeated
        self.forgotten += other.forgotten


def count_events(events: Iterable[OrderEvent], store: FiguresStore, clock: Clock, *, part: int) -> Tally:
    """Count events, each (order, version) once however often it comes.

    Parameters
    ----------
    part : int
        Which part of the sums they are added to: shards that use one each are not in each other's way.

    Returns
    -------
    Tally
        `repeated` were counted before, `forgotten` are of an order that may have been counted and is not
        remembered any more: they are not counted.

    Raises
    ------
    TryAgain
        Some may have been counted; the same call counts the others.
    """
    tally = Tally()
    for step in _steps(events):
        tally.add(_count_step(step, store, clock, part))
    return tally


def _steps(events: Iterable[OrderEvent]) -> Iterator[Mapping[OrderId, Sequence[OrderEvent]]]:
    """Yield events by order, no more of them than fit in one transaction."""
    step: dict[OrderId, list[OrderEvent]] = {}
    minutes: set[str] = set()
    for event in events:
        full = event.order_id not in step and len(step) == ORDERS_PER_STEP
        if full or len(minutes | {event.at[:16]}) > MINUTES_PER_STEP:
            yield step
            step, minutes = {}, set()
        step.setdefault(event.order_id, []).append(event)
        minutes.add(event.at[:16])
    if step:
        yield step


def _count_step(
    step: Mapping[OrderId, Sequence[OrderEvent]], store: FiguresStore, clock: Clock, part: int
) -> Tally:
    for _ in range(ATTEMPTS):
        now = clock.now()
        forgotten_before = timestamp(now - REMEMBERED)
        memories = store.memories(step)
        sums, tally = Sums(steps=1), Tally()
        orders: dict[OrderId, Recount] = {}
        for order_id, events in step.items():
            before = memories.get(order_id)
            fresh = [event for event in events if before is not None or event.at >= forgotten_before]
            tally.forgotten += len(events) - len(fresh)
            after = count_order(before or OrderMemory(), fresh, sums)
            new = after.versions.bit_count() - (before.versions.bit_count() if before else 0)
            tally.counted += new
            tally.repeated += len(fresh) - new
            if new:
                orders[order_id] = Recount(before or OrderMemory(), after)
        _drop_old_minutes(sums, timestamp(now - KEPT_MINUTES))
        if not orders or store.commit(orders, sums, part=part, at=timestamp(now)):
            return tally
    raise Contended("counting changes", ATTEMPTS)


def _drop_old_minutes(sums: Sums, before: Timestamp) -> None:
    for name in [name for name in sums.minutes if name < before[:16]]:
        del sums.minutes[name]
