"""The tokens of a SQL statement, with everything between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["space", "string", "quoted", "name", "number", "sign"]
_TOKEN: Final = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)'
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9$@]*)"
    r"|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<sign><>|<=|>=|!=|\|\||->|=>|::|.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class SqlToken:
    """A token.

    Attributes
    ----------
    word
        Its text in lower case, for names; empty for others.
    """

    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """A name in lower case; empty for what is none."""
        return self.text.lower() if self.kind == "name" else ""


class Unfinished(ValueError):
    """A string, a name or a comment has no end."""


def tokens(sql: str) -> list[SqlToken]:
    """Return a statement's tokens; a last semicolon, and what is behind the last token, are left out.

    Raises
    ------
    Unfinished

    Examples
    --------
    >>> [token.text for token in tokens("SELECT 'it''s'; -- so")]
    ['SELECT', ' ', "'it''s'"]
    """
    result = list(_tokens(sql))
    while result and (result[-1].kind == "space" or result[-1].text == ";"):
        if result.pop().text == ";":
            break
    return result


def next_solid(read: Sequence[SqlToken], position: int) -> int | None:
    """Return where the next token is that is no space."""
    while position < len(read) and read[position].kind == "space":
        position += 1
    return position if position < len(read) else None


def _tokens(sql: str) -> Iterator[SqlToken]:
    for match in _TOKEN.finditer(sql):
        kind: Kind = match.lastgroup  # type: ignore[assignment] # each group is named so
        if match[0] in {"'", '"', "`"} or (sql.startswith("/*", match.start()) and kind == "sign"):
            raise Unfinished(f"the token at position {match.start() + 1} has no end")
        yield SqlToken(kind, match[0])
