"""Results as they lie in S3, and as GetQueryResults pages them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Cell = str | None


def read_cells(text: str) -> list[list[Cell]]:
    r"""Return the rows of a result: what is quoted is text, nothing at all is NULL.

    Examples
    --------
    >>> read_cells('"a","b"\n"x",\n"",\n')
    [['a', 'b'], ['x', None], ['', None]]
    """
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    position = 0
    while position < len(text):
        cell: Cell = None
        if text[position] == '"':
            start = position + 1
            end = text.index('"', start)
            while text.startswith('""', end):
                end = text.index('"', end + 2)
            cell = text[start:end].replace('""', '"')
            position = end + 1
        row.append(cell)
        if text.startswith(",", position):
            position += 1
            if position == len(text) or text[position] == "\n":
                row.append(None)
        if text.startswith("\n", position):
            rows.append(row)
            row = []
            position += 1
    return rows


def write_metadata(columns: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the object beside a result: its columns. AWS's own form of it is not described anywhere."""
    return json.dumps({"ColumnInfo": list(columns)}, separators=(",", ":")).encode()


def column_info(name: str, kind: str, precision: int = 0, scale: int = 0) -> dict[str, Any]:
    """Return a column as ``ResultSetMetadata`` shows it."""
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind in {"varchar", "string"},
    }


def page(rows: Sequence[Sequence[Cell]], start: int, most: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return rows as ``ResultSet`` has them, and the token of the next page.

    Examples
    --------
    >>> page([["a"], [None]], 1, 5)
    ([{'Data': [{}]}], None)
    """
    rows_page = [
        {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]}
        for row in rows[start : start + most]
    ]
    end = start + most
    return rows_page, str(end) if end < len(rows) else None
