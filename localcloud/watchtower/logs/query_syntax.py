"""Logs Insights: the conditions of ``filter``, and how a query falls into its commands.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

# Fields of an event: @timestamp in milliseconds, the rest as text or numbers.
Fields = Mapping[str, object]
Condition = Callable[[Fields], bool]
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<regex>/(?:[^/\\]|\\.)+/i?)
    |(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<name>`[^`]+`|@?[A-Za-z_][\w.@-]*)|(?P<sign>=~|!=|<=|>=|[=<>()\[\],]))""",
    re.VERBOSE,
)
_PIECE: Final = re.compile(
    r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)+/|[|#]|[^|#"'/]+|.""", re.DOTALL
)
DEEPEST: Final = 30
_FIELD: Final = re.compile(r"`[^`]+`|@?[A-Za-z_][\w.@-]*")


class InsightsError(ValueError):
    """A query that Logs Insights refuses, or that the local cloud does not serve."""


def commands(query: str) -> list[tuple[str, str]]:
    """Return the commands of a query: each word with what follows it.

    Raises
    ------
    InsightsError

    Examples
    --------
    >>> commands("fields @message | filter @message like /a|b/")
    [('fields', '@message'), ('filter', '@message like /a|b/')]
    """
    parts = [""]
    for line in query.splitlines():
        for piece in _PIECE.findall(line):
            if piece == "#":
                break
            if piece == "|":
                parts.append("")
            else:
                parts[-1] += piece
        parts[-1] += " "
    split = [part.strip().partition(" ") for part in parts if part.strip()]
    if not split:
        raise InsightsError("the query is empty")
    return [(word.lower(), rest.strip()) for word, _, rest in split]


def check_field(name: str) -> None:
    """Refuse what is no field's name: calculations and functions of values are not served.

    Raises
    ------
    InsightsError

    Examples
    --------
    >>> check_field("took * 2")
    Traceback (most recent call last):
    localcloud.watchtower.logs.query_syntax.InsightsError: the local cloud takes fields, not took * 2
    """
    if not _FIELD.fullmatch(name):
        raise InsightsError(f"the local cloud takes fields, not {name}")


def condition(text: str) -> Condition:
    """Compile a condition.

    Raises
    ------
    InsightsError

    Examples
    --------
    >>> condition('level = "ERROR" and (ms > 10 or not ispresent(ms))')({"level": "ERROR"})
    True
    """
    parser = _Parser(text)
    compiled = parser.either()
    if parser.token is not None:
        raise InsightsError(f"unexpected {parser.token[1]}")
    return compiled


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self.token: tuple[str, str] | None = None
        self._advance()

    def _advance(self) -> None:
        if not self._text[self._at :].strip():
            self.token = None
            return
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise InsightsError(f"unexpected {self._text[self._at :].strip()[:1]}")
        self._at = match.end()
        kind = match.lastgroup or ""
        self.token = kind, match[kind]

    def _takes(self, *words: str) -> str | None:
        if self.token is not None and self.token[0] in {"name", "sign"} and self.token[1].lower() in words:
            word = self.token[1].lower()
            self._advance()
            return word
        return None

    def _needs(self, word: str) -> None:
        if self._takes(word) is None:
            raise InsightsError(f"{word} is missing")

    def either(self) -> Condition:
        conditions = [self._both()]
        while self._takes("or"):
            conditions.append(self._both())
        return lambda fields: any(each(fields) for each in conditions)

    def _both(self) -> Condition:
        conditions = [self._condition()]
        while self._takes("and"):
            conditions.append(self._condition())
        return lambda fields: all(each(fields) for each in conditions)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InsightsError("the condition is nested too deeply")
        try:
            if self._takes("not"):
                inside = self._condition()
                return lambda fields: not inside(fields)
            if self._takes("("):
                inside = self.either()
                self._needs(")")
                return inside
            return self._comparison(self._value("name"))
        finally:
            self._depth -= 1

    def _value(self, *kinds: str) -> str:
        if self.token is None or self.token[0] not in kinds:
            raise InsightsError(f"unexpected {self.token[1] if self.token else 'end'}")
        text = self.token[1]
        self._advance()
        return text.strip("`")

    def _comparison(self, name: str) -> Condition:
        if name.lower() == "ispresent" and self._takes("("):
            field = self._value("name")
            self._needs(")")
            return lambda fields: field in fields
        negated = self._takes("not") is not None
        sign = self._takes("=", "!=", "<", ">", "<=", ">=", "like", "=~", "in")
        if sign is None or (negated and sign not in {"like", "in"}):
            raise InsightsError(f"a comparison is missing after {name}")
        if sign == "in":
            compare = self._among()
        elif sign in {"like", "=~"}:
            compare = _like(self._value("text", "regex"))
        else:
            compare = _compared(sign, self._value("text", "number"))
        return lambda fields: (name in fields and compare(fields[name])) != negated

    def _among(self) -> Callable[[object], bool]:
        self._needs("[")
        tests = [_compared("=", self._value("text", "number"))]
        while self._takes(","):
            tests.append(_compared("=", self._value("text", "number")))
        self._needs("]")
        return lambda value: any(test(value) for test in tests)


def _like(literal: str) -> Callable[[object], bool]:
    if not literal.startswith("/"):
        text = unquoted(literal)
        return lambda value: text in str(value)
    flags = re.IGNORECASE if literal.endswith("i") else 0
    try:
        expression = re.compile(literal.rstrip("i")[1:-1], flags)
    except re.error as error:
        raise InsightsError(f"invalid regular expression: {error}") from error
    return lambda value: expression.search(str(value)) is not None


def unquoted(literal: str) -> str:
    """Return a literal's text."""
    return re.sub(r"\\(.)", r"\1", literal[1:-1]) if literal[:1] in {'"', "'"} else literal


def number(value: object) -> float | None:
    """Return a value as a number; None where it is none."""
    try:
        return None if isinstance(value, bool) else float(value)  # type: ignore[arg-type] # what is none raises
    except (TypeError, ValueError):
        return None


def _compared(sign: str, literal: str) -> Callable[[object], bool]:
    text, amount = unquoted(literal), number(literal)

    def compare(value: object) -> bool:
        mine = number(value) if amount is not None else None
        left, right = (mine, amount) if mine is not None else (str(value), text)
        match sign:
            case "=":
                return left == right
            case "!=":
                return left != right
            case "<":
                return left < right  # type: ignore[operator] # both are numbers, or both text
            case ">":
                return left > right  # type: ignore[operator]
            case "<=":
                return left <= right  # type: ignore[operator]
            case _:
                return left >= right  # type: ignore[operator]

    return compare
