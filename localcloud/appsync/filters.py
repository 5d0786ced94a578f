"""Subscription filters: enhanced ones, set by a resolver, and those that a subscription's arguments are.

Source: "Enhanced filtering" and "Subscription arguments" in the AppSync developer guide, and AppSync's
quotas. Filters are immutable and hashable, so that a fan-out can treat equal ones as one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.definition import JSON

Scalar = str | int | float | bool
Operand = Scalar | tuple[Scalar, ...]

MAX_GROUPS: Final = 10
"""How many filters may be ORed; each value of an ``in`` counts as one more."""
MAX_FILTERS_IN_GROUP: Final = 10
MAX_FIELDS: Final = 5
MAX_IN: Final = 5
MAX_CONTAINS_ANY: Final = 20
MAX_STRING: Final = 256
MAX_DEPTH: Final = 5


class FilterInvalid(ValueError):
    """A filter that AppSync would not take; the message says what is wrong."""


class FilterLimitExceeded(FilterInvalid):
    """A filter beyond one of AppSync's limits.

    Attributes
    ----------
    rule
        The limit's name, such as ``values of in``.
    """

    def __init__(self, rule: str, limit: int, count: int) -> None:
        super().__init__(f"subscription filter: at most {limit} {rule}, this one has {count}")
        self.rule, self.limit, self.count = rule, limit, count


def _same(left: JSON, right: Scalar) -> bool:
    # In JSON true is not 1; in Python it is.
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _order(left: JSON, right: Operand, compare: Callable[[float | str, float | str], bool]) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return compare(left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return compare(left, right)
    return False


def _contains(value: JSON, operand: Operand) -> bool:
    if isinstance(operand, tuple):
        return False
    if isinstance(value, list):
        return any(_same(item, operand) for item in value)
    return isinstance(value, str) and isinstance(operand, str) and operand in value


def _many(operand: Operand) -> tuple[Scalar, ...]:
    return operand if isinstance(operand, tuple) else (operand,)


def _eq(value: JSON, operand: Operand) -> bool:
    return not isinstance(operand, tuple) and _same(value, operand)


_OPERATORS: Final[Mapping[str, Callable[[JSON, Operand], bool]]] = {
    "eq": _eq,
    "ne": lambda value, operand: not _eq(value, operand),
    "le": lambda value, operand: _order(value, operand, lambda a, b: a <= b),  # type: ignore[operator]
    "lt": lambda value, operand: _order(value, operand, lambda a, b: a < b),  # type: ignore[operator]
    "ge": lambda value, operand: _order(value, operand, lambda a, b: a >= b),  # type: ignore[operator]
    "gt": lambda value, operand: _order(value, operand, lambda a, b: a > b),  # type: ignore[operator]
    "contains": _contains,
    "notContains": lambda value, operand: not _contains(value, operand),
    "beginsWith": lambda value, operand: (
        isinstance(value, str) and isinstance(operand, str) and value.startswith(operand)
    ),
    "in": lambda value, operand: any(_same(value, item) for item in _many(operand)),
    "notIn": lambda value, operand: not any(_same(value, item) for item in _many(operand)),
    "between": lambda value, operand: (
        _OPERATORS["ge"](value, _many(operand)[0]) and _OPERATORS["le"](value, _many(operand)[1])
    ),
    "containsAny": lambda value, operand: any(_contains(value, item) for item in _many(operand)),
}
OPERATORS: Final = frozenset(_OPERATORS)
_LISTS: Final = frozenset({"in", "notIn", "between", "containsAny"})
_ANY: Final = "a string, number or boolean"
_TAKES: Final = {"eq": _ANY, "ne": _ANY, "beginsWith": "a string"}


@dataclass(frozen=True)
class FieldFilter:
    """One condition: the field at ``path`` against ``operand``; a missing or null field never passes."""

    path: tuple[str, ...]
    operator: str
    operand: Operand

    def matches(self, payload: Mapping[str, JSON]) -> bool:
        """Return whether the payload meets the condition."""
        value: JSON = payload.get(self.path[0])
        for name in self.path[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        return value is not None and _OPERATORS[self.operator](value, self.operand)


@dataclass(frozen=True)
class FilterGroups:
    """An enhanced filter: the groups are ORed, the filters of a group are ANDed."""

    groups: tuple[tuple[FieldFilter, ...], ...]

    def matches(self, payload: Mapping[str, JSON]) -> bool:
        """Return whether any group passes as a whole."""
        return any(all(rule.matches(payload) for rule in group) for group in self.groups)


@dataclass(frozen=True)
class ArgumentFilter:
    """The filter that a subscription's arguments are: each given one must equal the payload's field.

    An argument that was left out filters nothing; one given as null wants the field to be null. A field that
    the mutation did not select is in no payload, so it matches nothing, null neither.
    """

    expected: tuple[tuple[str, object], ...]

    def matches(self, payload: Mapping[str, JSON]) -> bool:
        """Return whether every argument equals its field."""
        return all(name in payload and freeze(payload[name]) == value for name, value in self.expected)


def freeze(value: JSON) -> object:
    """Return a hashable stand-in for a JSON value; equal values, and they alone, give equal stand-ins."""
    if isinstance(value, dict):
        return ("object", frozenset((key, freeze(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("list", tuple(freeze(inner) for inner in value))
    return ("boolean", value) if isinstance(value, bool) else value


def argument_filter(arguments: Mapping[str, JSON]) -> ArgumentFilter:
    """Make a filter of a subscription's arguments, as they were given.

    Examples
    --------
    >>> argument_filter({"orderId": "7"}).matches({"orderId": "7", "status": "PACKED"})
    True
    >>> argument_filter({"reason": None}).matches({"reason": "OUT_OF_STOCK"})
    False
    """
    return ArgumentFilter(tuple((name, freeze(value)) for name, value in sorted(arguments.items())))


def _limit(rule: str, limit: int, count: int) -> None:
    if count > limit:
        raise FilterLimitExceeded(rule, limit, count)


def _scalar(value: JSON, operator: str, where: str) -> Scalar:
    """Return an operand; which types an operator takes is in the guide's table of operators."""
    if isinstance(value, str):
        _limit("characters in a string", MAX_STRING, len(value))
        return value
    kinds = _TAKES.get(operator, "a string or number")
    if isinstance(value, int | float) and ("boolean" if isinstance(value, bool) else "number") in kinds:
        return value
    msg = f"subscription filter: {where} takes {kinds}"
    raise FilterInvalid(msg)


def _filter(document: JSON) -> FieldFilter:
    if not isinstance(document, dict):
        msg = "subscription filter: each of filters is {fieldName, operator, value}"
        raise FilterInvalid(msg)
    name, operator, value = document.get("fieldName"), document.get("operator"), document.get("value")
    if not isinstance(name, str) or not name:
        msg = "subscription filter: fieldName is missing"
        raise FilterInvalid(msg)
    if not isinstance(operator, str) or operator not in OPERATORS:
        msg = f"subscription filter: {operator} is no operator; there are {', '.join(sorted(OPERATORS))}"
        raise FilterInvalid(msg)
    _limit("characters in a string", MAX_STRING, len(name))
    path = tuple(name.split("."))
    _limit("levels in a field's path", MAX_DEPTH, len(path))
    if operator not in _LISTS:
        return FieldFilter(path, operator, _scalar(value, operator, f"{name} {operator}"))
    if not isinstance(value, list):
        msg = f"subscription filter: {name} {operator} takes a list"
        raise FilterInvalid(msg)
    if operator == "between" and len(value) != 2:
        msg = f"subscription filter: {name} between takes two values"
        raise FilterInvalid(msg)
    _limit(f"values of {operator}", MAX_CONTAINS_ANY if operator == "containsAny" else MAX_IN, len(value))
    return FieldFilter(path, operator, tuple(_scalar(item, operator, f"{name} {operator}") for item in value))


def _alternatives(group: tuple[FieldFilter, ...]) -> int:
    """Return as how many groups AppSync counts one: it takes an ``in`` for an OR of its values."""
    return math.prod(max(1, len(_many(rule.operand))) for rule in group if rule.operator == "in")


def parse_filter(document: JSON) -> FilterGroups | None:
    """Read the JSON of ``extensions.setSubscriptionFilter``; null or no groups at all is no filter.

    Raises
    ------
    FilterLimitExceeded
        Beyond a limit of AppSync's.
    FilterInvalid
        Not a filter.

    Examples
    --------
    >>> groups = parse_filter({"filterGroup": [{"filters": [
    ...     {"fieldName": "severity", "operator": "ge", "value": 7}]}]})
    >>> groups.matches({"severity": 8}), groups.matches({})
    (True, False)
    """
    if document is None:
        return None
    groups = document.get("filterGroup") if isinstance(document, dict) else None
    if not isinstance(groups, list):
        msg = "subscription filter: {filterGroup: [{filters: [...]}]} is expected"
        raise FilterInvalid(msg)
    _limit("groups", MAX_GROUPS, len(groups))
    parsed = []
    for group in groups:
        filters = group.get("filters") if isinstance(group, dict) else None
        if not isinstance(filters, list) or not filters:
            msg = "subscription filter: a group has filters, at least one"
            raise FilterInvalid(msg)
        _limit("filters in a group", MAX_FILTERS_IN_GROUP, len(filters))
        group_filters = tuple(_filter(document) for document in filters)
        _limit("different fields", MAX_FIELDS, len({rule.path for rule in group_filters}))
        parsed.append(group_filters)
    _limit("groups", MAX_GROUPS, sum(map(_alternatives, parsed)))
    return FilterGroups(tuple(parsed)) if parsed else None
