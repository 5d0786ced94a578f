"""The operators of filter policies. A rule matches single values, which have JSON's types.

A text is no number and no boolean: ``true`` does not match ``"true"``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Protocol

Value = str | int | float | bool | None


class Rule(Protocol):
    """What one entry of a key's array demands of a value."""

    def matches(self, value: Value) -> bool:
        """Say whether a value that is there fits."""
        ...


def is_number(value: object) -> bool:
    """Say whether a value is a number of JSON's: Python counts booleans among its own."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(first: Value, second: Value) -> bool:
    """Say whether two values are the same in JSON.

    Examples
    --------
    >>> same(1, 1.0), same(1, True), same("true", True), same(None, None)
    (True, False, False, True)
    """
    if is_number(first) and is_number(second):
        return first == second
    return type(first) is type(second) and first == second


@dataclass(frozen=True)
class Exactly:
    """A plain value."""

    value: Value

    def matches(self, value: Value) -> bool:
        """Say whether it is this value."""
        return same(self.value, value)


@dataclass(frozen=True)
class Prefix:
    """``{"prefix": "a"}``."""

    text: str

    def matches(self, value: Value) -> bool:
        """Say whether it is a text that begins so."""
        return isinstance(value, str) and value.startswith(self.text)


@dataclass(frozen=True)
class Suffix:
    """``{"suffix": "a"}``."""

    text: str

    def matches(self, value: Value) -> bool:
        """Say whether it is a text that ends so."""
        return isinstance(value, str) and value.endswith(self.text)


@dataclass(frozen=True)
class IgnoringCase:
    """``{"equals-ignore-case": "a"}``."""

    text: str

    def matches(self, value: Value) -> bool:
        """Say whether it is this text, in whatever case."""
        return isinstance(value, str) and value.casefold() == self.text.casefold()


@dataclass(frozen=True)
class AnythingBut:
    """``{"anything-but": ["a", 1]}`` and ``{"anything-but": {"prefix": "a"}}``."""

    rules: tuple[Rule, ...]

    def matches(self, value: Value) -> bool:
        """Say whether none of the rules fits; null is no value to be anything but another."""
        return value is not None and not any(rule.matches(value) for rule in self.rules)


COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Numeric:
    """``{"numeric": [">", 0, "<=", 5]}``: comparisons with numbers, all of which must hold."""

    comparisons: tuple[tuple[str, float], ...]

    def matches(self, value: Value) -> bool:
        """Say whether it is a number that fits."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return all(COMPARISONS[name](value, limit) for name, limit in self.comparisons)


@dataclass(frozen=True)
class InNetwork:
    """``{"cidr": "10.0.0.0/24"}``."""

    network: IPv4Network | IPv6Network

    def matches(self, value: Value) -> bool:
        """Say whether it is the text of an address in the network."""
        if not isinstance(value, str):
            return False
        try:
            return ip_address(value) in self.network
        except ValueError:
            return False


@dataclass(frozen=True)
class Exists:
    """``{"exists": true}``: the only rule that looks at whether there is a value.

    "The key must have a non-null and non-empty value."
    """

    expected: bool

    def matches(self, value: Value) -> bool:
        """Say whether a value that is there fits."""
        return self.expected and value is not None and value != ""
