"""What was measured during one interval: the sums, and how the values were spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import frexp, ldexp
from typing import Any

# [start, count, total, low, high, values]: how a bucket travels between processes. ``values`` is a
# list of [value, count], None where all values are equal, and False where they are not known.
Row = list[Any]
# Values are rounded once they are this many: to one in 512, so that percentiles are off by 0.2 % at most.
EXACT, STEPS = 64, 512


@dataclass(slots=True)
class MetricBucket:
    """The measurements of one interval.

    Attributes
    ----------
    start : int
        Seconds since 1970.
    values : dict or None
        Each value and how often it was measured; None while all are equal.
    spread : bool
        Whether ``values`` has all of them: a statistic set that was published does not.

    Examples
    --------
    >>> bucket = MetricBucket(0)
    >>> for value in (1.0, 3.0, 3.0):
    ...     bucket.add(value)
    >>> bucket.count, bucket.total, bucket.low, bucket.high, bucket.values
    (3.0, 7.0, 1.0, 3.0, {1.0: 1.0, 3.0: 2.0})
    """

    start: int
    count: float = 0.0
    total: float = 0.0
    low: float = 0.0
    high: float = 0.0
    values: dict[float, float] | None = None
    spread: bool = True

    def add(self, value: float, count: float = 1.0) -> None:
        """Add a value that was measured ``count`` times."""
        if not self.count:
            self.low = self.high = value
        elif value != self.low or self.values is not None:
            if self.values is None:
                self.values = {self.low: self.count} if self.spread else {}
            self._note(value, count)
            if value < self.low:
                self.low = value
            elif value > self.high:
                self.high = value
        self.count += count
        self.total += value * count

    def _note(self, value: float, count: float) -> None:
        values = self.values
        assert values is not None
        if len(values) > EXACT:
            fraction, exponent = frexp(value)
            value = ldexp(round(fraction * STEPS), exponent - 9)
        values[value] = values.get(value, 0.0) + count

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """Add a statistic set. Only one whose values are all equal shows how they were spread."""
        if low == high:
            self.add(low, count)
            return
        if not self.count:
            self.low, self.high = low, high
        self.spread = False
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)

    def merge(self, other: MetricBucket) -> None:
        """Add what another bucket measured."""
        if not other.count:
            return
        if not other.spread:
            self.add_set(other.count, other.total, other.low, other.high)
            return
        for value, count in other.samples():
            self.add(value, count)
        # The rounded values do not add up to it.
        self.total += other.total - sum(value * count for value, count in other.samples())
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)

    def samples(self) -> Iterable[tuple[float, float]]:
        """Return each value and its count."""
        return [(self.low, self.count)] if self.values is None else list(self.values.items())

    def row(self) -> Row:
        """Return it as it travels."""
        values = False if not self.spread else self.values and [list(item) for item in self.values.items()]
        return [self.start, self.count, self.total, self.low, self.high, values]

    @classmethod
    def of(cls, row: Row) -> MetricBucket:
        """Read what `row` wrote.

        Examples
        --------
        >>> bucket = MetricBucket(60)
        >>> bucket.add(2.0)
        >>> MetricBucket.of(bucket.row()) == bucket
        True
        """
        start, count, total, low, high, values = row
        spread = dict(values) if isinstance(values, list) else None
        return cls(start, count, total, low, high, spread, values is not False)


def merged(buckets: Iterable[MetricBucket], start: int) -> MetricBucket | None:
    """Return one bucket of several; None of none."""
    whole = MetricBucket(start)
    for bucket in buckets:
        whole.merge(bucket)
    return whole if whole.count else None
