"""Attributes that many items have alike, held once: an item of a table never changes in place.

Each attribute is a dict of its own where JSON is read, and a short text or number in it takes some 240 bytes:
an order's item of 830 bytes of JSON took 7 KB, and takes 4 KB so.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from localcloud.engine.mends.patching import Record

LONGEST: Final = 12
"""Longer texts are mostly one item's alone: an id, a time."""
_MOST: Final = 8192
_VALUES: dict[tuple[str, Any], Record] = {}
_ATOMS: Final = frozenset({"S", "N", "BOOL", "NULL"})


def shared(attributes: Record) -> Record:
    """Return attributes equal to those, parts of which other items have, too.

    Examples
    --------
    >>> first, second = ({"currency": {"S": text}} for text in ("EUR", "EUR"))
    >>> shared(first)["currency"] is shared(second)["currency"]
    True
    >>> shared({"items": {"L": [{"M": {"n": {"N": "1"}}}]}})
    {'items': {'L': [{'M': {'n': {'N': '1'}}}]}}
    """
    return {sys.intern(name): _value(value) for name, value in attributes.items()}


def _value(value: Any) -> Any:
    if type(value) is not dict or len(value) != 1:
        return value  # whatever it is, it is refused later
    ((kind, held),) = value.items()
    if kind in _ATOMS:
        if type(held) is str and len(held) > LONGEST:
            return value
        return _same(kind, held, value)
    if kind == "L" and type(held) is list:
        return {"L": [_value(item) for item in held]}
    if kind == "M" and type(held) is dict:
        return {"M": shared(held)}
    return value


def _same(kind: str, held: Any, value: Record) -> Record:
    if type(held) is not str and type(held) is not bool:
        return value
    if len(_VALUES) >= _MOST:
        _VALUES.clear()
    return _VALUES.setdefault((kind, held), value)
