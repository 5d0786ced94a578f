"""Failures beside the real engine: each record is found where it belongs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from localcloud.functions import Settings
from tests.functions.test_engine import ACCOUNT, REGION, Cloud, running

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

QUICK = Settings(retry_delays=(0.0, 0.0), stream_backoff=(0.0, 0.0))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(joined_parent: None) -> AsyncIterator[Cloud]:
    async with running(QUICK) as cloud:
        yield cloud


def make_bucket(cloud: Cloud, name: str) -> None:
    cloud.engine.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def objects(cloud: Cloud, bucket: str) -> dict[str, Any]:
    s3 = cloud.engine.client("s3")
    keys = [content["Key"] for content in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}


def wait_for(look: Callable[[], Any]) -> Any:
    """Return the first true value of a look."""
    deadline = time.monotonic() + 60
    while not (value := look()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
    return value


def failing(cloud: Cloud, name: str, destination: str, **config: Any) -> None:
    """Make a function that fails, and invoke it with an event."""
    cloud.make_function(name, "work.fail")
    cloud.functions.put_function_event_invoke_config(
        FunctionName=name,
        DestinationConfig={"OnFailure": {"Destination": destination}},
        **{"MaximumRetryAttempts": 1, **config},
    )
    cloud.functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"name": name}))[
        "Payload"
    ].read()


def context_of(record: dict[str, Any]) -> tuple[str, str, int]:
    context = record["requestContext"]
    return context["functionArn"].split(":")[6], context["condition"], context["approximateInvokeCount"]


def subscribed(cloud: Cloud, name: str) -> tuple[str, str]:
    """Return a topic's ARN, and the URL of a queue that has its messages."""
    url, queue = cloud.make_queue(name)
    sns = cloud.engine.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return topic, url


@pytest.mark.slow
async def test_every_destination_receives_the_record_of_a_failure(cloud: Cloud) -> None:
    await asyncio.to_thread(_every_destination, cloud)


def _every_destination(cloud: Cloud) -> None:
    url, queue = cloud.make_queue("failures")
    failing(cloud, "to-queue", queue)
    assert context_of(cloud.receive(url)) == ("to-queue", "RetriesExhausted", 2)

    topic, url = subscribed(cloud, "failures-topic")
    failing(cloud, "to-topic", topic)
    assert context_of(json.loads(cloud.receive(url)["Message"])) == ("to-topic", "RetriesExhausted", 2)

    url, queue = cloud.make_queue("bus-failures")
    events, bus = cloud.engine.client("events"), f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    events.put_rule(Name="failures", EventPattern='{"source": ["lambda"]}')
    events.put_targets(Rule="failures", Targets=[{"Id": "queue", "Arn": queue}])
    failing(cloud, "to-bus", bus)
    event = cloud.receive(url)
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert event["resources"] == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:to-bus:$LATEST", bus]
    assert context_of(event["detail"]) == ("to-bus", "RetriesExhausted", 2)

    make_bucket(cloud, "failures")
    failing(cloud, "to-bucket", "arn:aws:s3:::failures")
    ((key, record),) = wait_for(lambda: objects(cloud, "failures")).items()
    assert key.startswith("aws/lambda/async/to-bucket/")
    assert context_of(record) == ("to-bucket", "RetriesExhausted", 2)
    assert record["requestPayload"] == {"name": "to-bucket"}

    url, _ = cloud.make_queue("undertaker")
    cloud.make_function("undertaker", "work.forward_event", SEEN=url)
    failing(cloud, "to-function", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:undertaker")
    assert context_of(cloud.receive(url)) == ("to-function", "RetriesExhausted", 2)


async def test_failures_become_dead_letters_and_zero_concurrency_throttles(cloud: Cloud) -> None:
    await asyncio.to_thread(_dead_letters, cloud)


def _dead_letters(cloud: Cloud) -> None:
    url, queue = cloud.make_queue("dead")
    topic, topic_url = subscribed(cloud, "dead-topic")
    for name, target in (("queue", queue), ("topic", topic)):
        cloud.make_function(name, "work.fail")
        cloud.functions.update_function_configuration(
            FunctionName=name, DeadLetterConfig={"TargetArn": target}
        )
        cloud.functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"order":1}')[
            "Payload"
        ].read()
    message = cloud.receive_whole(url)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"order": 1}
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "no")
    assert message["MessageAttributes"]["ErrorCode"]["DataType"] == "Number"
    notification = cloud.receive(topic_url)
    assert json.loads(notification["Message"]) == {"order": 1}
    assert notification["MessageAttributes"]["ErrorMessage"] == {"Type": "String", "Value": "no"}

    url, failures = cloud.make_queue("zero-failures")
    cloud.make_function("zero", "work.fail")
    cloud.functions.put_function_concurrency(FunctionName="zero", ReservedConcurrentExecutions=0)
    cloud.functions.put_function_event_invoke_config(
        FunctionName="zero", DestinationConfig={"OnFailure": {"Destination": failures}}
    )
    cloud.functions.invoke(FunctionName="zero", InvocationType="Event", Payload="{}")["Payload"].read()
    assert context_of(cloud.receive(url)) == ("zero", "ZeroReservedConcurrency", 0)


async def test_bad_record_of_a_stream_is_isolated_and_kept_in_a_bucket(cloud: Cloud) -> None:
    def prepare() -> str:
        make_bucket(cloud, "batches")
        table = cloud.engine.client("dynamodb").create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        cloud.make_function("picky", "work.picky")
        mapping = cloud.functions.create_event_source_mapping(
            FunctionName="picky",
            EventSourceArn=table["TableDescription"]["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=1,
            DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::batches"}},
        )
        return mapping["UUID"]

    def put_and_look() -> tuple[str, dict[str, Any]]:
        for key in ("good", "bad", "fine"):
            cloud.engine.client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": key}})
        ((key, record),) = wait_for(lambda: objects(cloud, "batches")).items()
        return key, record

    mapping = await asyncio.to_thread(prepare)
    await cloud.service.refresh()
    key, record = await asyncio.to_thread(put_and_look)
    info = record["DDBStreamBatchInfo"]
    assert key.startswith(f"aws/lambda/{mapping}/{info['shardId']}/")
    assert context_of(record) == ("picky", "RetryAttemptsExhausted", 2)
    assert info["batchSize"] == 1
    (change,) = json.loads(record["payload"])["Records"]
    assert change["dynamodb"]["Keys"] == {"pk": {"S": "bad"}}


async def test_bad_records_of_a_data_stream_are_isolated_before_and_after_a_split(cloud: Cloud) -> None:
    kinesis = cloud.engine.client("kinesis")

    def put(*keys: str) -> list[str]:
        entries: Any = [{"Data": key.encode(), "PartitionKey": key} for key in keys]
        answer = kinesis.put_records(StreamName="clicks", Records=entries)
        return [record["SequenceNumber"] for record in answer["Records"]]

    def prepare() -> tuple[str, str]:
        url, dead = cloud.make_queue("bad-clicks")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        arn = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
        cloud.make_function("choosy", "work.choosy")
        cloud.functions.create_event_source_mapping(
            FunctionName="choosy",
            EventSourceArn=arn,
            StartingPosition="TRIM_HORIZON",
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": dead}},
        )
        return url, arn

    def split() -> None:
        kinesis.split_shard(
            StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
        )

    url, arn = await asyncio.to_thread(prepare)
    await cloud.service.refresh()
    for number in range(2):
        sequences = await asyncio.to_thread(put, "good", "bad", "fine")
        record = await asyncio.to_thread(cloud.receive, url)
        info = record["KinesisBatchInfo"]
        assert context_of(record) == ("choosy", "RetryAttemptsExhausted", 1)
        assert (info["streamArn"], info["batchSize"]) == (arn, 1)
        assert info["startSequenceNumber"] == info["endSequenceNumber"] == sequences[1]
        assert (info["shardId"] == "shardId-000000000000") is (number == 0)
        if number == 0:
            await asyncio.to_thread(split)


@pytest.mark.slow
async def test_failed_group_of_a_fifo_queue_delays_no_other(cloud: Cloud) -> None:
    await asyncio.to_thread(_fifo, cloud)


def _fifo(cloud: Cloud) -> None:
    queue_url, _ = cloud.make_queue("seen")
    jobs, arn = cloud.make_queue("jobs.fifo", VisibilityTimeout="300")
    for body in ("bad", "b-after", "good", "fine"):
        group = "b" if body.startswith("b") else "g"
        cloud.sqs.send_message(QueueUrl=jobs, MessageBody=json.dumps(body), MessageGroupId=group)
    cloud.make_function("orderly", "work.orderly", SEEN=queue_url, JOBS=jobs)
    cloud.functions.create_event_source_mapping(
        FunctionName="orderly", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    assert [cloud.receive(queue_url) for _ in range(4)] == ["good", "fine", "bad", "b-after"]
