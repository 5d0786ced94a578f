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


def from_parquet(column: str, stored: str, wanted: str, where: str) -> str:
    """Return the expression that reads a Parquet column.

    Parameters
    ----------
    column
        Its name in the file, quoted.
    stored, wanted
        Its type in the file, and in the catalogue.
    where
        What an error calls it.

    Notes
    -----
    AWS refuses a file whose type differs, where the query reads the column (``HIVE_BAD_DATA``); wider types
    are read. An expression that refuses is evaluated for the first value, so that a query that does not
    read the column does not fail.
    """
    if _same(stored, wanted):
        return column
    if _fits(stored, wanted):
        return f"CAST({column} AS {wanted})"
    if stored == "BLOB" and wanted == "VARCHAR":
        return f"decode({column})"
    message = (
        f"HIVE_BAD_DATA: Field {where}'s type {stored} in parquet file is incompatible with "
        f"type {wanted} defined in table schema"
    )
    return f"CAST(CASE WHEN {column} IS NOT NULL THEN error({literal(message)}) END AS {wanted})"


def from_text(column: str, wanted: str, where: str, *, lax: bool = False) -> str:
    """Return the expression that reads a value from its text.

    Parameters
    ----------
    lax
        Whether a value that is none is NULL, as LazySimpleSerDe has it, and no error.
    """
    if wanted == "VARCHAR":
        return column
    message = literal(f"HIVE_BAD_DATA: Error parsing field value for field {where}: ") + f" || {column}"
    refusal = "NULL" if lax else f"error({message})"
    if wanted in _WIDTH:
        fits = f"regexp_full_match({column}, '[+-]?[0-9]+') AND TRY_CAST({column} AS {wanted}) IS NOT NULL"
    elif wanted == "BOOLEAN":
        fits = f"lower({column}) IN ('true', 'false')"
    else:
        fits = f"TRY_CAST({column} AS {wanted}) IS NOT NULL"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN {fits} THEN CAST({column} AS {wanted}) "
        f"ELSE CAST({refusal} AS {wanted}) END"
    )


def _same(stored: str, wanted: str) -> bool:
    return stored.replace('"', "").lower() == wanted.replace('"', "").lower()


def _fits(stored: str, wanted: str) -> bool:
    if wanted in _WIDTH:
        width = _WIDTH.get(stored) or _UNSIGNED.get(stored)
        return width is not None and width <= _WIDTH[wanted]
    if wanted == "DOUBLE":
        # A BIGINT beyond 2^53 has no double of its own; CAST then does what it does everywhere in SQL.
        return stored == "FLOAT" or stored in _WIDTH or stored in _UNSIGNED
    if wanted == "TIMESTAMP":
        return stored in _TIMESTAMPS
    one, other = _DECIMAL.fullmatch(stored), _DECIMAL.fullmatch(wanted)
    if one is not None and other is not None:
        whole, scale = int(one[1]) - int(one[2]), int(one[2])
        return scale <= int(other[2]) and whole <= int(other[1]) - int(other[2])
    parts = ("[]", "STRUCT", "MAP")
    shape = next((part for part in parts if part in stored and part in wanted), None)
    return shape is not None and _leaves(stored) == _leaves(wanted)


def _leaves(name: str) -> list[str]:
    return re.findall(r"[a-z_0-9]+", name.lower())
