"""Items as JSON for readers of streams, each written once: one change leaves it and the next one finds it."""

from __future__ import annotations

import json
from typing import Final

from localcloud.engine.patching import Record

_REMEMBERED: Final = 256
_WRITTEN: dict[int, tuple[Record, str]] = {}
# What was read from JSON is no part of itself.
encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str).encode


def image(item: Record) -> str:
    """Return an item as JSON. It never changes in place, so what was written is remembered for a while.

    Examples
    --------
    >>> image({"id": {"S": "a"}})
    '{"id":{"S":"a"}}'
    """
    written = _WRITTEN.get(id(item))
    # The item is held with its text, or another could be where it was.
    if written is not None and written[0] is item:
        return written[1]
    if len(_WRITTEN) >= _REMEMBERED:
        _WRITTEN.clear()
    text = encode(item)
    _WRITTEN[id(item)] = (item, text)
    return text
