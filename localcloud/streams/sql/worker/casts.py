"""Values of files as their column's type in the catalogue: exactly, or not at all."""

from __future__ import annotations

import re
from typing import Final

_WIDTH: Final = {"TINYINT": 1, "SMALLINT": 2, "INTEGER": 3, "BIGINT": 4}
_UNSIGNED: Final = {"UTINYINT": 2, "USMALLINT": 3, "UINTEGER": 4}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_TIMESTAMPS: Final = frozenset(
    {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}
)


def literal(value: str) -> str:
    """Return text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def from_parquet(column: str, stored: str, declared: str, where: str) -> str:
    """Return the expression that reads a Parquet column.

    Parameters
    ----------
    column
        Its name in the file, quoted.
    stored, declared
        Its type in the file, and in the catalogue.
    where
        What an error calls it.

    Notes
    -----
    AWS refuses a file whose type differs, where the query reads the column (``HIVE_BAD_DATA``); wider types
    are read. An expression that refuses is evaluated for the first value, so that a query that does not
    read the column does not fail.
    """
    if _same(stored, declared):
        return column
    if _fits(stored, declared):
        return f"CAST({column} AS {declared})"
    if stored == "BLOB" and declared == "VARCHAR":
        return f"decode({column})"
    message = (
        f"HIVE_BAD_DATA: Field {where}'s type {stored} in parquet file is incompatible with "
        f"type {declared} defined in table schema"
    )
    return f"CAST(CASE WHEN {column} IS NOT NULL THEN error({literal(message)}) END AS {declared})"


def from_text(column: str, declared: str, where: str, *, lax: bool = False) -> str:
    """Return the expression that reads a value from its text.

    Parameters
    ----------
    lax
        Whether a value that is none is NULL, as LazySimpleSerDe has it, and no error.
    """
    if declared == "VARCHAR":
        return column
    message = literal(f"HIVE_BAD_DATA: Error parsing field value for field {where}: ") + f" || {column}"
    refusal = "NULL" if lax else f"error({message})"
    if declared in _WIDTH:
        fits = f"regexp_full_match({column}, '[+-]?[0-9]+') AND TRY_CAST({column} AS {declared}) IS NOT NULL"
    elif declared == "BOOLEAN":
        fits = f"lower({column}) IN ('true', 'false')"
    else:
        fits = f"TRY_CAST({column} AS {declared}) IS NOT NULL"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN {fits} THEN CAST({column} AS {declared}) "
        f"ELSE CAST({refusal} AS {declared}) END"
    )


def _same(stored: str, declared: str) -> bool:
    return stored.replace('"', "").lower() == declared.replace('"', "").lower()


def _fits(stored: str, declared: str) -> bool:
    if declared in _WIDTH:
        width = _WIDTH.get(stored) or _UNSIGNED.get(stored)
        return width is not None and width <= _WIDTH[declared]
    if declared == "DOUBLE":
        # A BIGINT beyond 2^53 has no double of its own; CAST then does what it does everywhere in SQL.
        return stored == "FLOAT" or stored in _WIDTH or stored in _UNSIGNED
    if declared == "TIMESTAMP":
        return stored in _TIMESTAMPS
    stored_decimal, declared_decimal = _DECIMAL.fullmatch(stored), _DECIMAL.fullmatch(declared)
    if stored_decimal is not None and declared_decimal is not None:
        whole, scale = int(stored_decimal[1]) - int(stored_decimal[2]), int(stored_decimal[2])
        return scale <= int(declared_decimal[2]) and whole <= int(declared_decimal[1]) - int(
            declared_decimal[2]
        )
    parts = ("[]", "STRUCT", "MAP")
    shape = next((part for part in parts if part in stored and part in declared), None)
    return shape is not None and _leaves(stored) == _leaves(declared)


def _leaves(name: str) -> list[str]:
    return re.findall(r"[a-z_0-9]+", name.lower())
