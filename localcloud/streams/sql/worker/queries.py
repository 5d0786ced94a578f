"""Queries: which tables they read, and what they answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from localcloud.streams.hive import quoted
from localcloud.streams.sql.worker.answers import write_answer
from localcloud.streams.sql.worker.database import CATALOGUE, lock
from localcloud.streams.sql.worker.databases import Database, macros_of
from localcloud.streams.sql.worker.documents import Documents, Malformed
from localcloud.streams.sql.worker.texts import OutOfRange
from localcloud.streams.sql.worker.translation import NotTranslated, translate
from localcloud.streams.sql.worker.views import Views

_NAMES: Final = {duckdb.ParserException: "SYNTAX_ERROR", duckdb.ConversionException: "INVALID_CAST_ARGUMENT"}
_FUNCTIONS: Final = frozenset({"unnest", "range", "generate_series"})


class QueryFailed(Exception):
    """A query has failed; the message is its ``StateChangeReason``."""


def tables_of(connection: Any, sql: str) -> dict[str, Any]:
    """Return a query as DuckDB reads it, and the tables that it reads.

    Raises
    ------
    QueryFailed
    """
    try:
        translated = translate(sql)
    except NotTranslated as error:
        raise QueryFailed(str(error)) from None
    inner = re.sub(r"^\s*explain(\s+analyze)?\s+", "", translated, flags=re.IGNORECASE)
    row = connection.execute(
        "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", [inner]
    ).fetchone()
    document = json.loads(row[0])
    if document.get("error"):
        message = str(document.get("error_message"))
        if document.get("error_type") == "not implemented":
            raise QueryFailed("NOT_SUPPORTED: the local cloud answers queries alone (SELECT, WITH, VALUES)")
        raise QueryFailed(f"SYNTAX_ERROR: {message}")
    if len(document["statements"]) != 1:
        raise QueryFailed("Only one sql statement is allowed")
    tables: list[dict[str, str]] = []
    for table in _tables(document["statements"][0]["node"], frozenset()):
        if table not in tables:
            tables.append(table)
    return {"sql": translated, "tables": tables}


def make_tables(
    database: Database,
    request: Mapping[str, Any],
    schemas: dict[str, tuple[tuple[str, str], ...]],
    documents: Documents,
) -> None:
    """Make what a query reads in an empty database, and lock its settings.

    Raises
    ------
    QueryFailed
    """
    connection = database.connection
    documents.use(connection)
    views = Views(connection, database.links, schemas, documents)
    try:
        for macro in macros_of(request):
            connection.execute(macro)
        for number, table in enumerate(request["tables"]):
            views.create(number, table)
        for view in request.get("views") or ():
            views.create_view(view)
        name = quoted(str(request["database"]))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOGUE}.{name}")
        connection.execute(f"USE {CATALOGUE}.{name}")
        lock(connection)
    except Malformed as error:
        raise QueryFailed(str(error)) from None
    except duckdb.Error as error:
        raise QueryFailed(reason(error)) from None


def answer(database: Database, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a query over the tables of a database, and write its rows.

    Raises
    ------
    QueryFailed
    """
    try:
        return write_answer(database.connection, request["sql"], Path(request["output"]))
    except OutOfRange as error:
        raise QueryFailed(str(error)) from None
    except duckdb.Error as error:
        raise QueryFailed(reason(error)) from None


def reason(error: Exception) -> str:
    """Return why a query failed, with Athena's name of the error where there is one."""
    # What follows shows the query as it was translated.
    message = re.sub(r"^[A-Z][\w ]*Error: ", "", str(error)).strip().partition("\n")[0]
    hive = re.search(r"HIVE_[A-Z_]+: .*", message)
    if hive is not None:
        return hive[0]
    if isinstance(error, duckdb.InterruptException):
        return "Query cancelled"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor"
    if message.startswith("Division by zero"):
        return "DIVISION_BY_ZERO: Division by zero"
    column = re.match(r'Referenced column "(.*?)" not found', message)
    if column is not None:
        return f"COLUMN_NOT_FOUND: Column '{column[1]}' cannot be resolved"
    return f"{_name(error, message)}: {message}"


def _name(error: Exception, message: str) -> str:
    match error:
        case duckdb.BinderException():
            return "COLUMN_NOT_FOUND" if "eferenced column" in message else "TYPE_MISMATCH"
        case duckdb.CatalogException():
            return "FUNCTION_NOT_FOUND" if "Function" in message else "TABLE_NOT_FOUND"
        case duckdb.InvalidInputException() if "json" in message.lower():
            return "HIVE_BAD_DATA"
    return next((name for kind, name in _NAMES.items() if isinstance(error, kind)), "GENERIC_USER_ERROR")


def _tables(node: Any, hidden: frozenset[str]) -> Iterator[dict[str, str]]:
    """Yield tables in a query's tree; names that WITH gives are none.

    Raises
    ------
    QueryFailed
        It calls a function that reads something else.
    """
    if isinstance(node, list):
        for item in node:
            yield from _tables(item, hidden)
        return
    if not isinstance(node, dict):
        return
    entries = (node.get("cte_map") or {}).get("map") or []
    hidden |= {str(entry["key"]).lower() for entry in entries}
    if node.get("type") == "BASE_TABLE":
        path = [str(part) for part in (node.get("qualified_name") or {}).get("path") or []]
        if len(path) > 1 or path[0].lower() not in hidden:
            catalogue, database, name = ["", "", *path][-3:]
            yield {"catalogue": catalogue.lower(), "database": database.lower(), "name": name.lower()}
    elif node.get("type") == "TABLE_FUNCTION":
        name = str((node.get("function") or {}).get("function_name") or "").lower()
        if name not in _FUNCTIONS:
            raise QueryFailed(f"FUNCTION_NOT_FOUND: Table function '{name}' not registered")
    for value in node.values():
        yield from _tables(value, hidden)
