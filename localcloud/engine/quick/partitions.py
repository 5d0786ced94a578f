"""A table's items in less memory: partitions that were not used for a while are held as bytes.

Each attribute of an item is a dict of its own. An order's two items take 7 KB as values and 1 KB as bytes,
and most orders are not looked at again.
"""

from __future__ import annotations

import marshal
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import Function, Record

Bucket = dict[str, Record]
HOT: Final = 256
"""So many of the partitions that were used last stay values."""
_AT_ONCE: Final = 64
MOST_ITEMS: Final = 16
"""Partitions with more items stay values: to read one of them would read all."""
# What is longer gains by compression.
_COMPRESSED: Final = 400
_DEFLATED: Final = 0x78
# Held while a partition is packed, and while an item is stored or removed, from whatever thread.
_CHANGING: Final = threading.RLock()


class Packed(Mapping[str, Record]):
    """The items of a partition as bytes; each look reads all of them."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def read(self) -> Bucket:
        """Return the items."""
        text = self._text
        # No dict begins so in Python's own format.
        bucket: Bucket = marshal.loads(zlib.decompress(text) if text[0] == _DEFLATED else text)  # noqa: S302 - our own
        return bucket

    def __getitem__(self, sort: str) -> Record:
        return self.read()[sort]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    def items(self) -> Any:
        """See `Mapping.items`."""
        return self.read().items()

    def values(self) -> Any:
        """See `Mapping.values`."""
        return self.read().values()

    def __deepcopy__(self, memo: object) -> Bucket:
        return self.read()


class Partitions(defaultdict[str, Any]):
    """A table's items, by the values of their keys.

    A partition that is looked up is a dict from then on, as MiniStack expects it. In `values` and `items`,
    which pass over all of them, the others stay as they are.

    Examples
    --------
    >>> items = Partitions(dict)
    >>> for number in range(2000):
    ...     items.setdefault(str(number), {})["a"] = {"n": {"N": str(number)}}
    >>> items.packed > 1000, items["0"], items.get("1", {}).get("a")
    (True, {'a': {'n': {'N': '0'}}}, {'n': {'N': '1'}})
    """

    __slots__ = ("_used",)

    def __init__(self, factory: Any = dict, items: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(factory)
        self._used: dict[str, None] = {}  # values, those first that were for the longest time
        for partition, bucket in items:
            self[partition] = bucket

    @property
    def packed(self) -> int:
        """How many partitions are held as bytes."""
        return sum(type(bucket) is Packed for bucket in super().values())

    def __setitem__(self, partition: str, bucket: Any) -> None:
        super().__setitem__(partition, bucket)
        self._use(partition)

    def __getitem__(self, partition: str) -> Bucket:
        bucket = super().__getitem__(partition)
        return self._read(partition, bucket) if type(bucket) is Packed else bucket

    def get(self, partition: str, default: Any = None) -> Any:
        """See `dict.get`."""
        bucket = super().get(partition, default)
        return self._read(partition, bucket) if type(bucket) is Packed else bucket

    def setdefault(self, partition: str, default: Any = None) -> Any:
        """See `dict.setdefault`."""
        if partition not in self:
            self[partition] = default
        return self[partition]

    def pop(self, partition: str, *default: Any) -> Any:
        """See `dict.pop`."""
        bucket = super().pop(partition, *default)
        return bucket.read() if type(bucket) is Packed else bucket

    def __iter__(self) -> Iterator[str]:  # with the plain one, dict() would take the values as they are
        return super().__iter__()

    def copy(self) -> Partitions:
        """See `dict.copy`."""
        return Partitions(self.default_factory, self.items())

    def _read(self, partition: str, packed: Packed) -> Bucket:
        bucket = packed.read()
        self[partition] = bucket
        return bucket

    def _use(self, partition: str) -> None:
        used = self._used
        used[partition] = None
        if len(used) < HOT + _AT_ONCE or not _CHANGING.acquire(blocking=False):
            return
        try:
            for oldest in list(used)[: len(used) - HOT]:
                del used[oldest]
                self._pack(oldest)
        finally:
            _CHANGING.release()

    def _pack(self, partition: str) -> None:
        bucket = super().get(partition)
        if type(bucket) is not dict or not 0 < len(bucket) <= MOST_ITEMS:
            return  # it is not there any more, or stays
        try:
            text = marshal.dumps(bucket)
        except ValueError:
            return  # a value that is no plain JSON stays as it is
        super().__setitem__(partition, Packed(zlib.compress(text, 1) if len(text) > _COMPRESSED else text))


def hold_in_less_memory() -> None:
    """Have MiniStack's tables hold their items so."""
    tables = dynamodb.tables
    plain_class = type(tables)

    class Tables(plain_class):  # type: ignore[misc, valid-type] # MiniStack's
        __slots__ = ()

        def __setitem__(self, name: str, table: Record) -> None:
            super().__setitem__(name, _with_partitions(table))

        def set_scoped(self, account: str, region: str, name: str, table: Record) -> None:
            super().set_scoped(account, region, name, _with_partitions(table))

    # Code that already holds the object keeps it.
    tables.__class__ = Tables

    def one_at_a_time(before: Function) -> Function:
        def change(*arguments: Any) -> Any:
            with _CHANGING:
                return before(*arguments)

        return change

    DynamoDB.set_item.wrap(one_at_a_time)
    DynamoDB.remove_item.wrap(one_at_a_time)


def _with_partitions(table: Record) -> Record:
    items = table.get("items")
    if type(items) is defaultdict:
        table["items"] = Partitions(dict, items.items())
    return table
