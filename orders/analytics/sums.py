"""Sums of changes. They are added field by field, in any order: so they can be kept in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from orders.status import OrderStatus


@dataclass(slots=True)
class MinuteSums:
    """What happened in one minute.

    Attributes
    ----------
    entries : Counter of OrderStatus
        How many orders entered a status.
    durations : Counter of int
        Of the orders delivered in it, how many took a duration of this bucket (``histogram``).
    milliseconds : int
        All these durations together.
    """

    entries: Counter[OrderStatus] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)
    milliseconds: int = 0

    @property
    def delivered(self) -> int:
        """How many orders were delivered."""
        return self.durations.total()

    def add(self, other: MinuteSums) -> None:
        """Add another part of the same minute, or another minute."""
        self.entries.update(other.entries)
        self.durations.update(other.durations)
        self.milliseconds += other.milliseconds


@dataclass(slots=True)
class Sums:
    """What happened at all.

    Attributes
    ----------
    steps : int
        How many times something was added: it distinguishes older sums from newer ones.
    entries, now : Counter of OrderStatus
        How many orders entered a status, and how many are in it. In one part alone, `now` may be
        negative: an order may be counted into a status by one shard and out of it by another.
    amounts : Counter of str
        Minor units of delivered orders, by currency.
    deliveries : Counter of str
        Delivered orders, by currency.
    minutes : dict of str to MinuteSums
        By the minute's beginning, such as ``2026-11-30T07:05``.
    """

    steps: int = 0
    entries: Counter[OrderStatus] = field(default_factory=Counter)
    now: Counter[OrderStatus] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    minutes: dict[str, MinuteSums] = field(default_factory=dict)

    def minute(self, name: str) -> MinuteSums:
        """Return a minute's sums, which may be added to."""
        return self.minutes.setdefault(name, MinuteSums())

    def add(self, other: Sums) -> None:
        """Add another part."""
        self.steps += other.steps
        self.entries.update(other.entries)
        self.now.update(other.now)
        self.amounts.update(other.amounts)
        self.deliveries.update(other.deliveries)
        for name, minute in other.minutes.items():
            self.minute(name).add(minute)


def total_of(parts: Iterable[Sums]) -> Sums:
    """Return all parts together."""
    total = Sums()
    for part in parts:
        total.add(part)
    return total
