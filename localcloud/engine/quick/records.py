"""A table's stream in less memory: what its readers have long passed is held as bytes.

AWS keeps a record for 24 hours, and so does MiniStack. As values, with the images that nothing else holds
any more, the records of a thousand orders took 40 MB. Neighbours are packed together: most of their text is
the same.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, SupportsIndex, overload

from localcloud.engine.ministack.dynamodb import dynamodb
from localcloud.engine.patching import Record

TAIL: Final = 256
"""Readers that keep up find so many of the last records as values."""
_AT_ONCE: Final = 64


class _Page:
    """Some records behind one another, as bytes."""

    __slots__ = ("_text",)
    _last: tuple[_Page | None, list[Record]] = (None, [])

    def __init__(self, records: list[Record]) -> None:
        self._text = zlib.compress(marshal.dumps(records), 1)

    def read(self) -> list[Record]:
        """Return the records. Those of the page that was read last are at hand: readers go on in it."""
        page, records = _Page._last
        if page is not self:
            records = marshal.loads(zlib.decompress(self._text))  # noqa: S302 - our own
            _Page._last = self, records
        return records


class _Place(NamedTuple):
    """A record in a page."""

    page: _Page
    number: int


class StreamRecords(list[Any]):
    """Records, oldest first; each is read as the dict that it is.

    Examples
    --------
    >>> records = StreamRecords({"n": number} for number in range(1000))
    >>> records[0], records[-1], records[2:4], len(records)
    ({'n': 0}, {'n': 999}, [{'n': 2}, {'n': 3}], 1000)
    >>> del records[:998]
    >>> list(records), records.packed
    ([{'n': 998}, {'n': 999}], 0)
    """

    __slots__ = ("packed",)

    def __init__(self, records: Iterable[Record] = ()) -> None:
        super().__init__(records)
        self.packed = 0
        self._pack()

    def append(self, record: Record) -> None:
        """Add the newest record."""
        super().append(record)
        if len(self) - self.packed >= TAIL + _AT_ONCE:
            self._pack()

    @overload
    def __getitem__(self, place: SupportsIndex) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Record | list[Record]:
        stored = super().__getitem__(place)
        return [_read(record) for record in stored] if isinstance(place, slice) else _read(stored)

    def __iter__(self) -> Iterator[Record]:
        return map(_read, super().__iter__())

    def __delitem__(self, place: SupportsIndex | slice) -> None:
        """Remove the oldest, as a stream does: any others would be too dear to count."""
        number = len(self)
        super().__delitem__(place)
        self.packed = max(0, self.packed - (number - len(self)))
        if self:
            super().__setitem__(0, self[0])

    def _pack(self) -> None:
        end = max(self.packed, len(self) - TAIL)
        # The first is asked for its age at every write.
        start = max(self.packed, 1)
        for begin in range(start, end, _AT_ONCE):
            part = range(begin, min(begin + _AT_ONCE, end))
            try:
                page = _Page([super(StreamRecords, self).__getitem__(place) for place in part])
            except ValueError:
                continue  # with a value that is no plain JSON they stay as they are
            for number, place in enumerate(part):
                super().__setitem__(place, _Place(page, number))
        self.packed = end


def _read(record: Any) -> Record:
    read: Record = record.page.read()[record.number] if type(record) is _Place else record
    return read


def hold_in_less_memory() -> None:
    """Have MiniStack's streams be such lists."""
    streams = dynamodb.stream_records
    plain_class = type(streams)

    class Streams(plain_class):  # type: ignore[misc, valid-type] # MiniStack's
        __slots__ = ()

        def __setitem__(self, table: str, records: list[Record]) -> None:
            super().__setitem__(table, StreamRecords(records))

        def set_scoped(self, account: str, region: str, table: str, records: list[Record]) -> None:
            super().set_scoped(account, region, table, StreamRecords(records))

    # Code that already holds the object keeps it.
    streams.__class__ = Streams
