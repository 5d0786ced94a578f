"""SQL over Parquet, JSON and CSV: what the catalogue says is what a column is."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.streams.sql.lake import LAZY, OPEN_CSV, OPENX, Lake


def test_column_type_of_one_file_does_not_affect_another(lake: Lake) -> None:
    lake.table("amounts", {"amount": "double"})
    lake.write_parquet("amounts/1.parquet", amount=pa.array([1, 2], pa.int64()))
    lake.write_parquet("amounts/2.parquet", amount=pa.array([1.5], pa.float64()))
    # DuckDB by itself has the first file's type for both: 1.5 would be 2.
    assert lake.rows("SELECT amount FROM amounts ORDER BY 1") == [["1.0"], ["1.5"], ["2.0"]]


def test_unsupported_column_type_fails_the_query_that_reads_it(lake: Lake) -> None:
    lake.table("counts", {"count": "bigint", "name": "string"})
    lake.write_parquet("counts/1.parquet", count=pa.array([1], pa.int64()), name=["a"])
    lake.write_parquet("counts/2.parquet", count=pa.array([1.5], pa.float64()), name=["b"])
    assert lake.reason("SELECT sum(count) FROM counts").startswith(
        "HIVE_BAD_DATA: Field count's type DOUBLE in parquet file is incompatible with type BIGINT"
    )
    assert lake.rows("SELECT name FROM counts ORDER BY 1") == [["a"], ["b"]]


def test_columns_are_matched_by_name_and_missing_ones_are_null(lake: Lake) -> None:
    lake.table("grown", {"id": "bigint", "note": "string", "price": "decimal(10,2)", "at": "timestamp"})
    lake.write_parquet("grown/1.parquet", ID=pa.array([2**53 + 1], pa.int64()))
    price = pa.array([Decimal("1.10")], pa.decimal128(8, 2))
    at = pa.array([datetime(2026, 1, 2, 3, 4, 5)], pa.timestamp("ns"))
    lake.write_parquet("grown/2.parquet", note=["x"], id=pa.array([1], pa.int32()), price=price, at=at)
    assert lake.rows("SELECT * FROM grown ORDER BY id") == [
        ["1", "x", "1.10", "2026-01-02 03:04:05.000"],
        [str(2**53 + 1), None, None, None],
    ]


def test_json_keys_are_matched_without_case_and_values_are_not_rounded(lake: Lake) -> None:
    lake.table("visits", {"userid": "string", "hits": "bigint"}, OPENX)
    lake.write("visits/a.json", b'{"userId": "a", "hits": 9007199254740993}\n{"userId": "b"}\n')
    lake.write("visits/b.json.gz", gzip.compress(b'{"USERID": "c", "hits": "3", "userid": null}\n'))
    assert lake.rows("SELECT * FROM visits ORDER BY 1") == [
        ["a", "9007199254740993"],
        ["b", None],
        [None, "3"],
    ]
    lake.write("visits/c.json", b'{"userId": "d", "hits": 1.5}\n')
    assert lake.reason("SELECT sum(hits) FROM visits").startswith("HIVE_BAD_DATA: Error parsing field value")


def test_nested_json_is_read_by_the_types_of_its_parts(lake: Lake) -> None:
    lake.table("carts", {"items": "array<struct<sku:string,qty:int>>", "tags": "map<string,string>"}, OPENX)
    lake.write("carts/a.json", b'{"items": [{"SKU": "a", "qty": 2}], "tags": {"k": "v"}}\n')
    question = "SELECT i.sku, i.qty, tags['k'] FROM carts CROSS JOIN UNNEST(items) AS t(i)"
    assert lake.rows(question) == [["a", "2", "v"]]
    assert lake.rows("SELECT items, tags FROM carts") == [["[{sku=a, qty=2}]", "{k=v}"]]


def test_malformed_json_fails_or_is_omitted(lake: Lake) -> None:
    lake.table("lines", {"n": "int"}, OPENX)
    lake.write("lines/a.json", b'{"n": 1}\nno json\n')
    assert lake.reason("SELECT count(n) FROM lines").startswith("HIVE_BAD_DATA: ")
    lake.table("lines", {"n": "int"}, OPENX, serde={"ignore.malformed.json": "true"})
    assert lake.rows("SELECT sum(n) FROM lines") == [["1"]]


def test_csv_is_read_with_quotes_and_without_its_header(lake: Lake) -> None:
    parameters = {"skip.header.line.count": "1"}
    lake.table("stock", {"sku": "string", "count": "int"}, OPEN_CSV, Parameters=parameters)
    lake.write("stock/a.csv", b'sku,count\n"a, b",1\n"c ""d""",2\n')
    assert lake.rows("SELECT sku, count FROM stock ORDER BY count")[0] == ["a, b", "1"]
    lake.table("tabs", {"a": "string", "b": "int"}, LAZY, serde={"field.delim": "\t"})
    lake.write("tabs/a.tsv", b"x\t1\ny\t\\N\nz\tnone\n")
    assert lake.rows("SELECT * FROM tabs ORDER BY 1") == [["x", "1"], ["y", None], ["z", None]]


def test_table_with_a_duplicate_column_is_refused(lake: Lake) -> None:
    keys = [{"Name": "day", "Type": "string"}]
    lake.table("twice", {"day": "string"}, PartitionKeys=keys)
    assert "duplicate columns: day" in lake.reason("SELECT * FROM twice")


def test_hidden_and_empty_objects_are_no_data(lake: Lake) -> None:
    lake.table("clean", {"n": "int"}, OPENX)
    lake.write("clean/_SUCCESS", b"x")
    lake.write("clean/.meta/a.json", b"x")
    lake.write("clean/folder/", b"")
    assert lake.rows("SELECT count(*) FROM clean") == [["0"]]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", "3"),
        ("date_diff('hour', TIMESTAMP '2026-01-01 00:59:00', TIMESTAMP '2026-01-01 01:00:00')", "0"),
        ("date_add('month', 1, DATE '2026-01-31')", "2026-02-28 00:00:00.000"),
        ("date_format(TIMESTAMP '2026-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2026-01-02 03:04:05"),
        ("date_parse('02/01/2026', '%d/%m/%Y')", "2026-01-02 00:00:00.000"),
        ("from_iso8601_timestamp('2026-01-02T03:04:05Z')", "2026-01-02 03:04:05.000 UTC"),
        ("from_unixtime(60)", "1970-01-01 00:01:00.000 UTC"),
        ("TIMESTAMP '2026-01-02 01:00:00' - TIMESTAMP '2026-01-01 00:00:00'", "1 01:00:00.000"),
        ("extract(dow FROM DATE '2026-11-29')", "7"),
        ("regexp_extract('abc', 'x')", None),
        ("regexp_extract('abc', 'b(.)', 1)", "c"),
        ("format('%d-%s', 1, 'a')", "1-a"),
        ("concat('a', NULL)", None),
        ("greatest(1, NULL)", None),
        ("regexp_replace('aab', 'a', 'x')", "xxb"),
        ("regexp_like('abc', 'b')", "true"),
        ('json_extract_scalar(\'{"a": {"b": "c"}}\', \'$.a.b\')', "c"),
        ("json_extract_scalar('{\"a\": [1]}', '$.a')", None),
        ("element_at(MAP(ARRAY['k'], ARRAY[1]), 'k')", "1"),
        ("CAST(ARRAY[1] AS array(varchar))", "[1]"),
        ("1.10", "1.10"),
        ("CAST(1e10 AS double)", "1.0E10"),
        ("sum(x) FROM (VALUES (9007199254740993), (1)) AS t(x)", "9007199254740994"),
        ("approx_percentile(x, 0.5) FROM (VALUES (1), (2), (3)) AS t(x)", "2"),
    ],
)
def test_presto_s_functions_answer_as_presto_s(lake: Lake, expression: str, expected: str | None) -> None:
    assert lake.value(expression) == expected


def test_a_division_by_zero_fails_as_presto_s_does(lake: Lake) -> None:
    assert lake.reason("SELECT 7 / 0") == "DIVISION_BY_ZERO: Division by zero"


def test_whole_number_beyond_bigint_is_refused(lake: Lake) -> None:
    assert lake.rows(f"SELECT {2**63 - 1}, {-(2**63)}, 1e30") == [[str(2**63 - 1), str(-(2**63)), "1.0E30"]]
    # In a comparison it would be a number of 128 bits, and answer what Athena does not.
    reason = lake.reason(f"SELECT 1 WHERE 1 < {2**63}")
    assert reason == f"SYNTAX_ERROR: Invalid numeric literal: {2**63}"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("EXPLAIN SELECT 1", "EXPLAIN"),
        ("create table t WITH (format = 'PARQUET') as SELECT 1 AS a", "CREATE TABLE AS"),
        ("CREATE EXTERNAL TABLE t (a int)", "CREATE"),
        ("INSERT INTO t SELECT 1", "INSERT"),
        ("UNLOAD (SELECT 1) TO 's3://lake/x/'", "UNLOAD"),
    ],
)
def test_statement_that_is_not_served_is_named(lake: Lake, sql: str, name: str) -> None:
    assert lake.reason(sql) == (
        f"NOT_SUPPORTED: the local cloud serves no {name}: it answers queries, SHOW, DESCRIBE, EXECUTE and "
        "MSCK REPAIR TABLE"
    )


def test_a_sum_beyond_bigint_fails_instead_of_being_another_number(lake: Lake) -> None:
    reason = lake.reason(f"SELECT sum(x) FROM (VALUES ({2**63 - 1}), (1)) AS t(x)")
    assert reason.startswith("NUMERIC_VALUE_OUT_OF_RANGE")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM duckdb_settings()",
        "WITH a AS (SELECT * FROM read_blob('/etc/hostname')) SELECT * FROM a",
        "SELECT (SELECT count(*) FROM read_csv('/etc/passwd'))",
        "COPY (SELECT 1) TO '/tmp/x'",
        "INSTALL httpfs",
        "SET threads = 8",
        "SELECT 1; SET threads = 8",
        "SELECT * FROM sql",
        "SELECT * FROM pg_class",
    ],
)
def test_query_cannot_reach_the_machine(lake: Lake, sql: str) -> None:
    assert lake.reason(sql)
