"""Columns of Glue's catalogue: Hive's types, read once, for Firehose's conversion and for SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_PLAIN: Final = {
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
_TOKEN: Final = re.compile(r"\s*([A-Za-z_0-9$-]+|[<>(),:])")
INTEGERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})


class HiveError(ValueError):
    """A type that the catalogue may hold and nothing here reads; the message names it."""


@dataclass(frozen=True)
class Type:
    """A column's type.

    Attributes
    ----------
    name
        DuckDB's name of it; ``LIST``, ``MAP`` and ``STRUCT`` have ``parts``.
    parts
        The names and types of its parts; those of a list and a map have no names.
    """

    name: str
    parts: tuple[tuple[str, Type], ...] = ()

    def __str__(self) -> str:
        """Write it as DuckDB does."""
        match self.name:
            case "LIST":
                return f"{self.parts[0][1]}[]"
            case "MAP":
                return f"MAP({self.parts[0][1]}, {self.parts[1][1]})"
            case "STRUCT":
                return f"STRUCT({', '.join(f'{quoted(name)} {part}' for name, part in self.parts)})"
        return self.name


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    hive
        Its type as the catalogue writes it.
    """

    name: str
    type: Type
    hive: str = ""


def quoted(name: str) -> str:
    """Return a name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def parse_type(text: str) -> Type:
    """Read a type.

    Raises
    ------
    HiveError

    Examples
    --------
    >>> str(parse_type("array<struct<id:bigint,price:decimal(10,2)>>"))
    'STRUCT("id" BIGINT, "price" DECIMAL(10,2))[]'
    """
    tokens = list(_tokens(text))
    parsed, rest = _read(tokens, text)
    if rest:
        raise HiveError(f"{text} is not a type")
    return parsed


def parse_columns(documents: object) -> tuple[Column, ...]:
    """Read ``Columns`` or ``PartitionKeys`` of a table.

    Raises
    ------
    HiveError
    """
    columns: list[Column] = []
    for document in documents if isinstance(documents, list) else ():
        if not isinstance(document, Mapping) or not document.get("Name"):
            raise HiveError(f"{document} is not a column")
        written = str(document.get("Type") or "string")
        columns.append(Column(str(document["Name"]).lower(), parse_type(written), written))
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise HiveError(f"duplicate columns: {', '.join(twice)}")
    return tuple(columns)


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise HiveError(f"{text} is not a type")
        yield match[1]
        position = match.end()


def _read(tokens: list[str], text: str) -> tuple[Type, list[str]]:
    if not tokens:
        raise HiveError(f"{text} is not a type")
    name, rest = tokens[0].lower(), tokens[1:]
    if name in _PLAIN:
        return Type(_PLAIN[name]), rest
    if name in {"varchar", "char"}:
        return Type("VARCHAR"), rest[3:] if rest[:1] == ["("] else rest
    if name == "decimal":
        return _decimal(rest, text)
    if name == "array":
        inner, rest = _read(_after(rest, "<", text), text)
        return Type("LIST", (("", inner),)), _after(rest, ">", text)
    if name == "map":
        key, rest = _read(_after(rest, "<", text), text)
        value, rest = _read(_after(rest, ",", text), text)
        return Type("MAP", (("", key), ("", value))), _after(rest, ">", text)
    if name == "struct":
        parts: list[tuple[str, Type]] = []
        rest = _after(rest, "<", text)
        while True:
            member, rest = rest[:1], rest[1:]
            inner, rest = _read(_after(rest, ":", text), text)
            parts.append((member[0].lower(), inner))
            if rest[:1] != [","]:
                break
            rest = rest[1:]
        return Type("STRUCT", tuple(parts)), _after(rest, ">", text)
    raise HiveError(f"the type {text} is not served here")


def _decimal(rest: list[str], text: str) -> tuple[Type, list[str]]:
    if rest[:1] != ["("]:
        return Type("DECIMAL(10,0)"), rest
    digits: list[str] = []
    rest = rest[1:]
    while rest and rest[0] != ")":
        digits.append(rest[0])
        rest = rest[1:]
    numbers = [int(digit) for digit in digits if digit.isdigit()]
    precision, scale = [*numbers, 0][:2] if numbers else (0, 0)
    if not 0 < precision <= 38 or scale > precision:
        raise HiveError(f"{text} is not a type")
    return Type(f"DECIMAL({precision},{scale})"), _after(rest, ")", text)


def _after(tokens: list[str], expected: str, text: str) -> list[str]:
    if tokens[:1] != [expected]:
        raise HiveError(f"{text} is not a type")
    return tokens[1:]
