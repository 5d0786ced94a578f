"""The conditions of statements: the operators that AWS IoT policies are written with."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localcloud.iot.policies.patterns import filled, matches

Context = Mapping[str, tuple[str, ...]]
"""What is known of a request: the values of each key, whose name is in lower case."""


class ConditionInvalid(Exception):
    """An operator that this endpoint does not know; the message names it."""


@dataclass(frozen=True, slots=True)
class IotCondition:
    """One operator on one key: any of the wanted values will do.

    Attributes
    ----------
    quantifier
        ``all``, ``any``, or none for a key that has one value.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False

    def holds(self, context: Context, variables: Mapping[str, str]) -> bool:
        """Return whether the condition is met."""
        values = context.get(self.key)
        negative = self.operator in _NEGATIVE
        if values is None:
            return self.if_exists or negative or self.quantifier == "all"
        single = _OPERATORS[self.operator]
        each = [
            any(single(pattern, value, variables) for pattern in self.values) != negative for value in values
        ]
        if self.quantifier == "any":
            return any(each)
        return all(each) and (bool(each) or self.quantifier == "all")


def parse_condition(operator: str, key: str, values: Sequence[str]) -> IotCondition:
    """Return a condition.

    Raises
    ------
    ConditionInvalid
    """
    quantifier, _, name = operator.rpartition(":")
    if quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise ConditionInvalid(f"the Condition operator {operator} is not supported")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name not in _OPERATORS:
        raise ConditionInvalid(f"the Condition operator {operator} is not supported")
    kind = {"ForAllValues": "all", "ForAnyValue": "any"}.get(quantifier, "")
    return IotCondition(name, key.lower(), tuple(values), kind, if_exists)


Single = Callable[[str, str, Mapping[str, str]], bool]


def _equals(pattern: str, value: str, variables: Mapping[str, str]) -> bool:
    # Nothing is a wildcard here: every character but a variable stands for itself.
    literal = pattern.replace("*", "${*}").replace("?", "${?}")
    return filled(literal, variables) == value


def _equals_any_case(pattern: str, value: str, variables: Mapping[str, str]) -> bool:
    return _equals(pattern.lower(), value.lower(), variables)


def _in_network(pattern: str, value: str, _variables: Mapping[str, str]) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


_POSITIVE: Final[dict[str, Single]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_any_case,
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": _equals_any_case,
    "IpAddress": _in_network,
}
_NEGATIVE: Final[dict[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
}
_OPERATORS: Final[dict[str, Single]] = {
    **_POSITIVE,
    **{name: _POSITIVE[opposite] for name, opposite in _NEGATIVE.items()},
}
