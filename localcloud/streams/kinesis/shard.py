"""A shard: a range of hashes, its records, and whose child it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.streams.kinesis.limits import ReadLimits, Scale, Writing
from localcloud.streams.kinesis.log import Log
from localcloud.streams.kinesis.sequence import LAST_PLACE, format_number

Json = dict[str, Any]


def shard_id(number: int) -> str:
    """Return the id of a shard.

    Examples
    --------
    >>> shard_id(3)
    'shardId-000000000003'
    """
    return f"shardId-{number:012d}"


class Shard:
    """A shard of a stream.

    Parameters
    ----------
    first_hash, last_hash
        The range of hashes that go to it.
    created
        The second that its sequence numbers begin with: later than those of its parents.
    opened
        When it was opened, in seconds since 1970.
    parents
        Numbers of the shards that it grew out of: none, one (split) or two (merge).

    Attributes
    ----------
    closed
        When it was closed; None while it takes records.
    pressed
        For which halves of its range, the lower (False) and the upper one, records were refused.
    """

    def __init__(
        self,
        number: int,
        hashes: tuple[int, int],
        *,
        created: int,
        opened: float,
        parents: tuple[int, ...] = (),
        limits: tuple[Scale, Callable[[], float]],
    ) -> None:
        self.number = number
        self.id = shard_id(number)
        self.first_hash, self.last_hash = hashes
        self.created, self.opened, self.parents = created, opened, parents
        self.closed: float | None = None
        self.log = Log()
        self.writing, self.reading = Writing(*limits), ReadLimits(*limits)
        self.listeners: set[Callable[[], None]] = set()
        self.pressed: set[bool] = set()

    @property
    def open(self) -> bool:
        """Whether it takes records."""
        return self.closed is None

    def sequence(self, place: int, arrival: int) -> str:
        """Return the sequence number of a record that came at a moment, in milliseconds."""
        return format_number(self.created, self.number, place, arrival // 1000)

    @property
    def middle(self) -> int:
        """The hash that its upper half begins with."""
        return (self.first_hash + self.last_hash + 1) // 2

    def close(self, moment: float) -> None:
        """Take no more records; those that are here stay for as long as they are kept."""
        self.closed = moment

    def notify(self) -> None:
        """Notify the shard's followers that there is something to read."""
        for listener in list(self.listeners):
            listener()

    def described(self) -> Json:
        """Return it as the API describes a shard."""
        numbers: Json = {"StartingSequenceNumber": format_number(self.created, self.number, 0, self.created)}
        if self.closed is not None:
            numbers["EndingSequenceNumber"] = format_number(
                self.created, self.number, LAST_PLACE, max(int(self.closed), self.created)
            )
        described: Json = {"ShardId": self.id}
        if self.parents:
            described["ParentShardId"] = shard_id(self.parents[0])
        if len(self.parents) > 1:
            described["AdjacentParentShardId"] = shard_id(self.parents[1])
        return {**described, "HashKeyRange": self.hash_range(), "SequenceNumberRange": numbers}

    def described_as_child(self) -> Json:
        """Return it as readers of its parents learn of it."""
        parents = [shard_id(number) for number in self.parents]
        return {"ShardId": self.id, "ParentShards": parents, "HashKeyRange": self.hash_range()}

    def hash_range(self) -> Json:
        """Return its range of hashes as the API writes it."""
        return {"StartingHashKey": str(self.first_hash), "EndingHashKey": str(self.last_hash)}
