"""How much a shard takes and gives.

In: 1,000 records and 1 MiB a second. Out, for all readers together: 5 reads, 5 new iterators and 2 MiB
a second, and 10 MiB in one read, after which the shard rests for as long as that would have taken. A
record that is larger than a second's worth is let through when the second is unused, and paid off by
the seconds after it.

Source: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20
RECORDS_IN: Final = 1000.0
BYTES_IN: Final = 1.0 * MIB
READS_OUT: Final = 5.0
BYTES_OUT: Final = 2.0 * MIB
MOST_OUT: Final = 10 * MIB
MOST_RECORDS_OUT: Final = 10_000
# A request with this member is not counted. The local cloud's own readers receive each record, and read at
# once, where AWS's read once a second; and what AWS's services put, they try to put until they may.
UNCOUNTED: Final = "_Uncounted"


@dataclass
class Scale:
    """How many times more than AWS's limits every shard takes and gives.

    Attributes
    ----------
    factor
        1 is as AWS; None is without limits.
    """

    factor: float | None = 1.0


class TokenBucket:
    """Tokens that come back by the second; more may be taken than there are, which the next ones wait for."""

    __slots__ = ("_filled", "_rate", "_tokens")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens: float | None = None
        self._filled = 0.0

    def level(self, now: float, factor: float) -> float:
        """Return how many tokens there are."""
        most = self._rate * factor
        if self._tokens is None:
            self._tokens = most
        else:
            self._tokens = min(most, self._tokens + (now - self._filled) * most)
        self._filled = now
        return self._tokens

    def has(self, amount: float, now: float, factor: float) -> bool:
        """Say whether so many may be taken: they are there, or the bucket is full."""
        # A thousandth is what rounding costs.
        return self.level(now, factor) + 0.001 >= min(amount, self._rate * factor)

    def take(self, amount: float) -> None:
        """Take tokens, after :meth:`has`."""
        self._tokens = (self._tokens or 0.0) - amount


class Writing:
    """What a shard takes.

    Parameters
    ----------
    clock
        Seconds that never go back.
    """

    __slots__ = ("_bytes", "_clock", "_records", "_scale")

    def __init__(self, scale: Scale, clock: Callable[[], float]) -> None:
        self._scale, self._clock = scale, clock
        self._records, self._bytes = TokenBucket(RECORDS_IN), TokenBucket(BYTES_IN)

    def admit(self, size: int) -> bool:
        """Say whether the shard takes a record of so many bytes now, and count it."""
        factor = self._scale.factor
        if factor is None:
            return True
        now = self._clock()
        if not (self._records.has(1, now, factor) and self._bytes.has(size, now, factor)):
            return False
        self._records.take(1)
        self._bytes.take(size)
        return True


class ReadLimits:
    """What a shard gives to all that read it by GetRecords."""

    __slots__ = ("_bytes", "_clock", "_iterators", "_reads", "_rests_until", "_scale")

    def __init__(self, scale: Scale, clock: Callable[[], float]) -> None:
        self._scale, self._clock = scale, clock
        self._reads, self._bytes = TokenBucket(READS_OUT), TokenBucket(BYTES_OUT)
        self._iterators = TokenBucket(READS_OUT)
        self._rests_until = 0.0

    def admit_iterator(self) -> bool:
        """Say whether the shard may be given another iterator by GetShardIterator, and count it."""
        factor = self._scale.factor
        if factor is None:
            return True
        if not self._iterators.has(1, self._clock(), factor):
            return False
        self._iterators.take(1)
        return True

    def admit(self) -> bool:
        """Say whether the shard may be read now, and count the read."""
        factor = self._scale.factor
        if factor is None:
            return True
        now = self._clock()
        if now < self._rests_until or not self._reads.has(1, now, factor):
            return False
        if self._bytes.level(now, factor) <= 0:
            return False
        self._reads.take(1)
        return True

    def count(self, size: int) -> None:
        """Count what a read that was admitted returned."""
        factor = self._scale.factor
        if factor is None:
            return
        if size >= BYTES_OUT * factor:
            self._rests_until = self._clock() + size / (BYTES_OUT * factor)
        else:
            self._bytes.take(size)
