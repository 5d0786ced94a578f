"""Filter patterns of CloudWatch Logs: terms, JSON properties, and fields between spaces.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from localcloud.watchtower.logs.comparing import PatternError, Test, comparing, searching
from localcloud.watchtower.logs.properties import compile_properties

_TERM: Final = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]\S*))')
_NAME_END: Final = re.compile(r"[\s=!<>&|]")
_FIELD: Final = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)')


def compile_pattern(pattern: str) -> Test:
    """Return the test whether a message matches.

    Raises
    ------
    PatternError

    Examples
    --------
    >>> compile_pattern('{ $.level = "ERROR" && $.status >= 500 }')('{"level": "ERROR", "status": 503}')
    True
    >>> compile_pattern('ERROR -Timeout')("ERROR: Timeout")
    False
    >>> compile_pattern("[ip, user, status=5*]")("127.0.0.1 ada 503")
    True
    """
    text = pattern.strip()
    if not text:
        return lambda _message: True
    if text.startswith("{"):
        return compile_properties(text)
    if text.startswith("["):
        return _columns(text)
    return _terms(text)


def value_in(message: str, name: str) -> Any:
    """Return what a metric's value or dimension names: ``$.path`` of a JSON message; None where it is not.

    Examples
    --------
    >>> value_in('{"took": {"ms": 12}}', "$.took.ms")
    12
    """
    try:
        value = json.loads(message)
    except ValueError:
        return None
    for step in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", name.removeprefix("$")):
        key: str | int = int(step[1]) if step[1] else step[0]
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def values_of(pattern: str) -> Callable[[str, str], Any]:
    """Return what reads a value that a metric filter names: as `value_in`, or ``$column`` of ``[columns]``.

    Examples
    --------
    >>> values_of("[ip, user, status=5*, size]")("127.0.0.1 ada 503 1534", "$size")
    '1534'
    >>> values_of("[..., size]")("127.0.0.1 ada 503 1534", "$size")
    '1534'
    """
    text = pattern.strip()
    if not text.startswith("["):
        return value_in
    columns = [_NAME_END.split(column.strip(), maxsplit=1)[0] for column in text[1:-1].split(",")]
    gap = columns.index("...") if "..." in columns else len(columns)

    def value(message: str, name: str) -> Any:
        column = name.removeprefix("$")
        if column not in columns:
            return None
        index, fields = columns.index(column), ["".join(parts) for parts in _FIELD.findall(message)]
        try:
            return fields[index if index < gap else index - len(columns)]
        except IndexError:
            return None

    return value


def _terms(text: str) -> Test:
    required: list[Test] = []
    optional: list[Test] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise PatternError("Invalid filter pattern")
        at = match.end()
        sign, phrase, expression, word = match.groups()
        if expression is not None:
            term = searching(expression)
        else:
            literal = word if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
            term = _containing(literal)
        if sign == "?":
            optional.append(term)
        else:
            required.append(_negated(term) if sign == "-" else term)
    if optional and required:
        # CloudWatch ignores the optional terms then.
        optional = []
    return lambda message: (
        all(term(message) for term in required) and (not optional or any(term(message) for term in optional))
    )


def _containing(literal: str) -> Test:
    return lambda message: literal in message


def _negated(term: Test) -> Test:
    return lambda message: not term(message)


def _columns(text: str) -> Test:
    if not text.endswith("]"):
        raise PatternError("Invalid filter pattern: ] is missing")
    columns = [column.strip() for column in text[1:-1].split(",")]
    checks = [(index, _check(column)) for index, column in enumerate(columns) if column != "..."]
    gap = columns.index("...") if "..." in columns else None

    def matches(message: str) -> bool:
        fields = ["".join(parts) for parts in _FIELD.findall(message)]
        if (gap is None and len(fields) != len(columns)) or len(fields) < len(checks):
            return False
        for index, check in checks:
            place = index if gap is None or index < gap else index - len(columns)
            if not check(fields[place]):
                return False
        return True

    return matches


def _check(column: str) -> Test:
    conditions = re.findall(r"(!=|<=|>=|=|<|>)\s*(\"[^\"]*\"|%[^%]*%|[^\s&|]+)", column)
    tests = [comparing(sign, literal) for sign, literal in conditions]
    if "||" in column:
        return lambda field: any(test(field) for test in tests)
    return lambda field: all(test(field) for test in tests)
