"""Attributes that many items have alike, held once: an item of a table never changes in place.

Each attribute is a dict of its own where JSON is read, and a short text or number in it takes some 240 bytes:
an order's item of 830 bytes of JSON took 7 KB, and takes 4 KB so.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from localcloud.engine.patching import Record

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
    ((kind, content),) = value.items()
    if kind in _ATOMS:
        if type(content) is str and len(content) > LONGEST:
            return value
        return _same(kind, content, value)
    if kind == "L" and type(content) is list:
        return {"L": [_value(item) for item in content]}
    if kind == "M" and type(content) is dict:
        return {"M": shared(content)}
    return value


def _same(kind: str, content: Any, value: Record) -> Record:
    if type(content) is not str and type(content) is not bool:
        return value
    if len(_VALUES) >= _MOST:
        _VALUES.clear()
    return _VALUES.setdefault((kind, content), value)
