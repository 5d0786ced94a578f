"""JSON and values as AWS writes them."""

from __future__ import annotations

import json
from typing import Final

from localcloud.states.language.scope import Json

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_text(value: Json) -> str:
    """Return `value` as JSON text, in the form that causes and intrinsic functions use.

    Examples
    --------
    >>> to_text({"name": "Zoë", "lines": [1, 2.5, None]})
    '{"name":"Zoë","lines":[1,2.5,null]}'
    """
    return _ENCODER.encode(value)


def to_display(value: Json) -> str:
    """Return `value` as ``States.Format`` prints it: strings bare, objects as Java prints a map.

    Examples
    --------
    >>> to_display({"a": [1, "x"], "b": None})
    '{a=[1, x], b=null}'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={to_display(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_display, value)) + "]"
    return _ENCODER.encode(value)
