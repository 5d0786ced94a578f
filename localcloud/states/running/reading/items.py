"""Items, and where each was read."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from localcloud.states.language.scope import Json


@dataclass
class Items:
    """The items of a data set.

    Attributes
    ----------
    values
        The items.

    Examples
    --------
    >>> items = Items()
    >>> items.add("s3://shop/a", [1, 2])
    >>> items.add("s3://shop/b", [3])
    >>> items.values, items.source(1), items.source(2)
    ([1, 2, 3], 's3://shop/a', 's3://shop/b')
    """

    values: list[Json] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _addresses: list[str] = field(default_factory=list)

    def add(self, address: str, values: list[Json]) -> None:
        """Add items that were read at an address."""
        if not self._addresses or self._addresses[-1] != address:
            self._starts.append(len(self.values))
            self._addresses.append(address)
        self.values += values

    def source(self, index: int) -> str:
        """Return the address of an item: the context object's ``Map.Item.Source``."""
        return self._addresses[bisect_right(self._starts, index) - 1]


def address(bucket: str, key: str = "") -> str:
    """Return the address of an object or a bucket.

    Examples
    --------
    >>> address("shop", "a/b"), address("shop")
    ('s3://shop/a/b', 's3://shop')
    """
    return f"s3://{bucket}/{key}" if key else f"s3://{bucket}"
