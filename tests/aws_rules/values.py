"""DynamoDB's attribute values: their sizes, and what none may be.

Source: Amazon DynamoDB Developer Guide, "Item sizes and formats" and "Constraints".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Value: TypeAlias = "Mapping[str, Any]"
DEEPEST = 32
_NUMBER = re.compile(r"[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?")


def size(value: Value) -> int:
    """Return a value's size in bytes, as an item's size counts it."""
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content.strip("-+0.")) // 2 + 2
    if kind == "B":
        return len(base64.b64decode(content))
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "M":
        return 3 + sum(len(name.encode()) + size(inner) + 1 for name, inner in content.items())
    if kind == "L":
        return 3 + sum(size(inner) + 1 for inner in content)
    return sum(size({kind[0]: inner}) for inner in content)


def item_size(item: Mapping[str, Value]) -> int:
    """Return an item's size in bytes."""
    return sum(len(name.encode()) + size(value) for name, value in item.items())


def faults(value: Value, depth: int = 1) -> Iterator[tuple[str, str]]:
    """Yield (rule, what is wrong) for a value and what is in it."""
    if len(value) != 1:
        yield "one-type", f"a value has one type, not {sorted(value)}"
        return
    [(kind, content)] = value.items()
    if depth > DEEPEST:
        yield "nesting", f"deeper than {DEEPEST} levels"
    elif kind == "N":
        yield from _number(content)
    elif kind in {"SS", "NS", "BS"}:
        if not content:
            yield "empty-set", "a set may not be empty"
        if len(set(content)) != len(content):
            yield "duplicate-in-set", "a set holds each value once"
        for inner in content:
            yield from faults({kind[0]: inner}, depth + 1)
    elif kind == "M":
        for inner in content.values():
            yield from faults(inner, depth + 1)
    elif kind == "L":
        for inner in content:
            yield from faults(inner, depth + 1)
    elif kind not in {"S", "B", "BOOL", "NULL"}:
        yield "one-type", f"there is no type {kind}"


def _number(text: Any) -> Iterator[tuple[str, str]]:
    match = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None or not (match[1] or match[2]):
        yield "number", f"{text!r} is no number in a string"
        return
    digits = (match[1] + (match[2] or "")).strip("0")
    if len(digits) > 38:
        yield "number", f"{len(digits)} digits, at most 38"
    if digits:
        whole = match[1].lstrip("0")
        lead = len(whole) if whole else -(len(match[2] or "") - len((match[2] or "").lstrip("0")))
        exponent = lead - 1 + int(match[3] or 0)
        if not -130 <= exponent <= 125:
            yield "number", f"10^{exponent} is outside of 1E-130 to 9.99E+125"
