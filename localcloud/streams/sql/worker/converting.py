"""Records to Parquet: every column has the catalogue's type, whatever the first record looked like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.streams.hive import Column, quoted
from localcloud.streams.sql.worker.rows import documents, line, row
from localcloud.streams.sql.worker.values import Reader

LENGTH: Final = 4
_MOST_OBJECT: Final = 16 * 1024 * 1024


def convert(connection: Any, request: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """Write the records of a file as Parquet.

    Parameters
    ----------
    request
        ``input``: records, each behind its length in four bytes; ``output``; ``compression``; ``options`` of
        the deserializer.

    Returns
    -------
    dict
        ``rows`` that were written, and ``failed``: numbers of records with the reason.
    """
    options = request.get("options") or {}
    reader = Reader(
        case_insensitive=options.get("caseInsensitive", True),
        dots=options.get("dots", False),
        millis=options.get("millis", False),
        mappings=options.get("mappings") or {},
    )
    source, target = Path(request["input"]), Path(request["output"])
    lines = source.with_suffix(".rows.json")
    failed: dict[str, str] = {}
    count = 0
    with lines.open("wb") as file:
        for number, record in enumerate(_records(source.read_bytes())):
            try:
                rows = [line(row(document, columns, reader)) for document in documents(record)]
            except (ValueError, ArithmeticError, RecursionError) as error:
                # Whatever a record holds, it fails alone: Python refuses numbers of 4,300 digits by itself.
                failed[str(number)] = str(error)
                continue
            file.writelines(rows)
            count += len(rows)
    try:
        if count:
            write_parquet(connection, lines, target, columns, str(request.get("compression") or "SNAPPY"))
    finally:
        lines.unlink()
    return {"rows": count, "failed": failed}


def write_parquet(
    connection: Any, lines: Path, target: Path, columns: Sequence[Column], compression: str
) -> None:
    """Write a file of JSON rows, which hold values of the columns' types, as Parquet."""
    types = ", ".join(f"{_text(column.name)}: {_text(str(column.type))}" for column in columns)
    names = ", ".join(quoted(column.name) for column in columns)
    connection.execute(
        f"COPY (SELECT {names} FROM read_json({_text(str(lines))}, columns = {{{types}}}, "  # noqa: S608 - quoted
        f"format = 'newline_delimited', maximum_object_size = {_MOST_OBJECT})) "
        f"TO {_text(str(target))} (FORMAT parquet, COMPRESSION {compression.lower()})"
    )
    connection.fetchall()


def _records(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + LENGTH], "big")
        position += LENGTH
        yield data[position : position + length]
        position += length


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
