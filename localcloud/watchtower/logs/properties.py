"""Filter patterns on JSON messages: ``{ $.level = "ERROR" && $.took > 100 }``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from localcloud.watchtower.logs.comparing import PatternError, Test, comparing

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<path>\$(?:\.[^\s.\[\]=!<>()&|]+|\[(?:\d+|\*)\]|\[\"[^\"]+\"\])*)|(?P<sign>&&|\|\||!=|<=|>=|=|<|>|\(|\))"
    r"|(?P<value>\"(?:[^\"\\]|\\.)*\"|%(?:[^%\\]|\\.)*%|[^\s()=!<>&|]+))"
)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\*)\]|\[\"([^\"]+)\"\]")
Condition = Callable[[Any], bool]
DEEPEST: Final = 30


def compile_properties(pattern: str) -> Test:
    """Return the test whether a message is JSON and has the properties.

    Raises
    ------
    PatternError

    Examples
    --------
    >>> matches = compile_properties("{ $.user.id = 1 || $.error NOT EXISTS }")
    >>> matches('{"user": {"id": 1}, "error": "x"}'), matches('{"error": "x"}'), matches("plain")
    (True, False, False)
    """
    if not pattern.endswith("}"):
        raise PatternError("Invalid filter pattern: } is missing")
    condition = _Parser(pattern[1:-1]).whole()

    def matches(message: str) -> bool:
        if not message.lstrip().startswith("{"):
            return False
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return condition(document)

    return matches


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise PatternError(f"Invalid character in the filter pattern at {at}")
            at = match.end()
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind]))
        self._at = 0
        self._depth = 0

    def _next(self, kind: str = "") -> str:
        if self._at == len(self._tokens):
            raise PatternError("Invalid filter pattern: it ends too early")
        actual, text = self._tokens[self._at]
        if kind and actual != kind:
            raise PatternError(f"Invalid filter pattern: unexpected {text}")
        self._at += 1
        return text

    def _takes(self, *texts: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1].upper() in texts:
            self._at += 1
            return True
        return False

    def whole(self) -> Condition:
        condition = self._either()
        if self._at < len(self._tokens):
            raise PatternError(f"Invalid filter pattern: unexpected {self._tokens[self._at][1]}")
        return condition

    def _either(self) -> Condition:
        conditions = [self._all()]
        while self._takes("||"):
            conditions.append(self._all())
        return lambda document: any(condition(document) for condition in conditions)

    def _all(self) -> Condition:
        conditions = [self._condition()]
        while self._takes("&&"):
            conditions.append(self._condition())
        return lambda document: all(condition(document) for condition in conditions)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternError("Invalid filter pattern: it is nested too deeply")
        try:
            if self._takes("("):
                inside = self._either()
                if not self._takes(")"):
                    raise PatternError("Invalid filter pattern: ) is missing")
                return inside
            return self._comparison(_STEP.findall(self._next("path")))
        finally:
            self._depth -= 1

    def _comparison(self, steps: list[tuple[str, str, str]]) -> Condition:
        if self._takes("NOT"):
            if not self._takes("EXISTS"):
                raise PatternError("Invalid filter pattern: EXISTS is missing")
            return lambda document: not _values(document, steps)
        if self._takes("IS"):
            word = self._next("value").upper()
            if word not in {"TRUE", "FALSE", "NULL"}:
                raise PatternError(f"Invalid filter pattern: unexpected {word}")
            constant = {"TRUE": True, "FALSE": False, "NULL": None}[word]
            return lambda document: any(value is constant for value in _values(document, steps))
        sign = self._next("sign")
        if sign not in {"=", "!=", "<", ">", "<=", ">="}:
            raise PatternError(f"Invalid filter pattern: unexpected {sign}")
        compare = comparing(sign, self._next("value"))
        return lambda document: any(compare(value) for value in _values(document, steps))


def _values(document: Any, steps: list[tuple[str, str, str]]) -> list[Any]:
    """Return the values at a path: several where it has a wildcard, none where it leads nowhere."""
    values = [document]
    for name, index, quoted in steps:
        inner: list[Any] = []
        for value in values:
            if index == "*":
                inner += value if isinstance(value, list) else []
            elif index:
                if isinstance(value, list) and int(index) < len(value):
                    inner.append(value[int(index)])
            elif isinstance(value, dict) and (name or quoted) in value:
                inner.append(value[name or quoted])
        values = inner
    return values
