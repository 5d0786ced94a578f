"""The comparisons of JSONPath's filters, as the library that AWS uses makes them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from localcloud.states.language.scope import ABSENT, Json

Comparison: TypeAlias = Callable[[Json, Json], bool]


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(value: Json, operand: Json) -> bool:
    """Return whether two values are equal; a string equals the number that it spells."""
    if value is ABSENT or operand is ABSENT:
        return value is operand
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    if isinstance(value, str) and _is_number(operand):
        value, operand = operand, value
    if _is_number(value) and isinstance(operand, str):
        try:
            return bool(value == float(operand))
        except ValueError:
            return False
    return bool(value == operand)


def _ordered(compare: Comparison) -> Comparison:
    def test(value: Json, operand: Json) -> bool:
        if isinstance(value, str):
            return isinstance(operand, str) and compare(value, operand)
        return _is_number(value) and _is_number(operand) and compare(value, operand)

    return test


def _matches(value: Json, operand: Json) -> bool:
    return isinstance(value, str) and isinstance(operand, re.Pattern) and operand.fullmatch(value) is not None


def _within(value: Json, operand: Json) -> bool:
    return isinstance(operand, list) and any(_equal(value, item) for item in operand)


def _contains(value: Json, operand: Json) -> bool:
    if isinstance(value, str):
        return isinstance(operand, str) and operand in value
    return _within(operand, value)


def _size(value: Json, operand: Json) -> bool:
    return isinstance(value, list | str | dict) and _is_number(operand) and len(value) == operand


def _empty(value: Json, operand: Json) -> bool:
    return isinstance(value, list | str | dict) and isinstance(operand, bool) and (not value) is operand


def _any_of(value: Json, operand: Json) -> bool:
    return isinstance(value, list) and any(_within(item, operand) for item in value)


COMPARISONS: Final[dict[str, Comparison]] = {
    "==": _equal,
    "!=": lambda value, operand: not _equal(value, operand),
    "===": lambda value, operand: type(value) is type(operand) and _equal(value, operand),
    "!==": lambda value, operand: type(value) is not type(operand) or not _equal(value, operand),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "=~": _matches,
    "in": _within,
    "nin": lambda value, operand: not _within(value, operand),
    "contains": _contains,
    "size": _size,
    "empty": _empty,
    "anyof": _any_of,
    "noneof": lambda value, operand: isinstance(value, list) and not _any_of(value, operand),
    "subsetof": lambda value, operand: (
        isinstance(value, list) and all(_within(item, operand) for item in value)
    ),
}
