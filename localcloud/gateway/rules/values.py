"""JSON Schema draft 4's keywords of single values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol, TypeAlias

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.rules.formats import FORMATS


class Judge(Protocol):
    """Judges values by schemas within the one that is looked at."""

    def judge(self, schema: JSON, value: JSON, root: JSON) -> Iterator[str]:
        """Yield what is wrong with a value."""

    def holds(self, schema: JSON, value: JSON, root: JSON) -> bool:
        """Return whether nothing is wrong with a value."""


Check: TypeAlias = Callable[[Judge, JSON, JSON, Mapping[str, JSON]], Iterator[str]]
"""Yields what a keyword finds wrong: of its own value, the document's, and the schema around it."""


def printed(value: JSON) -> str:
    """Return a value as messages show it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    int: "integer",
    list: "array",
}


def kind_of(value: JSON) -> str:
    """Return JSON Schema's name of a value's type."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return "object" if isinstance(value, Mapping) else _KINDS[type(value)]


def _type(_: Judge, allowed: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    names = [allowed] if isinstance(allowed, str) else allowed
    if not isinstance(names, list):
        return
    kind = kind_of(value)
    if kind not in names and not (kind == "integer" and "number" in names):
        every = sorted({*(str(name) for name in names), *(["integer"] if "number" in names else [])})
        yield (
            f"instance type ({kind}) does not match any allowed primitive type (allowed: {printed([*every])})"
        )


def _enum(_: Judge, values: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(values, list) and not any(_same(value, each) for each in values):
        yield f"instance value ({printed(value)}) not found in enum (possible values: {printed(values)})"


def _same(left: JSON, right: JSON) -> bool:
    # For Python true is 1.
    numbers = _number(left) is not None and _number(right) is not None
    return left == right and (numbers or type(left) is type(right))


def _number(value: JSON) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _minimum(_: Judge, limit: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    number, least = _number(value), _number(limit)
    if number is None or least is None:
        return
    if number < least:
        limits = f"(minimum: {printed(limit)}, found: {printed(value)})"
        yield f"numeric instance is lower than the required minimum {limits}"
    elif number == least and schema.get("exclusiveMinimum") is True:
        yield f"numeric instance is not strictly greater than the required minimum {printed(limit)}"


def _maximum(_: Judge, limit: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    number, most = _number(value), _number(limit)
    if number is None or most is None:
        return
    if number > most:
        limits = f"(maximum: {printed(limit)}, found: {printed(value)})"
        yield f"numeric instance is greater than the required maximum {limits}"
    elif number == most and schema.get("exclusiveMaximum") is True:
        yield f"numeric instance is not strictly lower than the required maximum {printed(limit)}"


def _multiple(_: Judge, divisor: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    number, by = _number(value), _number(divisor)
    if number is not None and by and abs((number / by) - round(number / by)) > 1e-9:
        yield f"remainder of division is not zero ({printed(value)} / {printed(divisor)})"


def _shortest(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    least = _number(limit)
    if isinstance(value, str) and least is not None and len(value) < least:
        yield (
            f"string {printed(value)} is too short (length: {len(value)}, required minimum: {printed(limit)})"
        )


def _longest(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    most = _number(limit)
    if isinstance(value, str) and most is not None and len(value) > most:
        yield f"string {printed(value)} is too long (length: {len(value)}, maximum allowed: {printed(limit)})"


def _pattern(_: Judge, pattern: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(value, str) and isinstance(pattern, str) and not matches(pattern, value):
        yield f"ECMA 262 regex {printed(pattern)} does not match input string {printed(value)}"


def matches(pattern: str, value: str) -> bool:
    """Return whether a regular expression is found in a text; one that is none matches everything."""
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _format(_: Judge, name: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    form = FORMATS.get(name) if isinstance(name, str) else None
    if form is not None and isinstance(value, str) and not form[0](value):
        yield form[1].format(printed(value))


VALUES: Final[dict[str, Check]] = {
    "type": _type,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "multipleOf": _multiple,
    "minLength": _shortest,
    "maxLength": _longest,
    "pattern": _pattern,
    "format": _format,
}
"""Each keyword's check, in the order in which errors are shown."""
