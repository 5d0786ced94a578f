"""Metric math: parse an expression into a tree.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/^()<>,\[\]]))"
)
# Binding from loose to tight; all but ^ to the left.
LEVELS: Final = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
    ("^",),
)
DEEPEST: Final = 50


class ExpressionError(ValueError):
    """An expression that CloudWatch would refuse, or that the local cloud does not serve."""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Text:
    """A quoted string: an argument of METRICS, for one."""

    value: str


@dataclass(frozen=True)
class Name:
    """The id of another query, or a word such as REPEAT."""

    value: str


@dataclass(frozen=True)
class Array:
    """Several series."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class FunctionCall:
    """A function, an operator included."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Text | Name | Array | FunctionCall


def parse(expression: str) -> Node:
    """Parse an expression.

    Raises
    ------
    ExpressionError

    Examples
    --------
    >>> parse("m1 / 2")
    FunctionCall(function='/', arguments=(Name(value='m1'), Number(value=2.0)))
    >>> parse("m1 +")
    Traceback (most recent call last):
    localcloud.watchtower.metrics.expressions.ExpressionError: Error in expression 'm1 +': it ends too early
    """
    parser = _Parser(expression)
    node = parser.level(0)
    if parser.token is not None:
        raise parser.error(f"unexpected {parser.token[1]}")
    return node


def names_in(node: Node) -> set[str]:
    """Return the ids that an expression refers to; words such as REPEAT are among them."""
    match node:
        case Name(value):
            return {value}
        case Array(items) | FunctionCall(_, items):
            return {name for item in items for name in names_in(item)}
        case _:
            return set()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._at = 0
        self._depth = 0
        self.token: tuple[str, str] | None = None
        self._advance()

    def error(self, problem: str) -> ExpressionError:
        return ExpressionError(f"Error in expression '{self._expression}': {problem}")

    def _advance(self) -> None:
        if not self._expression[self._at :].strip():
            self.token = None
            return
        match = _TOKEN.match(self._expression, self._at)
        if match is None:
            raise self.error(f"unexpected {self._expression[self._at :].strip()[:1]}")
        self._at = match.end()
        kind = match.lastgroup or ""
        self.token = (kind, match[kind])

    def _take(self, sign: str) -> bool:
        if self.token is not None and self.token[1] == sign and self.token[0] != "text":
            self._advance()
            return True
        return False

    def level(self, number: int) -> Node:
        if number == len(LEVELS):
            return self._unary()
        left = self.level(number + 1)
        while self.token is not None and self.token[0] != "text" and self.token[1] in LEVELS[number]:
            sign = self.token[1]
            self._advance()
            # 2 ^ 3 ^ 2 is 2 ^ 9.
            right = self.level(number) if sign == "^" else self.level(number + 1)
            left = FunctionCall({"||": "OR", "&&": "AND"}.get(sign, sign), (left, right))
        return left

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error("it is nested too deeply")
        try:
            if self._take("-"):
                return FunctionCall("-", (Number(0.0), self._unary()))
            return self._primary()
        finally:
            self._depth -= 1

    def _primary(self) -> Node:
        if self.token is None:
            raise self.error("it ends too early")
        kind, text = self.token
        self._advance()
        match kind:
            case "number":
                return Number(float(text))
            case "text":
                return Text(text[1:-1])
            case "name":
                return FunctionCall(text.upper(), self._arguments(")")) if self._take("(") else Name(text)
        if text == "(":
            inside = self.level(0)
            if not self._take(")"):
                raise self.error("a ) is missing")
            return inside
        if text == "[":
            return Array(self._arguments("]"))
        raise self.error(f"unexpected {text}")

    def _arguments(self, end: str) -> tuple[Node, ...]:
        arguments: list[Node] = []
        if self._take(end):
            return ()
        while True:
            arguments.append(self.level(0))
            if self._take(end):
                return tuple(arguments)
            if not self._take(","):
                raise self.error(f"a {end} is missing")
