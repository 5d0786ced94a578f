"""Single rules from their JSON."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any, Final

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.filters.rules import (
    COMPARISONS,
    AnythingBut,
    Exactly,
    Exists,
    IgnoringCase,
    InNetwork,
    Numeric,
    Prefix,
    Rule,
    Suffix,
    is_number,
)


def parse_rule(value: Any) -> Rule:
    """Return the rule that an element of a key's array is.

    Raises
    ------
    PolicyError

    Examples
    --------
    >>> parse_rule({"numeric": [">", 0]}).matches(1)
    True
    """
    if value is None or isinstance(value, str | int | float):
        return Exactly(value)
    if not isinstance(value, dict):
        raise _wrong("Match value must be String, number, true, false, or null")
    if len(value) != 1:
        raise _wrong("Only one key allowed in match expression")
    [(name, operand)] = value.items()
    parse = _PARSERS.get(name)
    if parse is None:
        raise _wrong(f"Unrecognized match type {name}")
    return parse(operand)


def _wrong(reason: str) -> PolicyError:
    return PolicyError(f"FilterPolicy: {reason}")


def _text(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise _wrong(f"{name} match pattern must be a string")
    return operand


def _anything_but(operand: Any) -> Rule:
    if isinstance(operand, dict):
        for name in operand:
            if name != "prefix":
                raise _wrong(f"Unsupported anything-but pattern: {name}")
        return AnythingBut((parse_rule(operand),))
    values = operand if isinstance(operand, list) else [operand]
    if not values:
        raise _wrong("Empty arrays are not allowed")
    for value in values:
        if not isinstance(value, str) and not is_number(value):
            raise _wrong("Inside anything but list, start|null|boolean is not supported.")
    return AnythingBut(tuple(Exactly(value) for value in values))


def _exists(operand: Any) -> Rule:
    if not isinstance(operand, bool):
        raise _wrong("exists match pattern must be either true or false.")
    return Exists(operand)


def _cidr(operand: Any) -> Rule:
    text = _text("prefix", operand)  # AWS names the operator so
    address, slash, mask = text.partition("/")
    if not slash or "/" in mask:
        raise _wrong("Malformed CIDR, one '/' required")
    if not mask.isdecimal():
        raise _wrong("Malformed CIDR, mask bits must be an integer")
    try:
        return InNetwork(ip_network(text, strict=False))
    except ValueError:
        raise _wrong(f"Nonstandard IP address: {address}") from None


def _numeric(operand: Any) -> Rule:
    parts = operand if isinstance(operand, list) else []
    if not parts or not isinstance(parts[0], str):
        raise _wrong(f"Invalid member in numeric match: {parts[0] if parts else ']'}")
    first = parts[0]
    if first not in COMPARISONS:
        raise _wrong(f"Unrecognized numeric range operator: {first}")
    low = _limit(parts, 1, first)
    if len(parts) <= 2:
        return Numeric(((first, low),))
    if first not in {">", ">="}:
        raise _wrong("Too many elements in numeric expression")
    second = parts[2]
    if not isinstance(second, str):
        raise _wrong(f"Bad value in numeric range: {second}")
    if second not in {"<", "<="}:
        raise _wrong(f"Bad numeric range operator: {second}")
    high = _limit(parts, 3, second)
    if high <= low:
        raise _wrong("Bottom must be less than top")
    if len(parts) > 4:
        raise _wrong("Too many terms in numeric range expression")
    return Numeric(((first, low), (second, high)))


def _limit(parts: list[Any], index: int, comparison: str) -> float:
    value = parts[index] if index < len(parts) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"Value of {'equals' if comparison == '=' else comparison} must be numeric")
    return value


_PARSERS: Final[dict[str, Callable[[Any], Rule]]] = {
    "prefix": lambda operand: Prefix(_text("prefix", operand)),
    "suffix": lambda operand: Suffix(_text("suffix", operand)),
    "equals-ignore-case": lambda operand: IgnoringCase(_text("equals-ignore-case", operand)),
    "anything-but": _anything_but,
    "exists": _exists,
    "numeric": _numeric,
    "cidr": _cidr,
}
OPERATORS: Final = frozenset(_PARSERS)
