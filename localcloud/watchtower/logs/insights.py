"""Logs Insights over events: ``fields``, ``filter``, ``parse``, ``stats``, ``sort``, ``limit``, ``dedup``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.watchtower.logs.aggregates import aggregate
from localcloud.watchtower.logs.query_syntax import (
    InsightsError,
    check_field,
    commands,
    condition,
    number,
    unquoted,
)

Row = dict[str, Any]
Rows = list[Row]
SHOWN: Final = ("@timestamp", "@message")
MOST_ROWS: Final = 10_000
_NAMED: Final = re.compile(r"(.+?)(?:\s+as\s+(\S+))?$", re.IGNORECASE | re.DOTALL)
_BIN: Final = re.compile(r"bin\(\s*(\d+)\s*(ms|s|m|h|d)\w*\s*\)", re.IGNORECASE)
_PARSE: Final = re.compile(
    r"""(\S+)\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)+/)(?:\s+as\s+(.+))?"""
)
_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_OUTSIDE: Final = re.compile(r",(?![^(]*\))")


def run(query: str, events: Iterable[Row]) -> Rows:
    """Run a query.

    Parameters
    ----------
    events
        With ``@timestamp`` (milliseconds), ``@message``, ``@logStream``, ``@log`` and ``@ptr``.

    Returns
    -------
    list of dict
        The rows' fields as text, in the order in which they are shown.

    Raises
    ------
    InsightsError

    Examples
    --------
    >>> event = {"@timestamp": 0, "@message": '{"level": "ERROR", "took": {"ms": 7}}', "@ptr": "p"}
    >>> run('fields level, took.ms | filter level = "ERROR"', [event])
    [{'level': 'ERROR', 'took.ms': '7', '@ptr': 'p'}]
    >>> run("stats count(*) as n, max(took.ms) by level", [event])
    [{'level': 'ERROR', 'n': '1', 'max(took.ms)': '7'}]
    """
    rows: Rows = [{**discovered(str(event["@message"])), **event} for event in events]
    # What comes last is shown first, unless the query sorts.
    rows.sort(key=lambda row: int(row["@timestamp"]), reverse=True)
    fields: list[str] | None = None
    counted = False
    limit = MOST_ROWS
    for word, rest in commands(query):
        match word:
            case "fields" | "display":
                names = [_aliased(item)[1] for item in _OUTSIDE.split(rest)]
                rows = [_with_fields(row, rest) for row in rows]
                fields = [*(fields or ()), *names] if word == "fields" else names
            case "filter":
                holds = condition(rest)
                rows = [row for row in rows if holds(row)]
            case "parse":
                rows = _parsed(rows, rest)
            case "stats":
                rows, fields, counted = *_stats(rows, rest), True
            case "sort":
                rows = _sorted(rows, rest)
            case "limit" if rest.isdecimal():
                limit = min(int(rest), MOST_ROWS)
            case "dedup":
                rows = _without_duplicates(rows, [name.strip() for name in rest.split(",")])
            case _:
                raise InsightsError(f"the local cloud does not know {word} {rest}".rstrip())
    names = list(dict.fromkeys(fields or SHOWN))
    if not counted:
        names.append("@ptr")
    return [{name: _text(name, row[name]) for name in names if name in row} for row in rows[:limit]]


def discovered(message: str) -> Row:
    """Return the fields of a message that is JSON, by their paths.

    Examples
    --------
    >>> discovered('{"a": {"b": [1, 2]}}')
    {'a.b.0': 1, 'a.b.1': 2}
    """
    try:
        document = json.loads(message) if message.lstrip().startswith("{") else None
    except ValueError:
        return {}
    fields: Row = {}
    pending: list[tuple[str, Any]] = [("", document)] if isinstance(document, dict) else []
    while pending:
        path, value = pending.pop(0)
        if isinstance(value, dict):
            pending += [(f"{path}.{name}" if path else name, item) for name, item in value.items()]
        elif isinstance(value, list):
            pending += [(f"{path}.{index}", item) for index, item in enumerate(value)]
        elif value is not None:
            fields[path] = value
    return fields


def _aliased(item: str) -> tuple[str, str]:
    match = _NAMED.fullmatch(item.strip())
    if match is None:
        raise InsightsError("a field is missing")
    source = match[1].strip()
    if "(" not in source:
        check_field(source)
    source = source.strip("`")
    return source, match[2] or source


def _with_fields(row: Row, rest: str) -> Row:
    for item in _OUTSIDE.split(rest):
        source, name = _aliased(item)
        if "(" in source:
            bins = _BIN.fullmatch(source)
            if bins is None:
                raise InsightsError(f"the local cloud does not know the function {source}")
            row = {**row, name: _bin(row, bins)}
        elif name != source and source in row:
            row = {**row, name: row[source]}
    return row


def _bin(row: Row, match: re.Match[str]) -> str:
    step = int(match[1]) * _UNITS[match[2].lower()]
    return _moment(int(row["@timestamp"]) // step * step)


def _parsed(rows: Rows, rest: str) -> Rows:
    match = _PARSE.fullmatch(rest)
    if match is None:
        raise InsightsError(f"parse takes a field, a pattern and names, not {rest}")
    field, pattern = match[1], match[2]
    if pattern.startswith("/"):
        try:
            expression = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern[1:-1]))
        except re.error as error:
            raise InsightsError(f"invalid regular expression: {error}") from error
        names = list(expression.groupindex)
    else:
        expression = re.compile("(.*?)".join(map(re.escape, unquoted(pattern).split("*"))) + "$", re.DOTALL)
        if unquoted(pattern).endswith("*"):
            expression = re.compile(expression.pattern.removesuffix("(.*?)$") + "(.*)$", re.DOTALL)
        names = [name.strip() for name in (match[3] or "").split(",") if name.strip()]
    if expression.groups != len(names):
        raise InsightsError(f"parse finds {expression.groups} values and names {len(names)}")
    parsed: Rows = []
    for row in rows:
        match = expression.search(str(row.get(field, "")))
        parsed.append({**row, **dict(zip(names, match.groups(), strict=True))} if match else row)
    return parsed


def _stats(rows: Rows, rest: str) -> tuple[Rows, list[str]]:
    parts = re.split(r"\s+by\s+", rest, maxsplit=1, flags=re.IGNORECASE)
    keys = [_aliased(item) for item in _OUTSIDE.split(parts[1])] if len(parts) == 2 else []
    columns = [_aliased(item) for item in _OUTSIDE.split(parts[0])]
    groups: dict[tuple[Any, ...], Rows] = {}
    for row in rows:
        groups.setdefault(tuple(_key(row, source) for source, _ in keys), []).append(row)
    if not rows and not keys:
        groups[()] = []
    result = [
        {
            **{name: value for (_, name), value in zip(keys, group, strict=True) if value is not None},
            **{name: aggregate(source, members) for source, name in columns},
        }
        for group, members in groups.items()
    ]
    return result, [name for _, name in (*keys, *columns)]


def _key(row: Row, source: str) -> Any:
    match = _BIN.fullmatch(source)
    return _bin(row, match) if match else row.get(source)


def _sorted(rows: Rows, rest: str) -> Rows:
    for item in reversed(_OUTSIDE.split(rest)):
        name, _, order = item.strip().rpartition(" ")
        if order.lower() not in {"asc", "desc"} or not name:
            name, order = item.strip(), "asc"
        field = name.strip().strip("`")
        present = [row for row in rows if row.get(field, "") != ""]
        absent = [row for row in rows if row.get(field, "") == ""]
        backwards = order.lower() == "desc"
        if all(number(row[field]) is not None for row in present):
            present.sort(key=lambda row: number(row[field]) or 0.0, reverse=backwards)
        else:
            present.sort(key=lambda row: str(row[field]), reverse=backwards)
        rows = [*present, *absent]
    return rows


def _without_duplicates(rows: Rows, names: list[str]) -> Rows:
    first_rows: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first_rows.setdefault(tuple(row.get(name) for name in names), row)
    return list(first_rows.values())


def _text(name: str, value: Any) -> str:
    if name in {"@timestamp", "@ingestionTime"} and isinstance(value, int):
        return _moment(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _moment(milliseconds: int) -> str:
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
    return text.removesuffix("+00:00")
