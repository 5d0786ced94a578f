"""What counting and reading need of the world."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from orders.analytics.memory import OrderMemory
from orders.analytics.sums import Sums
from orders.model import OrderId, Timestamp


@dataclass(frozen=True, slots=True)
class Recount:
    """What an order was counted for, before and after."""

    before: OrderMemory
    after: OrderMemory


class FiguresStore(Protocol):
    """Where sums are kept, in parts, and what each order was counted for."""

    def memories(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderMemory]:
        """Return what orders were counted for; those that were not are left out."""
        ...

    def commit(self, orders: Mapping[OrderId, Recount], sums: Sums, *, part: int, at: Timestamp) -> bool:
        """Write what orders were counted for and add to a part's sums, all of it or nothing.

        Returns
        -------
        bool
            False when an order is not remembered as `before` any more: nothing was written.

        Raises
        ------
        TryAgain
            The store cannot say; what was written, if anything, shows in `memories`.
        """
        ...

    def sums(self, since: str) -> Sums:
        """Return the sums of all parts, with the minutes from `since` on, such as ``2026-11-30T07:05``."""
        ...


class DeadLetterCount(Protocol):
    """How many messages could not be handled."""

    def depth(self) -> int:
        """Return about how many there are in all queues."""
        ...


class FiguresFeed(Protocol):
    """Publishes the figures to subscribers."""

    def publish(self, figures: Mapping[str, object], *, deadline: float) -> None:
        """Publish the figures before `deadline`, a reading of ``time.monotonic()``.

        Raises
        ------
        PublishFailed, PublishLate
        """
        ...
