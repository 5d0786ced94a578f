"""What an expression of DynamoDB consists of: tokens, paths, comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"
Kind = Literal["update", "condition", "projection"]

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[#:]?[A-Za-z_0-9][A-Za-z_0-9]*)|(?P<sign><>|<=|>=|[=<>(),.\[\]+-])|(?P<bad>\S))"
)
KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}


class BadExpression(Exception):
    """It does not follow the grammar."""


@dataclass
class Comparison:
    """One test of a condition, such as ``a = :b`` or ``begins_with(a, :b)``."""

    operator: str
    operands: list[str]
    paths: list[Path]


@dataclass
class Parsed:
    """What an expression holds."""

    targets: list[tuple[str, Path]] = field(default_factory=list)
    """(section, path) of each change that an update makes."""
    paths: list[Path] = field(default_factory=list)
    """Every path, read or changed, as it is written."""
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    comparisons: list[Comparison] = field(default_factory=list)
    connectives: set[str] = field(default_factory=set)
    operators: int = 0
    longest_in: int = 0
    redundant_parentheses: bool = False
    repeated_sections: set[str] = field(default_factory=set)


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of an expression."""
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match["bad"]:
            raise BadExpression(f"unexpected {text[at:].strip()[:10]!r}")
        yield match["name"] or match["sign"]
        at = match.end()
