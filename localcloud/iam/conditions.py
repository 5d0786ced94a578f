"""Condition operators.

Source: "IAM JSON policy elements: Condition operators" and "Set operators for multi-valued context keys" in
the IAM user guide.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from localcloud.iam.documents import PolicyCondition
from localcloud.iam.patterns import Lookup, expanded, matches

Value = str | tuple[str, ...]
# What a request brings along, by condition key in lower case.
Context = Mapping[str, Value]
Compare = Callable[[str, str], bool]


def _number(compare: Callable[[float, float], bool]) -> Compare:
    def holds(value: str, expected: str) -> bool:
        try:
            return compare(float(value), float(expected))
        except ValueError:
            return False

    return holds


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date(compare: Callable[[datetime, datetime], bool]) -> Compare:
    def holds(value: str, expected: str) -> bool:
        try:
            return compare(_moment(value), _moment(expected))
        except (ValueError, OverflowError, OSError):
            return False

    return holds


def _address(value: str, expected: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(expected, strict=False)
    except ValueError:
        return False


def _arn(value: str, expected: str) -> bool:
    """Compare ARNs: each of the six parts for itself, with wildcards."""
    parts, patterns = value.split(":", 5), expected.split(":", 5)
    if len(parts) < 6 or len(patterns) < 6:
        return expected == "*" and len(parts) == 6
    return all(matches(pattern, part) for part, pattern in zip(parts, patterns, strict=True))


_OPERATORS: Final[Mapping[str, Compare]] = {
    "stringequals": lambda value, expected: value == expected,
    "stringequalsignorecase": lambda value, expected: value.lower() == expected.lower(),
    "stringlike": lambda value, expected: matches(expected, value),
    "numericequals": _number(lambda value, expected: value == expected),
    "numericlessthan": _number(lambda value, expected: value < expected),
    "numericlessthanequals": _number(lambda value, expected: value <= expected),
    "numericgreaterthan": _number(lambda value, expected: value > expected),
    "numericgreaterthanequals": _number(lambda value, expected: value >= expected),
    "dateequals": _date(lambda value, expected: value == expected),
    "datelessthan": _date(lambda value, expected: value < expected),
    "datelessthanequals": _date(lambda value, expected: value <= expected),
    "dategreaterthan": _date(lambda value, expected: value > expected),
    "dategreaterthanequals": _date(lambda value, expected: value >= expected),
    "bool": lambda value, expected: value.lower() == expected.lower(),
    "binaryequals": lambda value, expected: value == expected,
    "ipaddress": _address,
    "arnequals": _arn,
    "arnlike": _arn,
}
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def holds(condition: PolicyCondition, context: Context, lookup: Lookup | None) -> bool:
    """Say whether a condition holds for a request.

    Parameters
    ----------
    lookup
        The values of policy variables; None where the policy knows none.

    Examples
    --------
    >>> holds(PolicyCondition("StringLike", "s3:prefix", ("home/*",)), {"s3:prefix": "home/ada"}, None)
    True
    >>> holds(PolicyCondition("StringNotEquals", "aws:sourceaccount", ("1",)), {}, None)
    True
    """
    operator = condition.operator.lower()
    present = context.get(condition.key)
    if operator == "null":
        return (present is None) == (condition.values[:1] == ("true",))
    quantifier, _, base = operator.rpartition(":")
    base, if_exists = (base.removesuffix("ifexists"), True) if base.endswith("ifexists") else (base, False)
    negated = base in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(base, base))
    if compare is None:
        return False
    if present is None:
        return if_exists or quantifier == "forallvalues" or (negated and quantifier != "foranyvalue")
    # A pattern's variables are put in where it is matched: their values are text, and no wildcards.
    likes = _NEGATED.get(base, base) == "stringlike"
    expected = condition.values if likes else _expected(condition.values, lookup)
    values = (present,) if isinstance(present, str) else present

    def agrees(value: str) -> bool:
        if likes:
            return any(matches(text, value, lookup) for text in expected) != negated
        return any(compare(value, text) for text in expected) != negated

    if quantifier == "forallvalues":
        return all(agrees(value) for value in values)
    if quantifier == "foranyvalue" or not negated:
        return any(agrees(value) for value in values)
    return all(agrees(value) for value in values)


def _expected(values: tuple[str, ...], lookup: Lookup | None) -> tuple[str, ...]:
    """Return what a condition compares with; a variable without a value leaves its text out."""
    if lookup is None:
        return values
    texts = (expanded(value, lookup) for value in values)
    return tuple(text for text in texts if text is not None)
