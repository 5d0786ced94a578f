"""A stream: its shards, where a record goes, what retention takes away."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.hashing import hash_of, uniform
from localcloud.streams.kinesis.limits import Scale
from localcloud.streams.kinesis.log import Record
from localcloud.streams.kinesis.shard import Shard

PROVISIONED: Final = "PROVISIONED"
ON_DEMAND: Final = "ON_DEMAND"
ON_DEMAND_SHARDS: Final = 4
DAY_HOURS: Final = 24
HOUR_SECONDS: Final = 3600
# So often at most does a write or a read look for what is too old.
TRIM_SECONDS: Final = 60.0


class Clocks(NamedTuple):
    """Seconds since 1970, and seconds that never go back."""

    wall: Callable[[], float]
    steady: Callable[[], float]


@dataclass
class Settings:
    """What can be changed of a stream while it is there."""

    mode: str = PROVISIONED
    retention_hours: int = DAY_HOURS
    max_record_kib: int = 1024
    key_id: str = ""
    distribution: str = "USER_PARTITION_KEY"
    warm_mibps: int | None = None
    policy: str = ""
    metrics: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


class DataStream:
    """A stream that takes records.

    Parameters
    ----------
    created
        When it was created, in milliseconds since 1970: with its ARN, its identity.
    """

    def __init__(self, arn: str, created: int, settings: Settings, scale: Scale, clocks: Clocks) -> None:
        self.arn = arn
        self.name = arn.rpartition("/")[2]
        self.account = arn.split(":")[4]
        self.created, self.settings = created, settings
        self.shards: dict[int, Shard] = {}
        self.next_shard = 0
        self.consumers: dict[str, Consumer] = {}
        self.scalings: list[float] = []
        self._scale, self._clocks = scale, clocks
        self._open: list[Shard] = []
        self._starts: list[int] = []
        self._turns = itertools.count()
        self._looked = clocks.steady()

    @property
    def key(self) -> str:
        """What the journal keeps it under."""
        return f"{self.arn}@{self.created}"

    # -- shards -------------------------------------------------------------------------------

    def open_uniformly(self, count: int) -> None:
        """Open the first shards."""
        for hashes in uniform(count):
            self.open_shard(hashes)
        self.settle()

    def open_shard(self, hashes: tuple[int, int], parents: tuple[Shard, ...] = ()) -> Shard:
        """Open a shard, to be followed by :meth:`settle`."""
        now = self._clocks.wall()
        # Later than each parent, whose last numbers may be of this second.
        created = max([int(now), *(parent.created + 1 for parent in parents)])
        shard = self.new_shard(
            self.next_shard,
            hashes,
            created=created,
            opened=now,
            parents=tuple(parent.number for parent in parents),
        )
        self.next_shard += 1
        return shard

    def new_shard(
        self,
        number: int,
        hashes: tuple[int, int],
        *,
        created: int,
        opened: float,
        parents: tuple[int, ...],
    ) -> Shard:
        """Add a shard as it is, to be followed by :meth:`settle`."""
        limits = (self._scale, self._clocks.steady)
        shard = Shard(number, hashes, created=created, opened=opened, parents=parents, limits=limits)
        self.shards[number] = shard
        return shard

    def close_shard(self, shard: Shard) -> None:
        """Close a shard, to be followed by :meth:`settle`."""
        shard.close(self._clocks.wall())

    def settle(self) -> None:
        """Send records to the shards that are open now."""
        self._open = sorted(
            (shard for shard in self.shards.values() if shard.open), key=lambda shard: shard.first_hash
        )
        self._starts = [shard.first_hash for shard in self._open]

    @property
    def open_shards(self) -> list[Shard]:
        """The shards that take records, by their hashes."""
        return self._open

    @property
    def listed_shards(self) -> list[Shard]:
        """The shards that are open, or hold records that are not too old."""
        horizon = self.horizon() / 1000
        return [each for each in self.shards.values() if each.closed is None or each.closed >= horizon]

    def children(self, shard: Shard) -> list[Shard]:
        """Return the shards that grew out of a shard."""
        return [child for child in self.shards.values() if shard.number in child.parents]

    def shard_of(self, key: str, explicit_hash: str | None) -> Shard:
        """Return the shard that a record goes to."""
        if self.settings.distribution == "AUTO":
            return self._open[next(self._turns) % len(self._open)]
        hashed = int(explicit_hash) if explicit_hash is not None else hash_of(key)
        return self._open[bisect_right(self._starts, hashed) - 1]

    def refused(self, shard: Shard, key: str, explicit_hash: str | None) -> None:
        """Note that a shard did not take a record: on demand, this is what it is divided for."""
        if self.settings.mode != ON_DEMAND:
            return
        if self.settings.distribution == "AUTO":
            shard.pressed |= {False, True}
        else:
            hashed = int(explicit_hash) if explicit_hash is not None else hash_of(key)
            shard.pressed.add(hashed >= shard.middle)

    # -- records ------------------------------------------------------------------------------

    def append(self, shard: Shard, key: str, data: bytes) -> tuple[int, int]:
        """Add a record to a shard; return its place and when it came, in milliseconds."""
        arrival = max(int(self._clocks.wall() * 1000), shard.log.last_arrival)
        return shard.log.append(key, data, arrival), arrival

    def read(self, shard: Shard, position: int) -> Iterator[Record]:
        """Yield a shard's records from an index on that are not too old."""
        return shard.log.read(position, since=self.horizon())

    def horizon(self) -> int:
        """Return the moment that records are kept from, in milliseconds since 1970."""
        return int((self._clocks.wall() - self.settings.retention_hours * HOUR_SECONDS) * 1000)

    def due(self) -> bool:
        """Say whether it is time to look for what is too old, and count it as done."""
        now = self._clocks.steady()
        if now - self._looked < TRIM_SECONDS:
            return False
        self._looked = now
        return True

    def trim(self) -> tuple[list[tuple[Shard, list[int]]], list[Shard]]:
        """Drop what is too old: segments of shards, and closed shards as a whole."""
        horizon = self.horizon()
        shards, listed = list(self.shards.values()), self.listed_shards
        segments = [(shard, dropped) for shard in shards if (dropped := shard.log.trim(horizon))]
        removed = [shard for shard in shards if shard not in listed]
        for shard in removed:
            del self.shards[shard.number]
        return segments, removed

    def opened_by(self, moment: float) -> Iterable[Shard]:
        """Yield the shards that took records at a moment, in seconds since 1970."""
        for shard in self.shards.values():
            if shard.opened <= moment and (shard.closed is None or shard.closed > moment):
                yield shard
