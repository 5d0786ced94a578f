"""Values for the question marks of a statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from localcloud.streams.sql.errors import QueryFailed

_PIECE: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?|.", re.DOTALL)
_LITERAL: Final = re.compile(
    r"\s*(?:(?:(?:DATE|TIMESTAMP|TIME|DECIMAL|INTERVAL)\s*)?'(?:[^']|'')*'(?:\s+(?:SECOND|MINUTE|HOUR|DAY|MONTH|YEAR))?"
    r"|[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|TRUE|FALSE|NULL)\s*",
    re.IGNORECASE,
)


def with_parameters(sql: str, values: Sequence[str]) -> str:
    """Return a statement with its parameters in their places.

    Raises
    ------
    QueryFailed
        There are more or fewer than question marks, or one is no literal.

    Examples
    --------
    >>> with_parameters("SELECT * FROM orders WHERE status = ? AND note = '?'", ["'paid'"])
    "SELECT * FROM orders WHERE status = 'paid' AND note = '?'"
    """
    for value in values:
        if _LITERAL.fullmatch(value) is None:
            raise QueryFailed(f"INVALID_PARAMETER_USAGE: {value} is not a literal (text needs single quotes)")
    pieces = [match[0] for match in _PIECE.finditer(sql)]
    marks = pieces.count("?")
    if marks != len(values):
        raise QueryFailed(
            "INVALID_PARAMETER_USAGE: Incorrect number of parameters: "
            f"expected {marks} but found {len(values)}"
        )
    remaining = iter(values)
    return "".join(next(remaining) if piece == "?" else piece for piece in pieces)
