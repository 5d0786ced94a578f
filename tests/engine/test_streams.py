"""Kinesis in the engine, as boto3 and its neighbours in the engine use it."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.encodings.cbor import Tagged, dumps, loads
from tests.engine.test_service_metrics import total
from tests.engine.world import ACCOUNT, REGION, World, wait_until


class Streams:
    def __init__(self, world: World) -> None:
        self.world = world
        self.client = world.client("kinesis")

    def create(self, shards: int = 1, **settings: Any) -> str:
        name = self.world.name("stream")
        self.client.create_stream(StreamName=name, ShardCount=shards, **settings)
        return name

    def records(self, name: str, shard: str = "shardId-000000000000") -> list[dict[str, Any]]:
        begin = {"StreamName": name, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = self.client.get_shard_iterator(**begin)["ShardIterator"]
        records: list[dict[str, Any]] = self.client.get_records(ShardIterator=iterator)["Records"]
        return records


@pytest.fixture(scope="module")
def streams(world: World) -> Streams:
    return Streams(world)


def arn(name: str) -> str:
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def test_record_round_trips(streams: Streams) -> None:
    name = streams.create()
    streams.client.get_waiter("stream_exists").wait(StreamName=name)
    put = streams.client.put_record(StreamName=name, Data=b"\x00\xff", PartitionKey="a")
    [record] = streams.records(name)
    assert (record["Data"], record["PartitionKey"]) == (b"\x00\xff", "a")
    assert record["SequenceNumber"] == put["SequenceNumber"]
    streams.client.delete_stream(StreamName=name)
    streams.client.get_waiter("stream_not_exists").wait(StreamName=name)


def test_feed_names_the_shard_of_a_record(world: World, streams: Streams) -> None:
    name = streams.create(2)
    with world.feed() as feed:
        put = streams.client.put_record(StreamName=name, Data=b"1", PartitionKey="a")
        assert feed.wait_for({"kind": "stream", "arn": arn(name), "shard": put["ShardId"]})


def test_errors_have_their_types_in_boto3(streams: Streams) -> None:
    with pytest.raises(streams.client.exceptions.ResourceNotFoundException) as raised:
        streams.client.describe_stream_summary(StreamName="nowhere")
    assert raised.value.response["Error"]["Message"] == f"Stream nowhere under account {ACCOUNT} not found."


def test_template_creates_updates_and_deletes_streams(world: World, streams: Streams) -> None:
    stream = {
        "Type": "AWS::Kinesis::Stream",
        "Properties": {"ShardCount": 1, "Tags": [{"Key": "a", "Value": "1"}], "RetentionPeriodHours": 48},
    }
    consumer = {
        "Type": "AWS::Kinesis::StreamConsumer",
        "Properties": {"ConsumerName": "reader", "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}},
    }
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "KinesisStreamSpecification": {"StreamArn": {"Fn::GetAtt": ["Stream", "Arn"]}},
        },
    }
    status = {"Fn::GetAtt": ["Reader", "ConsumerStatus"]}
    outputs = {"Arn": {"Fn::GetAtt": ["Stream", "Arn"]}, "Status": status}
    stack = world.deploy({"Stream": stream, "Reader": consumer, "Table": table}, outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    name = stack.physical_ids()["Stream"]
    assert stack.outputs == {"Arn": arn(name), "Status": "ACTIVE"}
    world.client("dynamodb").put_item(TableName=stack.physical_ids()["Table"], Item={"id": {"S": "a"}})
    assert len(streams.records(name)) == 1
    assert {"Key": "a", "Value": "1"} in streams.client.list_tags_for_stream(StreamName=name)["Tags"]

    changed = {**stream, "Properties": {"ShardCount": 2, "RetentionPeriodHours": 24}}
    updated = world.deploy({"Stream": changed, "Reader": consumer}, stack=stack.name)
    assert updated.status == "UPDATE_COMPLETE", updated.reasons()
    summary = streams.client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (2, 24)
    assert summary["ConsumerCount"] == 1

    updated.delete()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        streams.client.describe_stream_summary(StreamName=name)


def test_state_machine_puts_a_record_by_the_sdk_integration(world: World, streams: Streams) -> None:
    name = streams.create()
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:kinesis:putRecord",
        "Parameters": {"StreamName": name, "PartitionKey": "a", "Data": {"order": 1}},
        "End": True,
    }
    finished = world.run({"Put": task})
    assert finished["status"] == "SUCCEEDED", finished
    [record] = streams.records(name)
    assert json.loads(record["Data"]) == {"order": 1}
    assert finished["output"]["SequenceNumber"] == record["SequenceNumber"]


def test_stream_metrics_count_writes_and_reads(world: World, streams: Streams) -> None:
    name = streams.create()
    monitored = streams.client.enable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
    assert "IncomingBytes" in monitored["DesiredShardLevelMetrics"]
    streams.client.put_record(StreamName=name, Data=b"12345", PartitionKey="a")
    streams.client.put_records(StreamName=name, Records=[{"Data": b"1", "PartitionKey": "b"}] * 3)
    streams.records(name)
    shard = {"ShardId": "shardId-000000000000"}
    shown = {
        ("IncomingRecords", "Sum"): 4,
        ("IncomingBytes", "Sum"): 12,
        ("PutRecord.Success", "Sum"): 1,
        ("PutRecords.TotalRecords", "Sum"): 3,
        ("GetRecords.Records", "Sum"): 4,
        ("WriteProvisionedThroughputExceeded", "Sum"): 0,
    }
    for (metric, statistic), value in shown.items():
        assert total(world, "AWS/Kinesis", metric, statistic, StreamName=name) == value, metric
    assert total(world, "AWS/Kinesis", "OutgoingRecords", StreamName=name, **shard) == 4


def test_cbor_carries_data_as_bytes_and_timestamps_as_milliseconds(world: World, streams: Streams) -> None:
    name = streams.create()

    def call(operation: str, request: dict[str, Any]) -> tuple[int, Any]:
        headers = {
            "content-type": "application/x-amz-cbor-1.1",
            "x-amz-target": f"Kinesis_20131202.{operation}",
            "authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/kinesis/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        status, body = world.send("POST", "/", dumps(request), headers)
        return status, loads(body, moment=lambda number: ("moment", number))

    status, put = call("PutRecord", {"StreamName": name, "PartitionKey": "a", "Data": b"\x01\x02"})
    assert (status, put["ShardId"]) == (200, "shardId-000000000000")
    begin = {"StreamName": name, "ShardId": put["ShardId"], "ShardIteratorType": "AT_TIMESTAMP"}
    _, answer = call("GetShardIterator", {**begin, "Timestamp": Tagged(1, 1_600_000_000_000)})
    _, read = call("GetRecords", answer)
    [record] = read["Records"]
    assert record["Data"] == b"\x01\x02"
    kind, number = record["ApproximateArrivalTimestamp"]
    assert kind == "moment" and number > 1_700_000_000_000
    status, refusal = call("GetRecords", {"ShardIterator": "x"})
    assert (status, refusal["__type"]) == (400, "InvalidArgumentException")


def test_table_changes_reach_their_kinesis_destination(world: World, streams: Streams) -> None:
    name, table = streams.create(), world.name("table")
    dynamodb = world.client("dynamodb")
    dynamodb.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=arn(name))
    dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}})
    dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}, "n": {"N": "1"}})
    records = streams.records(name)
    assert len({record["PartitionKey"] for record in records}) == 1
    insert, modify = (json.loads(record["Data"]) for record in records)
    assert (insert["eventName"], insert["tableName"]) == ("INSERT", table)
    assert insert["recordFormat"] == "application/json" and "eventVersion" not in insert
    assert insert["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
    assert insert["dynamodb"]["ApproximateCreationDateTime"] > 10**12
    assert (modify["eventName"], modify["dynamodb"]["OldImage"]) == ("MODIFY", {"id": {"S": "a"}})
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=arn("nowhere"))


def test_subscription_filter_sends_log_events_to_a_stream(world: World, streams: Streams) -> None:
    name, group, logs = streams.create(), world.name("group"), world.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    subscription = {"logGroupName": group, "filterName": "errors", "filterPattern": "ERROR"}
    with pytest.raises(ClientError, match="Could not deliver test message to specified Kinesis stream"):
        logs.put_subscription_filter(**subscription, destinationArn=arn("nowhere"))
    logs.put_subscription_filter(**subscription, destinationArn=arn(name), roleArn="arn:aws:iam::1:role/r")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": message} for message in ("ERROR a", "fine", "ERROR b")]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=lines)
    health, message = (json.loads(gzip.decompress(record["Data"])) for record in streams.records(name))
    assert health["messageType"] == "CONTROL_MESSAGE"
    assert (message["messageType"], message["logGroup"]) == ("DATA_MESSAGE", group)
    assert [event["message"] for event in message["logEvents"]] == ["ERROR a", "ERROR b"]
    assert streams.records(name)[1]["PartitionKey"] == "s"


def test_subscription_filter_sends_log_events_to_a_delivery_stream(world: World) -> None:
    s3, firehose, logs = world.client("s3"), world.client("firehose"), world.client("logs")
    bucket, name, group = world.name("bucket"), world.name("delivery"), world.name("group")
    s3.create_bucket(Bucket=bucket)
    delivery = firehose.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/r",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )["DeliveryStreamARN"]
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    subscription = {"logGroupName": group, "filterName": "all", "filterPattern": ""}
    with pytest.raises(ClientError, match="Could not deliver test message to specified Firehose stream"):
        logs.put_subscription_filter(**subscription, destinationArn=f"{delivery}-nowhere")
    logs.put_subscription_filter(**subscription, destinationArn=delivery)
    line = {"timestamp": int(time.time() * 1000), "message": "ERROR a"}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[line])

    def delivered() -> bytes:
        objects = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        bodies = [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in objects]
        return b"".join(gzip.decompress(body) for body in bodies)

    wait_until(lambda: b"ERROR a" in delivered())


def test_quotas_scale_the_write_limit_of_a_shard(world: World, streams: Streams) -> None:
    name = streams.create()
    records = [{"Data": b"x", "PartitionKey": str(number)} for number in range(500)]

    def failures() -> int:
        # More than a shard takes in a second, however slowly they come.
        calls = [streams.client.put_records(StreamName=name, Records=records) for _ in range(5)]
        return sum(call["FailedRecordCount"] for call in calls)

    quota = {"service": "kinesis", "operation": "Shard", "scale": 0.1}
    body = json.dumps({"quotas": [quota]}).encode()
    assert world.send("PUT", "/_localcloud/quotas", body, {})[0] == 200
    try:
        assert failures() > 0
        body = json.dumps({"quotas": [{**quota, "scale": 0}]}).encode()
        world.send("PUT", "/_localcloud/quotas", body, {})
        assert failures() == 0
    finally:
        world.send("DELETE", "/_localcloud/quotas", b"", {})


def test_fan_out_consumer_receives_records_as_events(streams: Streams) -> None:
    name = streams.create()
    registered = streams.client.register_stream_consumer(StreamARN=arn(name), ConsumerName="reader")
    consumer = registered["Consumer"]["ConsumerARN"]
    streams.client.put_record(StreamName=name, Data=b"1", PartitionKey="a")
    answer = streams.client.subscribe_to_shard(
        ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "TRIM_HORIZON"}
    )
    events = iter(answer["EventStream"])
    first = next(events)["SubscribeToShardEvent"]
    assert [record["Data"] for record in first["Records"]] == [b"1"]
    streams.client.put_record(StreamName=name, Data=b"2", PartitionKey="a")
    second = next(events)["SubscribeToShardEvent"]
    assert [record["Data"] for record in second["Records"]] == [b"2"]
    assert second["ContinuationSequenceNumber"] == second["Records"][0]["SequenceNumber"]
    streams.client.split_shard(
        StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127)
    )
    last = next(events)["SubscribeToShardEvent"]
    assert [child["ShardId"] for child in last["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]
    assert list(events) == []
