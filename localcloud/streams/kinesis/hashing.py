"""Where a record goes: the hash of its partition key, and the ranges that shards divide hashes into."""

from __future__ import annotations

import hashlib
from typing import Final

HASHES: Final = 1 << 128


def hash_of(partition_key: str) -> int:
    """Return the hash of a partition key: MD5, as an unsigned number of 128 bits.

    Examples
    --------
    >>> hash_of("a")
    16955237001963240173058271559858726497
    """
    return int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest())


def uniform(count: int) -> list[tuple[int, int]]:
    """Divide all hashes into ranges of the same size, first and last hash of each.

    Examples
    --------
    >>> uniform(1)
    [(0, 340282366920938463463374607431768211455)]
    >>> [first for first, _ in uniform(3)]
    [0, 113427455640312821154458202477256070485, 226854911280625642308916404954512140970]
    """
    size = HASHES // count
    starts = [size * number for number in range(count)]
    return list(zip(starts, [start - 1 for start in [*starts[1:], HASHES]], strict=True))
