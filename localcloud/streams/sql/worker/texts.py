"""Values as Athena writes them: in a result's CSV, and as the names of types."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

_TYPES: Final = {
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIME": "time",
    "BLOB": "varbinary",
    "JSON": "json",
    "INTERVAL": "interval day to second",
    '"NULL"': "unknown",
    "NULL": "unknown",
}
_DIGITS: Final = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17}
_MOST_TEXT: Final = 2147483647
MOST_BIGINT: Final = 1 << 63


def type_of(name: str) -> tuple[str, int, int]:
    """Return Athena's name of DuckDB's type, with precision and scale.

    Examples
    --------
    >>> type_of("HUGEINT"), type_of("DECIMAL(9,2)"), type_of("STRUCT(a INTEGER)[]")
    (('bigint', 19, 0), ('decimal', 9, 2), ('array', 0, 0))
    """
    if name.startswith("DECIMAL"):
        precision, _, scale = name[8:-1].partition(",")
        return "decimal", int(precision), int(scale or 0)
    if name.endswith("]"):
        return "array", 0, 0
    if name.startswith("STRUCT"):
        return "row", 0, 0
    if name.startswith("MAP"):
        return "map", 0, 0
    athena = _TYPES.get(name, "varchar")
    if athena in {"timestamp", "timestamp with time zone"}:
        return athena, 3, 0
    return athena, _DIGITS.get(athena, _MOST_TEXT if athena == "varchar" else 0), 0


def writer(athena: str, name: str) -> Callable[[Any], str]:
    """Return what writes a column's values.

    Parameters
    ----------
    athena, name
        Its type's names at Athena and at DuckDB.

    Examples
    --------
    >>> writer("double", "DOUBLE")(1e10), writer("boolean", "BOOLEAN")(True)
    ('1.0E10', 'true')
    """
    if name == "FLOAT":
        return single
    if athena == "bigint":
        return _bigint
    if athena == "varchar":
        return str
    return text


class OutOfRange(ValueError):
    """A number that Athena's type cannot hold."""


def _bigint(value: int) -> str:
    if not -MOST_BIGINT <= value < MOST_BIGINT:
        raise OutOfRange(f"NUMERIC_VALUE_OUT_OF_RANGE: {value} is out of the range of bigint")
    return str(value)


def text(value: Any) -> str:
    """Return a value's text.

    Examples
    --------
    >>> text([1, None, {"a": True}]), text(datetime(2026, 1, 1)), text(b"ab")
    ('[1, null, {a=true}]', '2026-01-01 00:00:00.000', '61 62')
    """
    match value:
        case None:
            written = "null"
        case bool():
            written = "true" if value else "false"
        case float():
            written = double(value)
        case Decimal():
            written = f"{value:f}"
        case datetime():
            written = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
            written += " UTC" if value.tzinfo is not None else ""
        case time():
            written = f"{value:%H:%M:%S}.{value.microsecond // 1000:03}"
        case timedelta():
            milliseconds = value // timedelta(milliseconds=1)
            days, rest = divmod(abs(milliseconds), 86_400_000)
            clock = f"{rest // 3_600_000:02}:{rest // 60_000 % 60:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
            written = f"{'-' if milliseconds < 0 else ''}{days} {clock}"
        case bytes() | bytearray():
            written = bytes(value).hex(" ")
        case list() | tuple():
            written = f"[{', '.join(text(item) for item in value)}]"
        case dict():
            written = "{" + ", ".join(f"{text(key)}={text(item)}" for key, item in value.items()) + "}"
        case _:
            written = str(value)
    return written


def double(value: float) -> str:
    """Return a number as Java writes a double.

    Examples
    --------
    >>> [double(number) for number in (1.0, 0.001, 1234567.5, 1e7, 1.5e-7)]
    ['1.0', '0.001', '1234567.5', '1.0E7', '1.5E-7']
    """
    return _java(value, repr(value))


def single(value: float) -> str:
    """Return a number as Java writes a float: the shortest text that reads as the same."""
    if not math.isfinite(value):
        return _java(value, "")
    shortest = next(
        candidate
        for digits in range(1, 10)
        if struct.pack("f", float(candidate := f"{value:.{digits}g}")) == struct.pack("f", value)
    )
    return _java(value, repr(float(shortest)))


def _java(value: float, written: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if size == 0 or 1e-3 <= size < 1e7:
        return written if "." in written else f"{written}.0"
    sign, digits, exponent = Decimal(written).as_tuple()
    figures = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) + int(exponent) - 1
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{power}"
