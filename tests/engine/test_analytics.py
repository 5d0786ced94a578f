"""Firehose and Athena in the engine: from a record to an answer in SQL."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World, wait_until

ROLE = "arn:aws:iam::000000000000:role/firehose"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
COLUMNS = [("orderid", "string"), ("status", "string"), ("total", "bigint"), ("at", "timestamp")]


@dataclass
class Lake:
    """A bucket and a database of its own."""

    world: World
    bucket: str = ""
    database: str = ""
    results: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket = self.database = self.world.name("lake").replace("-", "_").lower()
        self.bucket = self.bucket.replace("_", "-")
        self.world.client("s3").create_bucket(Bucket=self.bucket)
        self.world.client("glue").create_database(DatabaseInput={"Name": self.database})

    def table(self, name: str, columns: list[tuple[str, str]], serde: str = PARQUET, **more: Any) -> None:
        storage = {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": f"s3://{self.bucket}/{name}/",
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": more.pop("serde", {})},
        }
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage, **more}
        self.world.client("glue").create_table(DatabaseName=self.database, TableInput=table)

    def write(self, key: str, body: bytes) -> None:
        self.world.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def keys(self, prefix: str = "") -> list[str]:
        listed = self.world.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def run(self, sql: str, **more: Any) -> dict[str, Any]:
        athena = self.world.client("athena")
        name = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.database},
            ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/results/"},
            **more,
        )["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=name)["QueryExecution"]
            return execution if execution["Status"]["State"] not in {"QUEUED", "RUNNING"} else None

        execution: dict[str, Any] = wait_until(ended)
        return execution

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        execution = self.run(sql, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        answer = self.world.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]

    def flush(self) -> None:
        assert self.world.send("POST", "/_localcloud/firehose", b"", {})[0] == 200


@pytest.fixture(scope="module")
def lake(world: World) -> Iterator[Lake]:
    yield Lake(world)


def delivery_stream(lake: Lake, table: str) -> dict[str, Any]:
    return {
        "RoleARN": ROLE,
        "BucketARN": f"arn:aws:s3:::{lake.bucket}",
        "Prefix": f"{table}/hour=!{{timestamp:yyyy-MM-dd-HH}}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": lake.database, "TableName": table},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        },
    }


def by_hour(lake: Lake, table: str) -> dict[str, Any]:
    projection = {
        "type": "date",
        "format": "yyyy-MM-dd-HH",
        "range": "2026-01-01-00,NOW+1DAYS",
        "interval": "1",
        "interval.unit": "HOURS",
    }
    return {
        "PartitionKeys": [{"Name": "hour", "Type": "string"}],
        "Parameters": {
            "projection.enabled": "true",
            **{f"projection.hour.{name}": value for name, value in projection.items()},
            "storage.location.template": f"s3://{lake.bucket}/{table}/hour=${{hour}}/",
        },
    }


def change(number: int) -> bytes:
    status = "DELIVERED" if number % 2 else "PAID"
    document = {
        "orderId": f"o{number}",
        "status": status,
        "total": 2**53 + number,
        "at": "2026-01-02T03:04:05Z",
    }
    return json.dumps(document).encode()


def test_direct_records_become_hourly_parquet_that_sql_reads(lake: Lake) -> None:
    lake.table("changes", COLUMNS, **by_hour(lake, "changes"))
    firehose = lake.world.client("firehose")
    name = lake.world.name("direct")
    firehose.create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=delivery_stream(lake, "changes")
    )
    records = [{"Data": change(number)} for number in range(10)]
    firehose.put_record_batch(DeliveryStreamName=name, Records=[*records, {"Data": b'{"total": 1.5}'}])
    lake.flush()
    assert lake.rows(
        "SELECT status, count(*), sum(total) AS total FROM changes GROUP BY status ORDER BY 1"
    ) == [
        ["status", "_col1", "total"],
        ["DELIVERED", "5", str(5 * 2**53 + 25)],
        ["PAID", "5", str(5 * 2**53 + 20)],
    ]
    assert lake.rows("SELECT at, hour > '2026' FROM changes WHERE orderid = 'o1'")[1] == [
        "2026-01-02 03:04:05.000",
        "true",
    ]
    (failure,) = lake.keys("errors/format-conversion-failed/")
    assert failure


def test_kinesis_records_become_objects(lake: Lake) -> None:
    kinesis, firehose = lake.world.client("kinesis"), lake.world.client("firehose")
    name = lake.world.name("source")
    kinesis.create_stream(StreamName=name, ShardCount=1)

    def active() -> Any:
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return summary["StreamARN"] if summary["StreamStatus"] == "ACTIVE" else None

    arn = wait_until(active)
    firehose.create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{lake.bucket}",
            "Prefix": "plain/",
        },
    )
    kinesis.put_record(StreamName=name, PartitionKey="a", Data=b"one")
    lake.flush()
    (key,) = lake.keys("plain/")
    assert lake.world.client("s3").get_object(Bucket=lake.bucket, Key=key)["Body"].read() == b"one"


def test_cloudformation_creates_updates_and_deletes_a_delivery_stream(lake: Lake) -> None:
    cloudformation, firehose = lake.world.client("cloudformation"), lake.world.client("firehose")
    stack, name = lake.world.name("stack"), lake.world.name("formed")

    def template(prefix: str) -> str:
        destination = {
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{lake.bucket}",
            "Prefix": prefix,
            # A template may write numbers as text.
            "BufferingHints": {"SizeInMBs": "3", "IntervalInSeconds": "70"},
        }
        properties = {
            "DeliveryStreamName": name,
            "ExtendedS3DestinationConfiguration": destination,
            "Tags": [{"Key": "team", "Value": "shop"}],
        }
        resource = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties}
        return json.dumps({"Resources": {"Stream": resource}})

    cloudformation.create_stack(StackName=stack, TemplateBody=template("a/"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    cloudformation.update_stack(StackName=stack, TemplateBody=template("b/"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    description = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    destination = description["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["Prefix"] == "b/" and description["VersionId"] == "2"
    assert destination["BufferingHints"] == {"SizeInMBs": 3, "IntervalInSeconds": 70}
    cloudformation.delete_stack(StackName=stack)
    wait_until(lambda: name not in firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"])


def test_view_is_read_as_its_query(lake: Lake) -> None:
    view = {"originalSql": "SELECT DISTINCT status, total % 2 FROM changes", "schema": lake.database}
    columns = [{"name": "status", "type": "varchar"}, {"name": "rest", "type": "bigint"}]
    kept = base64.b64encode(json.dumps({**view, "columns": columns}).encode()).decode()
    lake.world.client("glue").create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": "statuses",
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": f"/* Presto View: {kept} */",
            "StorageDescriptor": {"Columns": [{"Name": "status", "Type": "string"}]},
        },
    )
    rows = lake.rows("SELECT status, rest FROM statuses ORDER BY 1")
    assert rows == [["status", "rest"], ["DELIVERED", "1"], ["PAID", "0"]]


def test_failing_query_says_why(lake: Lake) -> None:
    reasons = {
        "SELECT nothing FROM changes": "COLUMN_NOT_FOUND: Column 'nothing' cannot be resolved",
        "SELECT * FROM nowhere": "TABLE_NOT_FOUND: ",
        "SELECT * FROM read_csv('/etc/passwd')": "FUNCTION_NOT_FOUND: ",
        "SELECT * FROM '/etc/passwd'": "TABLE_NOT_FOUND: ",
        "SELEC 1": "SYNTAX_ERROR: ",
        "SELECT FROM": "SYNTAX_ERROR: ",
        "SELECT 1; SELECT 2": "Only one sql statement is allowed",
        "DROP TABLE changes": "NOT_SUPPORTED: ",
    }
    for sql, reason in reasons.items():
        status = lake.run(sql)["Status"]
        assert status["State"] == "FAILED" and status["StateChangeReason"].startswith(reason), (sql, status)


def test_query_without_a_result_location_is_refused(lake: Lake) -> None:
    with pytest.raises(ClientError, match="No output location provided"):
        lake.world.client("athena").start_query_execution(QueryString="SELECT 1")


def test_results_have_pages_and_types_and_are_stored_in_s3(lake: Lake) -> None:
    athena = lake.world.client("athena")
    execution = lake.run(
        "SELECT x, CAST(x AS DOUBLE) / 4 AS y, NULLIF(x, 2) AS z FROM UNNEST(sequence(1, 3)) AS t(x)"
    )
    pages = list(
        athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 2}
        )
    )
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert len(pages) == 2 and rows[2] == [{"VarCharValue": "2"}, {"VarCharValue": "0.5"}, {}]
    described = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Type"] for column in described] == ["bigint", "double", "bigint"]
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    body = lake.world.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert body == '"x","y","z"\n"1","0.25","1"\n"2","0.5",\n"3","0.75","3"\n'
    assert f"{key}.metadata" in lake.keys("results/")


def test_prepared_statements_take_parameters(lake: Lake) -> None:
    lake.world.client("athena").create_prepared_statement(
        StatementName="pick", WorkGroup="primary", QueryStatement="SELECT ? AS a, '?' AS b"
    )
    assert lake.rows("EXECUTE pick USING 'x'") == [["a", "b"], ["x", "?"]]
    assert lake.rows("SELECT ? AS a", ExecutionParameters=["7"]) == [["a"], ["7"]]
    assert lake.run("SELECT ?", ExecutionParameters=["a FROM b"])["Status"]["State"] == "FAILED"


def test_workgroup_sets_the_result_location_and_refuses_queries_when_disabled(lake: Lake) -> None:
    athena, name = lake.world.client("athena"), lake.world.name("group")
    place = {"OutputLocation": f"s3://{lake.bucket}/group/"}
    athena.create_work_group(
        Name=name, Configuration={"ResultConfiguration": place, "EnforceWorkGroupConfiguration": True}
    )
    execution = lake.run("SELECT 1", WorkGroup=name)
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.bucket}/group/")
    assert athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"] == [
        execution["QueryExecutionId"]
    ]
    athena.update_work_group(WorkGroup=name, State="DISABLED")
    with pytest.raises(ClientError, match="disabled"):
        lake.run("SELECT 1", WorkGroup=name)


def test_partitions_of_folders_are_added_and_listed(lake: Lake) -> None:
    json_serde = "org.openx.data.jsonserde.JsonSerDe"
    lake.table("visits", [("n", "int")], json_serde, PartitionKeys=[{"Name": "day", "Type": "date"}])
    lake.write("visits/day=2026-01-02/a.json", b'{"N": 1, "day": "1999-01-01"}\n')
    lake.write("visits/day=2026-01-03/a.json", b'{"n": 2}\n')
    assert lake.rows("SELECT count(*) FROM visits")[1] == ["0"]
    lake.rows("MSCK REPAIR TABLE visits")
    assert lake.rows("SHOW PARTITIONS visits") == [["day=2026-01-02"], ["day=2026-01-03"]]
    # The folder's value is the partition's, whatever the file says.
    rows = lake.rows("SELECT n, day FROM visits WHERE day < DATE '2026-01-03'")
    assert rows == [["n", "day"], ["1", "2026-01-02"]]
