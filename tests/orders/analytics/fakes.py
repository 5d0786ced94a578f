"""`FiguresStore` in memory, whose answers can be lost and whose writes others can forestall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orders.analytics.memory import OrderMemory
from orders.analytics.ports import Recount
from orders.analytics.sums import Sums, total_of
from orders.errors import TryAgain
from orders.model import OrderId, Timestamp
from tests.orders.analytics.lives import BEGIN


@dataclass
class Clock:
    """A clock that the test sets."""

    moment: datetime = BEGIN

    def now(self) -> datetime:
        return self.moment


@dataclass
class MemoryFigures:
    """What ``dynamodb_figures`` keeps in a table.

    Attributes
    ----------
    lost : int
        How many of the next commits are written, and their answers lost.
    before_commit : callable
        Is called before each commit: another consumer may be faster.
    """

    remembered: dict[OrderId, OrderMemory] = field(default_factory=dict)
    parts: dict[int, Sums] = field(default_factory=dict)
    commits: int = 0
    largest: int = 0
    lost: int = 0
    before_commit: Callable[[], None] = lambda: None

    def memories(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderMemory]:
        return {id: self.remembered[id] for id in order_ids if id in self.remembered}

    def commit(self, orders: Mapping[OrderId, Recount], sums: Sums, *, part: int, at: Timestamp) -> bool:
        self.before_commit()
        self.largest = max(self.largest, len(orders) + 1 + len(sums.minutes))
        if any(self.remembered.get(id, OrderMemory()) != recount.before for id, recount in orders.items()):
            return False
        self.commits += 1
        self.remembered |= {id: recount.after for id, recount in orders.items()}
        self.parts.setdefault(part, Sums()).add(sums)
        if self.lost:
            self.lost -= 1
            raise TryAgain("the answer was lost")
        return True

    def sums(self, since: str) -> Sums:
        total = total_of(self.parts.values())
        total.minutes = {name: minute for name, minute in total.minutes.items() if name >= since}
        return total
