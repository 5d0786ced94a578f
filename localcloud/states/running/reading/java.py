"""The order of a Java HashMap: AWS's service keeps the fields of a CSV record in one."""

from __future__ import annotations

from collections.abc import Sequence


def hash_code(text: str) -> int:
    """Return Java's ``String.hashCode()``, unsigned.

    Examples
    --------
    >>> hash_code("H1")
    2281
    """
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (code * 31 + (high << 8 | low)) & 0xFFFFFFFF
    return code


def hash_order(names: Sequence[str]) -> list[int]:
    """Return the positions of names, all different, in the order in which a HashMap has them.

    Examples
    --------
    >>> hash_order(["0", "True", "{}"])
    [0, 2, 1]
    """
    buckets = 16
    while len(names) > buckets * 3 // 4:
        buckets *= 2
    return sorted(range(len(names)), key=lambda number: _bucket(names[number], buckets))


def _bucket(name: str, buckets: int) -> int:
    code = hash_code(name)
    return (code ^ code >> 16) & (buckets - 1)
