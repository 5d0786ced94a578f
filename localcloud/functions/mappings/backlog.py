"""What was read of a shard and is not done with, in lanes that may be handled at once."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable, Iterator

from localcloud.functions.mappings.records import Record, length_of, ordering_key, sequence_number


class Backlog:
    """Records in the order of their shard, spread over lanes; an item's changes share a lane.

    Parameters
    ----------
    lanes
        ParallelizationFactor: how many batches of a shard may run at once.

    Attributes
    ----------
    length
        How long the records' texts are, together.

    Examples
    --------
    >>> backlog = Backlog(2)
    >>> backlog.extend({"kinesis": {"partitionKey": "a", "sequenceNumber": n}} for n in ("7", "8"))
    >>> len(backlog), backlog.oldest(), [len(lane) for lane in backlog.lanes if lane]
    (2, '7', [2])
    """

    def __init__(self, lanes: int = 1) -> None:
        self.lanes: list[deque[Record]] = [deque() for _ in range(lanes)]
        self.length = 0

    def __len__(self) -> int:
        return len(self.lanes[0]) if len(self.lanes) == 1 else sum(map(len, self.lanes))

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in the order of their shard."""
        if len(self.lanes) == 1:
            return iter(self.lanes[0])
        return iter(sorted((record for lane in self.lanes for record in lane), key=_place))

    def extend(self, records: Iterable[Record]) -> None:
        """Take records that were read."""
        records = list(records)
        self.length += sum(map(length_of, records))
        if len(self.lanes) == 1:
            self.lanes[0].extend(records)
            return
        for record in records:
            # crc32, unlike hash(), gives the same lane in every process.
            self.lanes[zlib.crc32(ordering_key(record).encode()) % len(self.lanes)].append(record)

    def done(self, lane: deque[Record], count: int) -> None:
        """Take the first records of a lane for done with."""
        for _ in range(count):
            self.length -= length_of(lane.popleft())

    def spread(self, lanes: int) -> None:
        """Spread what is there over another number of lanes; none of them may be at work."""
        if lanes != len(self.lanes):
            records = list(self)
            self.lanes, self.length = [deque() for _ in range(lanes)], 0
            self.extend(records)

    def oldest(self) -> str | None:
        """Return the sequence number up to which everything is done with, exclusively; None where all is."""
        return min((sequence_number(lane[0]) for lane in self.lanes if lane), key=int, default=None)


def _place(record: Record) -> int:
    return int(sequence_number(record))
