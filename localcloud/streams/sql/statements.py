"""Kinds of statements, and the answers that the catalogue alone gives."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from localcloud.streams.sql.catalogue import place_of
from localcloud.streams.sql.errors import QueryFailed
from localcloud.streams.sql.interfaces import SqlServices
from localcloud.streams.sql.results import Cell, column_info

_LEADING: Final = re.compile(r"\A(\s+|--[^\n]*(\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_NAME: Final = r"""(?:[`"]?(?P<database>\w+)[`"]?\.)?[`"]?(?P<table>\w+)[`"]?"""
_PATTERNS: Final = {
    "databases": r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?",
    "tables": r"""SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+[`"]?(?P<database>\w+)[`"]?)?"""
    r"""(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?""",
    "columns": r"""SHOW\s+COLUMNS\s+(?:IN|FROM)\s+NAME(?:\s+(?:IN|FROM)\s+[`"]?(?P<other>\w+)[`"]?)?""",
    "describe": r"(?:DESCRIBE|DESC)\s+(?:EXTENDED\s+|FORMATTED\s+)?NAME",
    "partitions": r"SHOW\s+PARTITIONS\s+NAME",
    "repair": r"MSCK\s+REPAIR\s+TABLE\s+NAME",
}
_COMPILED: Final = {
    kind: re.compile(pattern.replace("NAME", _NAME) + r"\s*;?\s*", re.IGNORECASE)
    for kind, pattern in _PATTERNS.items()
}
_CTAS: Final = re.compile(r"CREATE\s+TABLE\b.*\bAS\b", re.IGNORECASE | re.DOTALL)
_EXECUTE: Final = re.compile(
    r"EXECUTE\s+(?P<name>[A-Za-z_]\w*)(?:\s+USING\s+(?P<values>.*?))?\s*;?\s*", re.I | re.S
)


_SUPPORTED: Final = frozenset(
    {
        *(
            "ALTER",
            "ANALYZE",
            "CALL",
            "CREATE",
            "DEALLOCATE",
            "DELETE",
            "DESC",
            "DESCRIBE",
            "DROP",
            "EXECUTE",
        ),
        *(
            "EXPLAIN",
            "INSERT",
            "MERGE",
            "MSCK",
            "OPTIMIZE",
            "PREPARE",
            "SHOW",
            "TRUNCATE",
            "UNLOAD",
            "UPDATE",
        ),
        *("USE", "VACUUM", "GRANT", "REVOKE", "REFRESH"),
    }
)


@dataclass(frozen=True)
class Listing:
    """What a statement on the catalogue answers."""

    columns: Sequence[dict[str, Any]]
    rows: Sequence[Sequence[Cell]]


def kind_of(sql: str) -> str:
    r"""Return ``DML``, ``DDL`` or ``UTILITY``, as Athena calls statements.

    Examples
    --------
    >>> kind_of("-- all\\nselect 1"), kind_of("SHOW TABLES"), kind_of("(SELECT 1)")
    ('DML', 'UTILITY', 'DML')
    """
    word = first_word(sql)
    if word in {"SHOW", "DESCRIBE", "DESC", "EXPLAIN"}:
        return "UTILITY"
    return (
        "DML" if word in {"SELECT", "WITH", "VALUES", "TABLE", "EXECUTE", "INSERT", "UNLOAD", ""} else "DDL"
    )


def first_word(sql: str) -> str:
    """Return the word that a statement begins with, in upper case."""
    match = re.match(r"[A-Za-z]+", _LEADING.sub("", sql))
    return match[0].upper() if match else ""


def executed(sql: str) -> tuple[str, list[str]] | None:
    """Return the name and the values of EXECUTE; None for other statements.

    Examples
    --------
    >>> executed("EXECUTE by_status USING 'paid', 3")
    ('by_status', ["'paid'", '3'])
    """
    match = _EXECUTE.fullmatch(_LEADING.sub("", sql))
    if match is None:
        return None
    return match["name"], re.findall(r"\s*((?:'(?:[^']|'')*'|[^,'])+)", match["values"] or "")


async def answer_of_catalogue(services: SqlServices, sql: str, database: str) -> Listing | None:
    """Answer a statement on the catalogue; None for a query.

    Raises
    ------
    QueryFailed
    """
    text = _LEADING.sub("", sql)
    for kind, pattern in _COMPILED.items():
        match = pattern.fullmatch(text)
        if match is not None:
            return await _ANSWERS[kind](services, match.groupdict(), database)
    if first_word(sql) in {"SELECT", "WITH", "VALUES", "TABLE", ""}:
        return None
    if first_word(sql) not in _SUPPORTED:
        raise QueryFailed(f"SYNTAX_ERROR: line 1:1: mismatched input '{text.split(maxsplit=1)[0]}'")
    name = "CREATE TABLE AS" if _CTAS.match(text) else first_word(sql)
    raise QueryFailed(
        f"NOT_SUPPORTED: the local cloud serves no {name}: it answers queries, SHOW, DESCRIBE, "
        "EXECUTE and MSCK REPAIR TABLE"
    )


Parts = dict[str, str | None]


async def _databases(services: SqlServices, parts: Parts, _database: str) -> Listing:
    names = _like(await services.databases(), parts.get("like"))
    return Listing([column_info("database_name", "string")], [[name] for name in names])


async def _tables(services: SqlServices, parts: Parts, database: str) -> Listing:
    names = _like(await services.tables(parts.get("database") or database), parts.get("like"))
    return Listing([column_info("tab_name", "string")], [[name] for name in names])


async def _columns(services: SqlServices, parts: Parts, database: str) -> Listing:
    document = await _table(
        services, {**parts, "database": parts.get("other") or parts["database"]}, database
    )
    names = [column["Name"] for column in _described(document)]
    return Listing([column_info("field", "string")], [[name] for name in names])


async def _describe(services: SqlServices, parts: Parts, database: str) -> Listing:
    document = await _table(services, parts, database)
    rows: list[list[Cell]] = [_line(column) for column in _described(document)]
    keys = document.get("PartitionKeys") or []
    if keys:
        rows += [
            ["\t \t "],
            ["# Partition Information\t \t "],
            ["# col_name\tdata_type\tcomment"],
            ["\t \t "],
        ]
        rows += [_line(key) for key in keys]
    return Listing([column_info("col_name", "string")], rows)


async def _partitions(services: SqlServices, parts: Parts, database: str) -> Listing:
    document = await _table(services, parts, database)
    keys = [str(key["Name"]) for key in document.get("PartitionKeys") or []]
    if not keys:
        raise QueryFailed(f"{parts['table']} is not a partitioned table")
    matching = await services.partitions(parts["database"] or database, str(parts["table"]))
    rows = sorted(
        "/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"], strict=True))
        for partition in matching
    )
    return Listing([column_info("partition", "string")], [[row] for row in rows])


async def _repair(services: SqlServices, parts: Parts, database: str) -> Listing:
    """Add the partitions whose folders are ``key=value`` and that the catalogue lacks."""
    document = await _table(services, parts, database)
    where = (parts["database"] or database, str(parts["table"]))
    keys = [str(key["Name"]) for key in document.get("PartitionKeys") or []]
    storage = document["StorageDescriptor"]
    location = str(storage["Location"]).rstrip("/")
    bucket, prefix = place_of(location)
    present = {tuple(partition["Values"]) for partition in await services.partitions(*where)}
    folders: dict[tuple[str, ...], str] = {}
    for listed in await services.list_objects(bucket, prefix):
        parts_of_key = listed.key.removeprefix(prefix).split("/")[: len(keys)]
        pairs = [part.partition("=") for part in parts_of_key]
        if [pair[0].lower() for pair in pairs] == [key.lower() for key in keys]:
            folders[tuple(pair[2] for pair in pairs)] = f"{location}/{'/'.join(parts_of_key)}"
    new = [
        {"Values": list(values), "StorageDescriptor": {**storage, "Location": folder}}
        for values, folder in sorted(folders.items())
        if values not in present
    ]
    if new:
        await services.add_partitions(*where, new)
    rows: list[list[Cell]] = [
        [f"Partitions not in metastore:\t{where[1]}:{'/'.join(partition['Values'])}"] for partition in new
    ]
    return Listing([column_info("result", "string")], rows)


async def _table(services: SqlServices, parts: Parts, database: str) -> Any:
    where = parts.get("database") or database
    document = await services.table(where.lower(), str(parts["table"]).lower())
    if document is None:
        raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{where}.{parts['table']}' does not exist")
    return document


def _described(document: Any) -> list[dict[str, Any]]:
    return [*(document["StorageDescriptor"].get("Columns") or []), *(document.get("PartitionKeys") or [])]


def _line(column: dict[str, Any]) -> list[Cell]:
    return [f"{column['Name']:<20}\t{column.get('Type', 'string'):<20}\t{column.get('Comment') or '':<20}"]


def _like(names: Sequence[str], pattern: str | None) -> list[str]:
    if pattern is None:
        return sorted(names)
    # Hive's patterns: a star is anything, a bar separates several.
    read = re.compile("|".join(re.escape(part).replace(r"\*", ".*") for part in pattern.split("|")))
    return sorted(name for name in names if read.fullmatch(name))


_ANSWERS: Final[dict[str, Callable[[SqlServices, Parts, str], Awaitable[Listing]]]] = {
    "databases": _databases,
    "tables": _tables,
    "columns": _columns,
    "describe": _describe,
    "partitions": _partitions,
    "repair": _repair,
}
