"""What all kinds of filter patterns share: how a text or a value is compared with what a pattern says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Test = Callable[[str], bool]


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse."""


def searching(expression: str) -> Test:
    """Return the test for a regular expression in a message."""
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise PatternError(f"Invalid regular expression: {error}") from error
    return lambda message: compiled.search(message) is not None


def comparing(sign: str, literal: str) -> Callable[[Any], bool]:
    """Return what compares a field's value with a text, a number or a regular expression (``%…%``).

    Examples
    --------
    >>> comparing("=", "4*")("404"), comparing(">", "400")(404), comparing("!=", '"a"')("b")
    (True, True, True)
    """
    if literal.startswith("%") and literal.endswith("%") and len(literal) > 1:
        search = searching(literal[1:-1])
        return lambda value: (isinstance(value, str) and search(value)) == (sign == "=")
    quoted = literal.startswith('"')
    text = literal[1:-1] if quoted else literal
    number = None if quoted else _number(text)
    if sign in {"<", ">", "<=", ">="}:
        if number is None:
            raise PatternError(f"Invalid filter pattern: {literal} is not a number")
        return lambda value: (mine := _number(value)) is not None and _ordered(sign, mine, number)
    if number is not None:
        return lambda value: (_number(value) == number) == (sign == "=")
    expression = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    return lambda value: (isinstance(value, str) and bool(expression.fullmatch(value))) == (sign == "=")


def _ordered(sign: str, left: float, right: float) -> bool:
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign]


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)  # type: ignore[arg-type] # what is no number raises
    except (TypeError, ValueError):
        return None
