"""A filter expression's words."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from localcloud.watchtower.traces.filters.errors import FilterError

Kind = Literal["string", "number", "word", "sign", "end"]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<sign><=|>=|!=|[=<>!(){}\[\],:])
    )""",
    re.VERBOSE,
)


class FilterToken(NamedTuple):
    """A word, and where in the expression it begins."""

    kind: Kind
    text: str
    at: int


def tokens(expression: str) -> list[FilterToken]:
    """Return an expression's words, and an end behind them.

    Raises
    ------
    FilterError
        A character begins none.

    Examples
    --------
    >>> [token.text for token in tokens('http.status >= 400 AND service("a b")')]
    ['http.status', '>=', '400', 'AND', 'service', '(', 'a b', ')', '']
    """
    listed: list[FilterToken] = []
    at = 0
    while expression[at:].strip():
        match = _TOKEN.match(expression, at)
        if match is None:
            begin = at + len(expression[at:]) - len(expression[at:].lstrip())
            raise FilterError(f"unexpected {expression[begin]!r} at position {begin}")
        start = match.start(match.lastgroup or 0)
        match match.lastgroup:
            case "string":
                text = re.sub(r"\\(.)", r"\1", match["string"][1:-1])
                listed.append(FilterToken("string", text, start))
            case "number":
                listed.append(FilterToken("number", match["number"], start))
            case "word":
                listed.append(FilterToken("word", match["word"], start))
            case _:
                listed.append(FilterToken("sign", match["sign"], start))
        at = match.end()
    return [*listed, FilterToken("end", "", len(expression))]
