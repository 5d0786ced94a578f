"""JSON values to the values of a column's type; what does not fit is an error.

The rules are those of the OpenX JSON SerDe as "Understand the schema conversion" has them: text is taken for
numbers that it writes, numbers and objects for text; nothing is rounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from localcloud.streams.hive import INTEGERS, Type

_BITS: Final = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
_INTEGER: Final = re.compile(r"[+-]?\d+(?:\.0+)?")
# What lies between is milliseconds since 1970: AWS distinguishes seconds from them by their size as well.
_MOST_SECONDS: Final = 100_000_000_000


class Unfit(ValueError):
    """A value that its column cannot hold; the message says which and why."""


@dataclass(frozen=True)
class Reader:
    """How keys become columns.

    Attributes
    ----------
    case_insensitive, dots, millis, mappings
        As ``OpenXJsonSerDe`` and ``HiveJsonSerDe`` have them.
    """

    case_insensitive: bool = True
    dots: bool = False
    millis: bool = False
    mappings: Mapping[str, str] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """Return the name of the column that a key belongs to."""
        name = name.replace(".", "_") if self.dots else name
        return name.lower() if self.case_insensitive else name


class Number(str):
    """A number with a fraction, as it was written."""

    __slots__ = ()


def column_value(value: Any, kind: Type, reader: Reader) -> Any:
    """Return a value of a column's type, as JSON that DuckDB reads without loss.

    Raises
    ------
    Unfit
    """
    if value is None:
        return None
    if kind.name in INTEGERS:
        return _integer(value, kind)
    if kind.name.startswith("DECIMAL"):
        return _decimal(value, kind)
    return _READERS[kind.name](value, kind, reader)


def _integer(value: Any, kind: Type) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | str) or _INTEGER.fullmatch(text) is None:
        raise Unfit(f"{_short(value)} is not a value of {kind}")
    number = int(text.partition(".")[0])
    if not -(1 << _BITS[kind.name] - 1) <= number < 1 << _BITS[kind.name] - 1:
        raise Unfit(f"{number} is out of the range of {kind}")
    return number


def _decimal(value: Any, kind: Type) -> str:
    precision, scale = (int(part) for part in kind.name[8:-1].split(","))
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).strip())
        if not number.is_finite():
            raise InvalidOperation
        exact = number.quantize(Decimal(1).scaleb(-scale))
    except (InvalidOperation, ValueError):
        raise Unfit(f"{_short(value)} is not a value of {kind}") from None
    if exact != number or (exact.adjusted() >= precision - scale and number != 0):
        raise Unfit(f"{_short(value)} does not fit {kind}")
    return str(exact)


def _double(value: Any, kind: Type, _reader: Reader) -> float:
    try:
        if isinstance(value, bool | dict | list):
            raise ValueError
        return float(value)
    except ValueError:
        raise Unfit(f"{_short(value)} is not a value of {kind}") from None


def _boolean(value: Any, kind: Type, _reader: Reader) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise Unfit(f"{_short(value)} is not a value of {kind}")


def _text(value: Any, _kind: Type, _reader: Reader) -> str:
    if isinstance(value, str):
        return str(value)
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


def _date(value: Any, kind: Type, _reader: Reader) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat() if isinstance(value, str) else _no_date()
    except ValueError:
        raise Unfit(f"{_short(value)} is not a value of {kind}") from None


def _no_date() -> str:
    raise ValueError


def _timestamp(value: Any, kind: Type, reader: Reader) -> str:
    try:
        if isinstance(value, bool | dict | list):
            raise ValueError
        text = str(value).strip()
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            number = Decimal(text)
            millis = reader.millis or abs(number) >= _MOST_SECONDS
            moment = datetime.fromtimestamp(float(number / 1000 if millis else number), UTC)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Unfit(f"{_short(value)} is not a value of {kind}") from None
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _list(value: Any, kind: Type, reader: Reader) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit(f"{_short(value)} is not a value of {kind}")
    return [column_value(item, kind.parts[0][1], reader) for item in value]


def _map(value: Any, kind: Type, reader: Reader) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"{_short(value)} is not a value of {kind}")
    return {str(key): column_value(item, kind.parts[1][1], reader) for key, item in value.items()}


def _struct(value: Any, kind: Type, reader: Reader) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"{_short(value)} is not a value of {kind}")
    members = {reader.key(name): item for name, item in value.items()}
    return {name: column_value(members.get(name), part, reader) for name, part in kind.parts}


_READERS: Final[dict[str, Callable[[Any, Type, Reader], Any]]] = {
    "FLOAT": _double,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
    "VARCHAR": _text,
    "BLOB": _text,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "LIST": _list,
    "MAP": _map,
    "STRUCT": _struct,
}


def plain(value: Any) -> Any:
    """Return a document with its numbers as numbers."""
    match value:
        case Number():
            return float(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def _short(value: Any) -> str:
    text = json.dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
