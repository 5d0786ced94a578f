"""Partition projection: which objects belong to which partition, without partitions in the catalogue.

AWS computes every value that a projection allows and lists what is below each. Here the objects are listed
once, and each names its partition; values that the projection does not allow are left out, so
that both come to the same.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from localcloud.streams.sql.errors import QueryFailed

_VARIABLE: Final = re.compile(r"\$\{([^}]+)\}")
_NOW: Final = re.compile(r"NOW\s*(?:([+-])\s*(\d+)\s*([A-Z]+?)S?)?$")
_DATES: Final = {
    "yyyy": ("%Y", r"\d{4}"),
    "MM": ("%m", r"\d{2}"),
    "dd": ("%d", r"\d{2}"),
    "HH": ("%H", r"\d{2}"),
    "mm": ("%M", r"\d{2}"),
    "ss": ("%S", r"\d{2}"),
}
_UNITS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_MONTHS: Final = {"MONTH": 1, "YEAR": 12}


@dataclass(frozen=True)
class Rule:
    """What a partition key's values look like.

    Attributes
    ----------
    pattern
        A regular expression of them.
    allows
        Whether the projection has a value.
    """

    pattern: str
    allows: Callable[[str], bool]


@dataclass(frozen=True)
class Projection:
    """A table's projection.

    Attributes
    ----------
    bucket, prefix
        Below which all of its objects are.
    injected
        Keys whose values come from the query's WHERE alone.
    """

    bucket: str
    prefix: str
    injected: frozenset[str]
    _pattern: re.Pattern[str]
    _rules: Mapping[str, Rule]
    _names: tuple[str, ...]

    def values(self, key: str) -> list[str] | None:
        """Return the values of an object's partition keys; None where it is in no partition."""
        match = self._pattern.match(key)
        if match is None:
            return None
        values = {name: match[f"k{number}"] for number, name in enumerate(self._names)}
        if not all(rule.allows(values[name]) for name, rule in self._rules.items()):
            return None
        return [values[name] for name in self._names]


def parse_projection(
    parameters: Mapping[str, str], names: Sequence[str], location: str, now: datetime | None = None
) -> Projection:
    """Read a table's projection.

    Parameters
    ----------
    names
        Its partition keys.
    location
        Where the table is, for a table without ``storage.location.template``.

    Raises
    ------
    QueryFailed

    Examples
    --------
    >>> projection = parse_projection({"projection.day.type": "date", "projection.day.format": "yyyy/MM/dd",
    ...     "projection.day.range": "2026/01/01,NOW", "storage.location.template": "s3://lake/orders/${day}/"},
    ...     ["day"], "s3://lake/orders/")
    >>> projection.values("orders/2026/02/03/a.parquet"), projection.values("orders/2020/01/01/a.parquet")
    (['2026/02/03'], None)
    """
    root = location.rstrip("/")
    hive = "/".join(f"{name}=${{{name}}}" for name in names)
    template = parameters.get("storage.location.template") or f"{root}/{hive}/"
    rules = {name: _rule(name, parameters, now or datetime.now(UTC)) for name in names}
    bucket, _, path = template.removeprefix("s3://").partition("/")
    pattern, end = "", 0
    for match in _VARIABLE.finditer(path):
        if match[1] not in rules:
            raise QueryFailed(f"INVALID_TABLE_PROPERTY: storage.location.template names no key {match[1]}")
        number = list(names).index(match[1])
        inner = (
            f"(?P=k{number})" if f"(?P<k{number}>" in pattern else f"(?P<k{number}>{rules[match[1]].pattern})"
        )
        pattern += re.escape(path[end : match.start()]) + inner
        end = match.end()
    pattern += re.escape(path[end:])
    missing = [name for number, name in enumerate(names) if f"(?P<k{number}>" not in pattern]
    if missing:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: storage.location.template lacks {', '.join(missing)}")
    prefix = path[: path.index("${")] if "${" in path else path
    injected = frozenset(name for name in names if _kind(name, parameters) == "injected")
    slash = "" if pattern.endswith("/") else "/"
    return Projection(bucket, prefix, injected, re.compile(pattern + slash), rules, tuple(names))


def _kind(name: str, parameters: Mapping[str, str]) -> str:
    return str(parameters.get(f"projection.{name}.type") or "").lower()


def _rule(name: str, parameters: Mapping[str, str], now: datetime) -> Rule:
    def required(what: str) -> str:
        value = parameters.get(f"projection.{name}.{what}")
        if not value:
            raise QueryFailed(f"INVALID_TABLE_PROPERTY: projection.{name}.{what} is missing")
        return str(value)

    match _kind(name, parameters):
        case "enum":
            values = frozenset(value.strip() for value in required("values").split(","))
            return Rule("|".join(map(re.escape, sorted(values, key=len, reverse=True))), values.__contains__)
        case "integer":
            least, most = _range(name, required("range"))
            step = int(parameters.get(f"projection.{name}.interval") or 1)
            digits = int(parameters.get(f"projection.{name}.digits") or 0)
            first, last = int(least), int(most)
            return Rule(
                r"-?\d+",
                lambda text: (
                    first <= int(text) <= last
                    and (int(text) - first) % step == 0
                    and text == f"{int(text):0{digits}d}"
                ),
            )
        case "date":
            return _date_rule(name, parameters, required("format"), _range(name, required("range")), now)
        case "injected":
            return Rule(r"[^/]+", bool)
    raise QueryFailed(
        f"INVALID_TABLE_PROPERTY: projection.{name}.type is not enum, integer, date or injected"
    )


def _range(name: str, text: str) -> tuple[str, str]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: projection.{name}.range must be two values")
    return parts[0], parts[1]


def _date_rule(
    name: str, parameters: Mapping[str, str], format_: str, bounds: tuple[str, str], now: datetime
) -> Rule:
    pieces = re.findall(r"'([^']*)'|([A-Za-z]+)|([^A-Za-z']+)", format_)
    read, pattern = "", ""
    for quoted, letters, other in pieces:
        if letters and letters not in _DATES:
            raise QueryFailed(
                f"INVALID_TABLE_PROPERTY: projection.{name}.format {format_} is not served here"
            )
        code, digits = (
            _DATES[letters] if letters else ((quoted or other).replace("%", "%%"), re.escape(quoted or other))
        )
        read, pattern = read + code, pattern + digits

    def moment(text: str) -> datetime:
        relative = _NOW.fullmatch(text)
        if relative is not None:
            if relative[1] is None:
                return now
            count = int(relative[2]) * (1 if relative[1] == "+" else -1)
            return _moved(now, count, relative[3])
        return datetime.strptime(text, read).replace(tzinfo=UTC)

    try:
        first, last = moment(bounds[0]), moment(bounds[1])
    except ValueError as error:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: projection.{name}.range: {error}") from None
    smallest = (
        "SECOND"
        if "%S" in read
        else "MINUTE"
        if "%M" in read
        else "HOUR"
        if "%H" in read
        else ("DAY" if "%d" in read else "MONTH" if "%m" in read else "YEAR")
    )
    first = datetime.strptime(first.strftime(read), read).replace(tzinfo=UTC)
    unit = str(parameters.get(f"projection.{name}.interval.unit") or smallest).upper().rstrip("S")
    step = int(parameters.get(f"projection.{name}.interval") or 1)

    def allows(text: str) -> bool:
        try:
            at = datetime.strptime(text, read).replace(tzinfo=UTC)
        except ValueError:
            return False
        if not first <= at <= last:
            return False
        if unit in _MONTHS:
            months = (at.year - first.year) * 12 + at.month - first.month
            return months % (step * _MONTHS[unit]) == 0
        return int((at - first).total_seconds()) % (step * _UNITS.get(unit, 1)) == 0

    return Rule(pattern, allows)


def _moved(at: datetime, count: int, unit: str) -> datetime:
    if unit in _MONTHS:
        months = at.year * 12 + at.month - 1 + count * _MONTHS[unit]
        year, month = months // 12, months % 12 + 1
        return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))
    if unit not in _UNITS:
        raise ValueError(f"{unit} is not a unit")
    return at + timedelta(seconds=count * _UNITS[unit])
