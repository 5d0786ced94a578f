"""The records of a shard: bytes behind one another in segments, each with three arrays of numbers.

A record costs its data, its key and fourteen bytes. A segment is dropped as a whole when its last
record is older than the retention period; what is too old in the first one that is left is not read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

SEGMENT_BYTES: Final = 1 << 20
SEGMENT_RECORDS: Final = 4096


class Record(NamedTuple):
    """A record.

    Attributes
    ----------
    place
        Where it is in the shard, from 1.
    arrival
        When it came, in milliseconds since 1970.
    size
        The bytes of data and partition key, which limits count.
    """

    place: int
    key: str
    data: bytes
    arrival: int
    size: int


class Segment:
    """Records one behind the other: data and key of each, where it ends, and when it came."""

    __slots__ = ("_arrivals", "_body", "_ends", "_keys", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self._body: bytearray | bytes = bytearray()
        self._ends = array("I")
        self._keys = array("H")
        self._arrivals = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def full(self) -> bool:
        """Whether the next record begins another segment."""
        return len(self._body) >= SEGMENT_BYTES or len(self._ends) >= SEGMENT_RECORDS

    @property
    def last_arrival(self) -> int:
        """When the last record came; 0 where there is none."""
        return self._arrivals[-1] if self._arrivals else 0

    def append(self, key: bytes, data: bytes, arrival: int) -> None:
        """Add a record."""
        body = self._body
        assert isinstance(body, bytearray)
        body += data
        body += key
        self._ends.append(len(body))
        self._keys.append(len(key))
        self._arrivals.append(arrival)

    def seal(self) -> None:
        """Give back what was set aside for more records."""
        self._body = bytes(self._body)

    def record(self, place: int) -> Record:
        """Return the record at a place, from 0."""
        begin = self._ends[place - 1] if place else 0
        end = self._ends[place]
        middle = end - self._keys[place]
        key = self._body[middle:end].decode()
        data = bytes(self._body[begin:middle])
        return Record(self.start + place, key, data, self._arrivals[place], end - begin)

    def arrival(self, place: int) -> int:
        """Return when the record at a place came."""
        return self._arrivals[place]

    def first_since(self, moment: int) -> int:
        """Return the place of the first record that came at a moment or later."""
        return bisect_left(self._arrivals, moment)


class Log:
    """A shard's records, the oldest first.

    Parameters
    ----------
    first
        The index of the first record to come.

    Examples
    --------
    >>> log = Log()
    >>> log.append("a", b"1", 1000), log.append("b", b"2", 2000)
    (1, 2)
    >>> [record.data for record in log.read(1, since=1500)]
    [b'2']
    """

    def __init__(self, first: int = 1) -> None:
        self.first = self.next = first
        self._segments: list[Segment] = []

    @property
    def last_arrival(self) -> int:
        """When the newest record came; 0 where there is none."""
        return self._segments[-1].last_arrival if self._segments else 0

    @property
    def segment(self) -> int:
        """The index at which the segment of the newest record begins."""
        return self._segments[-1].start

    @property
    def segments(self) -> list[int]:
        """The index at which each segment begins."""
        return [segment.start for segment in self._segments]

    def append(self, key: str, data: bytes, arrival: int) -> int:
        """Add a record that came at a moment, and return its index; the moment never goes back."""
        if not self._segments or self._segments[-1].full:
            self.begin_segment()
        self._segments[-1].append(key.encode(), data, max(arrival, self.last_arrival))
        place = self.next
        self.next = place + 1
        return place

    def begin_segment(self) -> None:
        """Begin another segment with the next record."""
        if self._segments:
            self._segments[-1].seal()
        self._segments.append(Segment(self.next))

    def read(self, position: int, *, since: int) -> Iterator[Record]:
        """Yield records from an index on, none that came before a moment."""
        for segment in list(self._segments):
            if segment.start + len(segment) <= position or segment.last_arrival < since:
                continue
            begin = max(position - segment.start, segment.first_since(since))
            for place in range(begin, len(segment)):
                yield segment.record(place)

    def arrival_at(self, position: int, *, since: int) -> int | None:
        """Return when the first record from an index on came; None where there is none."""
        for segment in self._segments:
            if segment.start + len(segment) <= position or segment.last_arrival < since:
                continue
            return segment.arrival(max(position - segment.start, segment.first_since(since)))
        return None

    def first_since(self, moment: int) -> int:
        """Return the index of the first record that came at a moment or later; the next where none did."""
        for segment in self._segments:
            if segment.last_arrival >= moment:
                return segment.start + segment.first_since(moment)
        return self.next

    def trim(self, moment: int) -> list[int]:
        """Drop segments whose records all came before a moment; return where each began."""
        dropped: list[int] = []
        while self._segments and self._segments[0].last_arrival < moment:
            segment = self._segments.pop(0)
            dropped.append(segment.start)
            self.first = segment.start + len(segment)
        return dropped
