"""A million changes of orders in S3, as Parquet and as JSON lines, and a question over each."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from bench.model import NotMeasured

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_glue.type_defs import ColumnTypeDef, SerDeInfoTypeDef

BUCKET = DATABASE = "lake"
FORMATS = ("parquet", "json")
FILES = 20
PATIENCE = 300.0
LOOK_SECONDS = 0.25
QUESTION = (
    "SELECT status, currency, count(*) AS changes, sum(total) AS amount, avg(itemcount) AS items FROM {} "
    "WHERE total > 500 GROUP BY status, currency ORDER BY status, currency"
)
# What an order's event holds, a third of it repeated, as orders repeat it.
CHANGES = """
SELECT '1' AS "schemaVersion", 'order.' || lower(s) AS "type", uuid()::VARCHAR AS "orderId",
  'customer-' || (i * 7919 % 5000) AS "customerId", (i % 9 + 1)::INTEGER AS "version", s AS "status",
  strftime(TIMESTAMP '2026-11-30 00:00:00' + to_milliseconds(i * 3), '%Y-%m-%d %H:%M:%S.%g') AS "at",
  ['EUR', 'USD', 'GBP'][(i % 3 + 1)::INTEGER] AS "currency", (i * 104729 % 100000)::BIGINT AS "total",
  (i % 12 + 1)::INTEGER AS "itemCount", ['DE', 'US', 'GB'][(i % 3 + 1)::INTEGER] AS "country"
FROM (SELECT i, ['RECEIVED', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED'][(i % 5 + 1)::INTEGER] AS s
      FROM range({}, {}) AS t(i))
"""
COLUMNS: tuple[ColumnTypeDef, ...] = (
    {"Name": "schemaversion", "Type": "string"},
    {"Name": "type", "Type": "string"},
    {"Name": "orderid", "Type": "string"},
    {"Name": "customerid", "Type": "string"},
    {"Name": "version", "Type": "int"},
    {"Name": "status", "Type": "string"},
    {"Name": "at", "Type": "string"},
    {"Name": "currency", "Type": "string"},
    {"Name": "total", "Type": "bigint"},
    {"Name": "itemcount", "Type": "int"},
    {"Name": "country", "Type": "string"},
)
SERDES: dict[str, SerDeInfoTypeDef] = {
    "parquet": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    "json": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
}


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where S3, Glue and Athena are, and the key that opens them."""

    endpoint: str
    region: str
    key: str
    secret: str

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        session = boto3.session.Session(self.key, self.secret, region_name=self.region)
        return session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload] # by its name


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A question's answer, and how long the engine took for it in milliseconds."""

    rows: tuple[tuple[str, ...], ...]
    milliseconds: float
    scanned: int


def set_up(cloud: Cloud, count: int) -> None:
    """Write so many changes in both formats, and add them to the catalogue."""
    import duckdb  # noqa: PLC0415 - in a process of its own alone

    s3, glue = cloud.client("s3"), cloud.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    connection = duckdb.connect(":memory:")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            start, end = (count * edge // FILES for edge in (number, number + 1))
            connection.execute(f"CREATE OR REPLACE TABLE changes AS {CHANGES.format(start, end)}")
            for kind in FORMATS:
                file = Path(folder, f"{number}.{kind}")
                connection.execute(f"COPY changes TO '{file}' (FORMAT {kind})")
                s3.put_object(Bucket=BUCKET, Key=f"{kind}/{number}.{kind}", Body=file.read_bytes())
                file.unlink()
    for kind in FORMATS:
        storage = {"Columns": COLUMNS, "Location": f"s3://{BUCKET}/{kind}/", "SerdeInfo": SERDES[kind]}
        table = {"Name": kind, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        glue.create_table(DatabaseName=DATABASE, TableInput=table)


def ask(cloud: Cloud, kind: str, times: int) -> list[QueryResult]:
    """Ask the question so many times, one after the other."""
    athena: AthenaClient = cloud.client("athena")
    return [_ask(athena, kind) for _ in range(times)]


def _ask(athena: AthenaClient, kind: str) -> QueryResult:
    name = athena.start_query_execution(
        QueryString=QUESTION.format(kind),
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )["QueryExecutionId"]
    until = time.monotonic() + PATIENCE
    while True:
        # The time is the engine's own. Each look at it takes processor time from the question that runs.
        time.sleep(LOOK_SECONDS)
        execution = athena.get_query_execution(QueryExecutionId=name)["QueryExecution"]
        state = execution["Status"]["State"]
        if state not in {"QUEUED", "RUNNING"}:
            break
        if time.monotonic() > until:
            raise NotMeasured(f"a question over {kind} took longer than {PATIENCE:g} s")
    if state != "SUCCEEDED":
        raise NotMeasured(f"{kind}: {execution['Status'].get('StateChangeReason')}")
    result = athena.get_query_results(QueryExecutionId=name)["ResultSet"]["Rows"]
    rows = tuple(tuple(cell.get("VarCharValue", "") for cell in row["Data"]) for row in result)
    statistics = execution["Statistics"]
    return QueryResult(rows, statistics["EngineExecutionTimeInMillis"], statistics["DataScannedInBytes"])
