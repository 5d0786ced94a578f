"""A query's answer: columns with Athena's types, and rows in Athena's CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.streams.sql.worker.texts import type_of, writer

CHUNK: Final = 10_000
# What the translation calls a column that the query gives no name.
UNNAMED: Final = "__unnamed"


def write_answer(connection: Any, sql: str, target: Path) -> dict[str, Any]:
    """Run a query and write its rows.

    Returns
    -------
    dict
        ``columns`` and ``rows``.
    """
    cursor = connection.execute(sql)
    columns = [_column(number, item) for number, item in enumerate(cursor.description)]
    writers = [
        writer(column["type"], str(item[1])) for column, item in zip(columns, cursor.description, strict=True)
    ]
    rows = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(_quoted(column["name"]) for column in columns) + "\n")
        while True:
            chunk = cursor.fetchmany(CHUNK)
            if not chunk:
                break
            rows += len(chunk)
            file.writelines(
                ",".join(
                    "" if value is None else _quoted(write(value))
                    for write, value in zip(writers, row, strict=True)
                )
                + "\n"
                for row in chunk
            )
    return {"columns": columns, "rows": rows}


def _column(number: int, item: Any) -> Mapping[str, Any]:
    kind, precision, scale = type_of(str(item[1]))
    name = f"_col{number}" if str(item[0]).startswith(UNNAMED) else str(item[0]).lower()
    return {"name": name, "type": kind, "precision": precision, "scale": scale}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
