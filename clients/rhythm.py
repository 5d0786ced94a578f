"""When an order is read again: each way has a rhythm of its own. No input, no output, no clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Look:
    """What a read gave.

    Attributes
    ----------
    waits
        How many delays there were since the last news of the order; 0 when this read brought some.
    took
        Seconds that the answer took.
    retry_after
        When the server says that it is worth asking again; None when it says nothing.
    """

    waits: int
    took: float = 0.0
    retry_after: float | None = None

    @property
    def fruitful(self) -> bool:
        """Whether it brought news, or is the first."""
        return self.waits == 0


class Rhythm(Protocol):
    """Says how long to wait after a read that worked."""

    def delay(self, look: Look) -> float:
        """Return seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """With notifications: read when nothing came for ``base``, then for twice that and so on."""

    base: float
    cap: float

    def delay(self, look: Look) -> float:
        """Return the next, longer silence to bear."""
        return _doubled(self.base, look.waits, self.cap)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same interval: what many clients do, kept to compare it with better ones."""

    interval: float

    def delay(self, look: Look) -> float:
        """Return the interval, whatever the server says."""
        return self.interval


@dataclass(frozen=True, slots=True)
class Growing:
    """Ask when the server says that it is worth it, and ever less often while nothing happens.

    Never sooner than ``Retry-After``; up to half as long again, drawn at random, so that clients that
    began together do not stay together.

    Examples
    --------
    >>> Growing(1, 20, draw=lambda: 0.5).delay(Look(waits=2, retry_after=3))
    15.0
    """

    base: float
    cap: float
    draw: Callable[[], float] = field(default=random.random)

    def delay(self, look: Look) -> float:
        """Return the server's word or ``base``, doubled with each delay in vain, and a random part of it."""
        base = look.retry_after or self.base
        return _doubled(base, look.waits, max(self.cap, base)) * (1.0 + self.draw() / 2)


@dataclass(frozen=True, slots=True)
class AtOnce:
    """For a server that holds a request until there is news: ask again at once.

    Not when it answered early with nothing new, as it does for an order that is not there: a follower that
    asked again at once then would never stop asking.
    """

    wait: Callable[[], float]
    otherwise: Rhythm

    def delay(self, look: Look) -> float:
        """Return nothing after news or a wait that was kept."""
        if look.fruitful or look.took >= self.wait() / 2:
            return 0.0
        return self.otherwise.delay(look)


def _doubled(base: float, times: int, cap: float) -> float:
    # 2**30 is beyond any cap; the bound keeps the power from overflowing.
    return min(cap, base * 2.0 ** min(times, 30))
