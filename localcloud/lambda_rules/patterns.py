"""What Lambda refuses of a filter pattern.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any, Final

OPERATORS: Final = frozenset(
    {"exists", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "cidr"}
)
COMPARISONS: Final = frozenset({"=", "<", "<=", ">", ">="})


class BadPattern(ValueError):
    """A pattern is not of the form that Lambda takes; the message says why."""


def checked_pattern(text: str) -> dict[str, Any]:
    """Return a filter pattern that Lambda takes.

    Raises
    ------
    BadPattern

    Examples
    --------
    >>> checked_pattern('{"data": {"n": [{"numeric": [">", 1]}]}}')
    {'data': {'n': [{'numeric': ['>', 1]}]}}
    >>> checked_pattern('{"data": {"n": 1}}')
    Traceback (most recent call last):
    localcloud.lambda_rules.patterns.BadPattern: "n" must be an object or an array
    """
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPattern("it is not JSON") from None
    _object(pattern)
    return dict(pattern)


def _object(pattern: object) -> None:
    if not isinstance(pattern, dict):
        raise BadPattern("it is not an object")
    for key, condition in pattern.items():
        if isinstance(condition, dict):
            _object(condition)
        elif not isinstance(condition, list):
            raise BadPattern(f'"{key}" must be an object or an array')
        elif not condition:
            raise BadPattern(f'"{key}" is empty')
        else:
            for rule in condition:
                _object(rule) if key == "$or" else _rule(rule)


def _rule(rule: object) -> None:
    if isinstance(rule, list):
        raise BadPattern("a value is a text, a number, true, false or null, and not an array")
    if not isinstance(rule, dict):
        return
    if len(rule) != 1:
        raise BadPattern("a rule has one operator")
    ((name, operand),) = rule.items()
    if name not in OPERATORS:
        raise BadPattern(f"the operator {name} is not supported")
    match name:
        case "exists":
            suits = isinstance(operand, bool)
        case "numeric":
            suits = _compares(operand)
        case "anything-but":
            suits = _excludes(operand)
        case "cidr":
            suits = isinstance(operand, str) and _is_network(operand)
        case _:
            suits = isinstance(operand, str)
    if not suits:
        raise BadPattern(f"{json.dumps(operand)} does not go with the operator {name}")


def _compares(operand: object) -> bool:
    """Return whether signs and limits take turns, one pair of them or two."""
    if not isinstance(operand, list) or len(operand) not in {2, 4}:
        return False
    signs, limits = operand[::2], operand[1::2]
    return all(sign in COMPARISONS for sign in signs if isinstance(sign, str)) and all(
        isinstance(sign, str) and _is_number(limit) for sign, limit in zip(signs, limits, strict=True)
    )


def _excludes(operand: object) -> bool:
    match operand:
        case {"prefix": str()} | {"suffix": str()}:
            return isinstance(operand, dict) and len(operand) == 1
        case list():
            return bool(operand) and all(_is_value(item) for item in operand)
    return _is_value(operand)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _is_value(item: object) -> bool:
    return isinstance(item, str) or _is_number(item)


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)
