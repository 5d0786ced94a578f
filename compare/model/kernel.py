"""A discrete-event simulation in small: a clock, clients that wait and take, and quotas as token buckets.

A client is a generator. It yields what it wants (``Wait`` or ``Take``) and is resumed with a ``Step``: the
time, and whether it was granted. Nothing else moves the clock.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from compare.quotas import Quota


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Take:
    """Ask for tokens of some rates and for places among what is concurrent, all of them or none.

    Attributes
    ----------
    units
        By quota. What is taken of a concurrent one is given back with ``Give``.
    """

    units: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Give:
    """Give places back."""

    units: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Step:
    """What a client is resumed with."""

    now: float
    granted: bool = True


Client = Generator[Wait | Take | Give, Step, None]


@dataclass(slots=True)
class Bucket:
    """A token bucket, as AWS's request quotas are: ``burst`` tokens at most, ``rate`` more a second.

    Examples
    --------
    >>> bucket = Bucket(rate=1.0, burst=2.0)
    >>> [bucket.take(0.0, 1.0) for _ in range(3)], bucket.take(1.0, 1.0)
    ([True, True, False], True)
    """

    rate: float
    burst: float
    level: float = -1.0
    at: float = 0.0

    def take(self, now: float, units: float) -> bool:
        """Take so many tokens, or none when there are fewer."""
        self.fill(now)
        if self.level + 1e-9 < units:
            return False
        self.level -= units
        return True

    def fill(self, now: float) -> None:
        """Add what has come since the last time."""
        full = self.burst if self.level < 0 else min(self.burst, self.level + (now - self.at) * self.rate)
        self.level, self.at = full, now


@dataclass(slots=True)
class Places:
    """What is concurrent: so many at a time."""

    limit: float
    busy: float = 0.0
    most: float = 0.0


@dataclass
class World:
    """The clock, and the quotas that its clients share.

    Attributes
    ----------
    granted, refused
        How often each quota did so; of what was refused, the first that was short is counted.
    first
        The first quota that refused something, and when.
    """

    quotas: Mapping[str, Quota] = field(default_factory=dict)
    now: float = 0.0
    granted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    first: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        self._buckets = {
            key: Bucket(quota.limit, quota.burst)
            for key, quota in self.quotas.items()
            if quota.kind == "rate"
        }
        self._places = {
            key: Places(quota.limit) for key, quota in self.quotas.items() if quota.kind == "concurrent"
        }
        self._heap: list[tuple[float, int, Client, Step | None]] = []
        self._numbers = itertools.count()

    def add(self, client: Client, at: float = 0.0) -> None:
        """Have a client begin at some time."""
        heapq.heappush(self._heap, (at, next(self._numbers), client, None))

    def run(self) -> None:
        """Go on until no client is left."""
        while self._heap:
            self.now, _, client, step = heapq.heappop(self._heap)
            try:
                wish = next(client) if step is None else client.send(Step(self.now, step.granted))
            except StopIteration:
                continue
            self._serve(client, wish)

    def most(self, key: str) -> float:
        """Return how many places of a concurrent quota were taken at worst."""
        return self._places[key].most

    def _serve(self, client: Client, wish: Wait | Take | Give) -> None:
        match wish:
            case Wait(seconds):
                self._push(self.now + max(0.0, seconds), client, granted=True)
            case Give(units):
                for key, count in units.items():
                    if key in self._places:
                        self._places[key].busy -= count
                self._push(self.now, client, granted=True)
            case Take(units):
                self._push(self.now, client, granted=self._take(units))

    def _push(self, at: float, client: Client, *, granted: bool) -> None:
        heapq.heappush(self._heap, (at, next(self._numbers), client, Step(at, granted)))

    def _take(self, units: Mapping[str, float]) -> bool:
        short = next((key for key, count in units.items() if self._lacks(key, count)), None)
        if short is not None:
            self.refused[short] += 1
            self.first = self.first or (short, self.now)
            return False
        for key, count in units.items():
            if key in self._buckets:
                self._buckets[key].take(self.now, count)
            elif key in self._places:
                places = self._places[key]
                places.busy += count
                places.most = max(places.most, places.busy)
            self.granted[key] += 1
        return True

    def _lacks(self, key: str, count: float) -> bool:
        if key in self._buckets:
            bucket = self._buckets[key]
            bucket.fill(self.now)
            return bucket.level + 1e-9 < count
        if key in self._places:
            return self._places[key].busy + count > self._places[key].limit
        return False
