"""Statements before they reach DuckDB: tokens, columns without a name, partitions, results."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.streams.hive import HiveError, parse_columns, parse_type
from localcloud.streams.sql.errors import QueryFailed
from localcloud.streams.sql.parameters import with_parameters
from localcloud.streams.sql.projection import parse_projection
from localcloud.streams.sql.results import read_cells
from localcloud.streams.sql.worker.rows import documents, row
from localcloud.streams.sql.worker.tokens import Unfinished, tokens
from localcloud.streams.sql.worker.translation import NotTranslated, translate
from localcloud.streams.sql.worker.values import Reader, Unfit

NOW = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
SQL = st.text(alphabet="selctFROM '\"`-/*();,.%1a[]\n", max_size=40)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT a, t.b, count(*), *, t.* FROM t", [3]),
        ("SELECT a b, max(a) AS c, max(a) d, (r).x FROM t", []),
        ("SELECT 1, 'x', NULL, CASE WHEN a THEN 1 END, a + 1, NOT a", [1, 2, 3, 4, 5, 6]),
        ("WITH x AS (SELECT 1) SELECT DISTINCT a, 2 FROM x", [2]),
        ("SELECT a[1], f(a, (b)), INTERVAL '1' DAY FROM t", [1, 2, 3]),
        ("SELECT current_date, t.c.d, at FROM t", [1]),
        ("SELECT sum(a) OVER w, a IS NULL FROM t WINDOW w AS (ORDER BY a)", [1, 2]),
    ],
)
def test_unnamed_columns_are_named_by_position(sql: str, named: list[int]) -> None:
    translated = translate(sql)
    assert [number for number in range(1, 8) if f'AS "__unnamed{number}"' in translated] == named


@pytest.mark.parametrize(
    "sql",
    ["SELECT 'open", 'SELECT "open', "SELECT /* open", "SELECT f(", "SELECT `a`", "SELECT date_format(a, b)"],
)
def test_unreadable_query_is_refused_with_a_message(sql: str) -> None:
    with pytest.raises(NotTranslated, match=r"SYNTAX_ERROR|NOT_SUPPORTED"):
        translate(sql)


@pytest.mark.parametrize(
    ("literal", "type_"), [("1.50", "3,2"), ("-0.5", "1,1"), ("007", "1,0"), ("12.", "2,0"), ("0", "1,0")]
)
def test_decimal_literal_has_as_many_digits_as_are_written(literal: str, type_: str) -> None:
    assert translate(f"SELECT DECIMAL '{literal}' a") == f"SELECT CAST('{literal}' AS DECIMAL({type_})) a"


@pytest.mark.parametrize("literal", ["", ".", "x", "1e3", "1" * 39])
def test_decimal_literal_without_a_number_is_refused(literal: str) -> None:
    with pytest.raises(NotTranslated, match="INVALID_LITERAL"):
        translate(f"SELECT DECIMAL '{literal}'")


@given(SQL)
def test_tokens_cover_the_original_text(sql: str) -> None:
    with contextlib.suppress(Unfinished):
        assert sql.startswith("".join(token.text for token in tokens(sql)))


@given(SQL)
def test_any_text_is_translated_or_refused(sql: str) -> None:
    with contextlib.suppress(NotTranslated):
        translate(sql)


@given(
    st.lists(st.lists(st.none() | st.text(alphabet='a",\n', max_size=4), min_size=2, max_size=3), max_size=4)
)
def test_cells_round_trip(rows: list[list[str | None]]) -> None:
    def cell(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    text = "".join(",".join(map(cell, row)) + "\n" for row in rows)
    assert read_cells(text) == rows


def date(range_: str, format_: str = "yyyy-MM-dd", **more: str) -> dict[str, str]:
    return {"type": "date", "range": range_, "format": format_, **more}


@pytest.mark.parametrize(
    ("rule", "value", "allowed"),
    [
        ({"type": "enum", "values": "a, b"}, "b", True),
        ({"type": "enum", "values": "a, b"}, "c", False),
        ({"type": "integer", "range": "1,31", "digits": "2"}, "07", True),
        ({"type": "integer", "range": "1,31", "digits": "2"}, "7", False),
        ({"type": "integer", "range": "0,100", "interval": "10"}, "15", False),
        (date("2026-01-01,NOW"), "2026-11-30", True),
        (date("2026-01-01,NOW"), "2026-12-01", False),
        (date("NOW-2YEARS,NOW+1DAY"), "2026-12-01", True),
        (date("NOW-2YEARS,NOW"), "2024-11-29", False),
        (date("2026,NOW", "yyyy"), "2026", True),
        (date("2026/01/01/00,NOW", "yyyy/MM/dd/HH"), "2026/11/30/07", True),
        (date("2026-01-01,NOW", interval="7"), "2026-01-08", True),
        (date("2026-01-01,NOW", interval="7"), "2026-01-09", False),
        ({"type": "injected"}, "anything", True),
    ],
)
def test_projection_has_its_computed_values(rule: dict[str, str], value: str, allowed: bool) -> None:
    parameters = {f"projection.k.{name}": text for name, text in rule.items()}
    projection = parse_projection(parameters, ["k"], "s3://lake/t/", NOW)
    assert (projection.values(f"t/k={value}/a.parquet") == [value]) is allowed


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"projection.k.type": "date", "projection.k.range": "NOW,NOW"},
        {"projection.k.type": "enum", "projection.k.values": "a", "storage.location.template": "s3://l/t/"},
        {"projection.k.type": "integer", "projection.k.range": "1"},
    ],
)
def test_incomplete_projection_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(QueryFailed, match="INVALID_TABLE_PROPERTY"):
        parse_projection(parameters, ["k"], "s3://lake/t/", NOW)


@pytest.mark.parametrize("value", ["a", "1; DROP", "'a' OR 1=1", "(SELECT 1)", "'''"])
def test_parameter_that_is_no_literal_is_refused(value: str) -> None:
    with pytest.raises(QueryFailed, match="not a literal"):
        with_parameters("SELECT ?", [value])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", "1.5"),
        ("bigint", "9223372036854775808"),
        ("tinyint", "128"),
        ("int", "true"),
        ("int", '"x"'),
        ("decimal(4,2)", "1.234"),
        ("decimal(4,2)", "100"),
        ("boolean", "1"),
        ("double", "[1]"),
        ("timestamp", '"soon"'),
        ("date", "7"),
        ("array<int>", "[1, 2.5]"),
        ("struct<a:int>", '{"a": "b"}'),
    ],
)
def test_value_beyond_its_column_type_is_refused(kind: str, value: str) -> None:
    columns = parse_columns([{"Name": "a", "Type": kind}])
    with pytest.raises(Unfit, match=r"^a: "):
        row(next(documents(f'{{"a": {value}}}'.encode())), columns, Reader())


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("bigint", "9223372036854775807", 9223372036854775807),
        ("bigint", '"12"', 12),
        ("bigint", "12.0", 12),
        ("decimal(10,2)", "1.1", "1.10"),
        ("string", "1.10", "1.10"),
        ("string", '{"b": [1]}', '{"b":[1]}'),
        ("boolean", '"TRUE"', True),
        ("timestamp", '"2026-01-02T03:04:05+01:00"', "2026-01-02 02:04:05.000000"),
        ("timestamp", "1767323045", "2026-01-02 03:04:05.000000"),
        ("timestamp", "1767323045123", "2026-01-02 03:04:05.123000"),
        ("date", '"2026-01-02"', "2026-01-02"),
        ("array<struct<x:int>>", '[{"X": 1}]', [{"x": 1}]),
        ("map<string,int>", '{"K": "1"}', {"K": 1}),
    ],
)
def test_value_is_converted_to_its_column_type(kind: str, value: str, expected: object) -> None:
    columns = parse_columns([{"Name": "a", "Type": kind}])
    assert row(next(documents(f'{{"A": {value}}}'.encode())), columns, Reader()) == {"a": expected}


@pytest.mark.parametrize("kind", ["uniontype<int>", "array<int", "decimal(40,2)", "int int", "struct<a>", ""])
def test_unknown_type_is_refused(kind: str) -> None:
    with pytest.raises(HiveError):
        parse_type(kind)
