"""The analytics' template: an amount has one type from the event to SQL, and the saved questions count it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from localcloud.streams.firehose.conversion import parse_conversion
from localcloud.streams.hive import parse_columns
from localcloud.streams.sql.worker.converting import LENGTH, convert
from localcloud.streams.sql.worker.database import connect
from localcloud.streams.sql.worker.macros import macros_in
from localcloud.streams.sql.worker.translation import translate
from orders.events import event_document
from orders.status import OrderStatus
from tests.orders.analytics.lives import life
from tests.shape import shape

LARGEST = 2**31 - 1
TABLES = {name: body["TableInput"] for name, body in shape.resources("AWS::Glue::Table").items()}
COLUMNS = TABLES["OrderChanges"]["StorageDescriptor"]["Columns"]
# What Parquet makes of the catalogue's types.
WITNESS = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "timestamp": pa.timestamp("us")}
DELIVERED: list[dict[str, Any]] = [
    {**event_document(event)}
    for number, total in ((1, LARGEST), (2, LARGEST), (3, 0))
    for event in life(number, total=total)
]
FAILED = [{**event_document(event)} for event in life(4, (OrderStatus.RECEIVED, OrderStatus.FAILED))]
QUESTIONS = {
    body["Name"]: body["QueryString"] for body in shape.resources("AWS::Athena::NamedQuery").values()
}


def written(folder: Path, name: str, documents: list[dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    """Convert records as Firehose does, by the template's conversion and its table's columns."""
    [delivery] = shape.resources("AWS::KinesisFirehose::DeliveryStream").values()
    configured = delivery["ExtendedS3DestinationConfiguration"]["DataFormatConversionConfiguration"]
    conversion = parse_conversion(configured)
    assert conversion is not None
    source, target = folder / f"{name}.records", folder / f"{name}.parquet"
    records = [json.dumps(document).encode() for document in documents]
    source.write_bytes(b"".join(len(record).to_bytes(LENGTH, "big") + record for record in records))
    request = {"input": str(source), "output": str(target), "options": conversion.options()}
    return target, convert(connect(folder), request, parse_columns(COLUMNS))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The view over two files: the second repeats a part of the first, and has a record that is no event."""
    folder = tmp_path_factory.mktemp("parquet")
    written(folder, "first", DELIVERED)
    written(folder, "second", [*reversed(DELIVERED[3:9]), *FAILED, {}])
    connection = connect(folder)
    for macro in macros_in(*map(translate, QUESTIONS.values())):
        connection.execute(macro)
    files = f"read_parquet('{folder}/*.parquet')"
    connection.execute(f"CREATE VIEW order_changes AS SELECT * FROM {files}")
    connection.execute(f"CREATE VIEW changes AS {translate(view()['originalSql'])}")
    yield connection
    connection.close()


def view() -> dict[str, Any]:
    """Return the view's document, as Athena keeps it."""
    _, parts = TABLES["ChangesView"]["ViewOriginalText"]["Fn::Sub"]
    document: dict[str, Any] = json.loads(parts["Document"]["Fn::Base64"]["Fn::Sub"])
    return document


def test_parquet_file_has_the_types_of_the_catalogue(tmp_path: Path) -> None:
    # Whole numbers that some writer spells otherwise: DuckDB, left to itself, would make DOUBLE of them.
    spelled = [{**document, "total": float(document["total"])} for document in DELIVERED]
    for name, documents in (("whole", DELIVERED), ("spelled", spelled)):
        path, outcome = written(tmp_path, name, documents)
        assert outcome == {"rows": len(DELIVERED), "failed": {}}
        schema = pq.read_schema(path)
        assert {field.name: field.type for field in schema} == {
            column["Name"]: WITNESS[column["Type"]] for column in COLUMNS
        }
        assert sum(pq.read_table(path)["total"].to_pylist()) == 12 * LARGEST


def test_fractional_amount_is_not_written(tmp_path: Path) -> None:
    path, outcome = written(tmp_path, "broken", [*DELIVERED, {**DELIVERED[0], "total": 1250.5}])
    assert outcome["rows"] == len(DELIVERED)
    assert list(outcome["failed"]) == [str(len(DELIVERED))]
    assert pq.read_schema(path).field("total").type == pa.int64()


def test_every_event_field_is_a_column() -> None:
    [delivery] = shape.resources("AWS::KinesisFirehose::DeliveryStream").values()
    configured = delivery["ExtendedS3DestinationConfiguration"]["DataFormatConversionConfiguration"]
    keys = configured["InputFormatConfiguration"]["Deserializer"]["OpenXJsonSerDe"]["ColumnToJsonKeyMappings"]
    names = {keys.get(column["Name"], column["Name"]) for column in COLUMNS}
    assert names == DELIVERED[0].keys()


def test_changes_view_has_each_change_once_with_the_columns_of_the_table(
    database: duckdb.DuckDBPyConnection,
) -> None:
    columns = {column["Name"]: column["Type"] for column in COLUMNS}
    declared = {c["Name"]: c["Type"] for c in TABLES["ChangesView"]["StorageDescriptor"]["Columns"]}
    assert declared == {name: columns[name] for name in declared}
    assert [column["name"] for column in view()["columns"]] == list(declared)
    [[before, after]] = database.execute(
        "SELECT (SELECT count(*) FROM order_changes), (SELECT count(*) FROM changes)"
    ).fetchall()
    assert (before, after) == (27, 20)


def test_saved_queries_count_exactly(database: duckdb.DuckDBPyConnection) -> None:
    answers = {name: database.execute(translate(sql)).fetchall() for name, sql in QUESTIONS.items()}
    assert [(row[1:]) for row in answers["revenue-by-day"]] == [("EUR", 2 * LARGEST, 3)]
    assert [type(row[0]) for row in answers["revenue-by-day"]] == [date]
    assert [row[1] for row in answers["orders-by-hour"]] == [4]
    assert answers["failure-reasons"] == [("FAILED", "OUT_OF_STOCK", 1)]
    assert {row[1] for row in answers["slowest-deliveries"]} == {35_000}
    assert ("DELIVERED", 3, 7000, 7000) in answers["time-to-status"]
    figures = {(figure, name): value for figure, name, value in answers["figures"]}
    assert figures["amount", "EUR"] == 2 * LARGEST
    assert figures["now", "DELIVERED"] == figures["deliveries", "EUR"] == 3
    assert (figures["now", "FAILED"], figures["entries", "RECEIVED"]) == (1, 4)
