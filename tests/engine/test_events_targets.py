"""EventBridge's targets: each kind gets the event, and what it refuses is among the dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.event_rules import ROLE, Mailbox, Rules, attributes
from tests.engine.rules import faults
from tests.engine.world import ACCOUNT, World, wait_until

NOWHERE = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"


@pytest.fixture
def rules(world: World) -> Rules:
    return Rules(world)


def test_queue_receives_the_event_as_aws_writes_it(world: World, rules: Rules) -> None:
    box = Mailbox(world)
    rules.target(box.arn)
    identifier = rules.put({"n": 1}, Resources=["arn:aws:s3:::b"], Time=60)
    assert json.loads(box.next()["Body"]) == {
        "version": "0",
        "id": identifier,
        "detail-type": "Ordered",
        "source": rules.name,
        "account": ACCOUNT,
        "time": "1970-01-01T00:01:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::b"],
        "detail": {"n": 1},
    }


def test_fifo_queue_receives_its_group(world: World, rules: Rules) -> None:
    name = f"{world.name('queue')}.fifo"
    url = world.client("sqs").create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    rules.target(arn, SqsParameters={"MessageGroupId": "g"}, InputPath="$.detail")
    for number in range(3):
        rules.put({"n": number})

    def look() -> Any:
        return world.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], VisibilityTimeout=0
        )["Messages"]

    messages = wait_until(lambda: len(look()) == 3 and look())
    assert [json.loads(message["Body"])["n"] for message in messages] == [0, 1, 2]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}


def test_function_is_invoked_asynchronously_with_the_trace(world: World, rules: Rules) -> None:
    function = world.function(lambda event: event)
    rules.target(NOWHERE.format("lambda", f"function:{function}"), Input='{"fixed": true}')
    rules.put(TraceHeader="Root=1-00000000-000000000000000000000000")
    assert world.lambdas.wait_for(lambda: (function, "Event", {"fixed": True}) in world.lambdas.invocations)


def test_topic_receives_the_event_without_a_subject(world: World, rules: Rules) -> None:
    sns, box = world.client("sns"), Mailbox(world)
    topic = sns.create_topic(Name=world.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)
    rules.target(
        topic, InputTransformer={"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '"n is <n>"'}
    )
    rules.put({"n": 7})
    document = json.loads(box.next()["Body"])
    assert (document["Message"], "Subject" in document) == ('"n is 7"', False)


@pytest.mark.parametrize("express", [False, True])
def test_machine_is_started_with_the_event(world: World, rules: Rules, express: bool) -> None:
    box = Mailbox(world)
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": box.url, "MessageBody.$": "$.detail"},
        "End": True,
    }
    rules.target(world.machine({"Send": send}, express=express), RoleArn=ROLE)
    rules.put({"n": 1})
    assert json.loads(box.next()["Body"]) == {"n": 1}


def test_log_group_receives_an_event_with_its_time(world: World, rules: Rules) -> None:
    logs, group = world.client("logs"), f"/aws/events/{world.name('group')}"
    logs.create_log_group(logGroupName=group)
    rules.target(NOWHERE.format("logs", f"log-group:{group}:*"))
    rules.put({"n": 1})
    rules.put({"n": 2})

    def look() -> Any:
        events = logs.filter_log_events(logGroupName=group)["events"]
        return len(events) == 2 and events

    events = wait_until(look)
    # EventBridge promises no order.
    assert sorted(json.loads(event["message"])["detail"]["n"] for event in events) == [1, 2]
    assert len(logs.describe_log_streams(logGroupName=group)["logStreams"]) == 1


def test_stream_receives_a_record_with_the_key_at_its_path(world: World, rules: Rules) -> None:
    kinesis, name = world.client("kinesis"), world.name("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn = NOWHERE.format("kinesis", f"stream/{name}")
    rules.target(arn, RoleArn=ROLE, KinesisParameters={"PartitionKeyPath": "$.detail.order"})
    rules.put({"order": "o-1"})
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    begin = {"StreamName": name, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator_of = {"ShardIterator": kinesis.get_shard_iterator(**begin)["ShardIterator"]}

    def look() -> Any:
        try:
            return kinesis.get_records(**iterator_of)["Records"]
        except kinesis.exceptions.ProvisionedThroughputExceededException:
            return []  # a shard is read five times a second

    record = wait_until(look)[0]
    assert record["PartitionKey"] == "o-1"
    assert json.loads(record["Data"])["detail"] == {"order": "o-1"}


def test_delivery_stream_receives_a_record(world: World, rules: Rules) -> None:
    s3, bucket = world.client("s3"), world.name("bucket")
    s3.create_bucket(Bucket=bucket)
    name = world.name("firehose")
    world.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )
    rules.target(NOWHERE.format("firehose", f"deliverystream/{name}"), RoleArn=ROLE)
    rules.put({"n": 1})
    key = wait_until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))[0]["Key"]
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert json.loads(body)["detail"] == {"n": 1}


def test_bus_passes_the_event_to_its_own_rules_and_no_further(world: World, rules: Rules) -> None:
    events = world.client("events")
    second, third = world.name("bus"), world.name("bus")
    arns = {name: events.create_event_bus(Name=name)["EventBusArn"] for name in (second, third)}
    rules.target(arns[second])
    box, dead = Mailbox(world), Mailbox(world)
    events.put_rule(Name="all", EventBusName=second, EventPattern=json.dumps({"source": [rules.name]}))
    targets = [
        {"Id": "box", "Arn": box.arn},
        {"Id": "third", "Arn": arns[third], "DeadLetterConfig": {"Arn": dead.arn}},
        {"Id": "back", "Arn": NOWHERE.format("events", "event-bus/default")},
    ]
    events.put_targets(Rule="all", EventBusName=second, Targets=targets)
    identifier = rules.put({"n": 1})
    assert json.loads(box.next()["Body"])["id"] == identifier
    message = dead.next()
    assert attributes(message)["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED"
    assert json.loads(message["Body"])["id"] == identifier


@pytest.mark.parametrize(
    ("arn", "members"),
    [
        (NOWHERE.format("lambda", "function:nowhere"), {}),
        (NOWHERE.format("sqs", "nowhere"), {}),
        (NOWHERE.format("sns", "nowhere"), {}),
        (NOWHERE.format("states", "stateMachine:nowhere"), {"RoleArn": ROLE}),
        (NOWHERE.format("events", "event-bus/nowhere"), {}),
        (NOWHERE.format("logs", "log-group:nowhere"), {}),
        (NOWHERE.format("kinesis", "stream/nowhere"), {"RoleArn": ROLE}),
        (NOWHERE.format("firehose", "deliverystream/nowhere"), {"RoleArn": ROLE}),
        (
            NOWHERE.format("appsync", "endpoints/graphql-api/nowhere"),
            {"RoleArn": ROLE, "AppSyncParameters": {"GraphQLOperation": "mutation { a }"}},
        ),
        (NOWHERE.format("events", "api-destination/nowhere/id"), {"RoleArn": ROLE}),
    ],
)
def test_missing_target_is_a_dead_letter_at_once(
    world: World, rules: Rules, arn: str, members: dict[str, Any]
) -> None:
    rules.target(arn, **members)
    identifier = rules.put({"n": 1})
    message = rules.dead.next()
    named = attributes(message)
    assert named.pop("ERROR_MESSAGE")
    assert named == {"RULE_ARN": rules.arn, "TARGET_ARN": arn, "ERROR_CODE": "NO_RESOURCE"}
    body = json.loads(message["Body"])
    assert (body["id"], body["detail"]) == (identifier, {"n": 1})


def test_unsupported_target_is_a_dead_letter(world: World, rules: Rules) -> None:
    rules.target(NOWHERE.format("batch", "job-queue/q"), Input="{}")
    identifier = rules.put()
    message = rules.dead.next()
    assert "delivers nothing to batch" in attributes(message)["ERROR_MESSAGE"]
    # Not the input: what is redriven is the event.
    assert json.loads(message["Body"])["id"] == identifier


@pytest.mark.parametrize("kind", ["throttle", "timeout"])
def test_failed_attempt_is_repeated(world: World, rules: Rules, kind: str) -> None:
    sns, box = world.client("sns"), Mailbox(world)
    topic = sns.create_topic(Name=world.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)
    rules.target(topic)
    fault: dict[str, Any] = {"service": "sns", "operation": "Publish", "kind": kind, "times": 1}
    with faults(world, {**fault, "seconds": 0.01} if kind == "timeout" else fault):
        rules.put()
        box.next()
    assert rules.dead.empty()


def test_dead_letter_counts_failed_retries(world: World, rules: Rules) -> None:
    topic = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    rules.target(topic, RetryPolicy={"MaximumRetryAttempts": 1})
    with faults(world, {"service": "sns", "operation": "Publish", "kind": "throttle"}):
        rules.put()
        named = attributes(rules.dead.next())
    assert (named["ERROR_CODE"], named["RETRY_ATTEMPTS"]) == ("THROTTLING", "1")
    assert named["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_forbidden_target_is_a_dead_letter_at_once(world: World, rules: Rules) -> None:
    topic = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    rules.target(topic)
    fault = {
        "service": "sns",
        "operation": "Publish",
        "kind": "error",
        "status": 403,
        "code": "AuthorizationError",
    }
    with faults(world, fault):
        rules.put()
        assert attributes(rules.dead.next())["ERROR_CODE"] == "NO_PERMISSIONS"


def test_replay_reaches_the_rules_that_it_names(world: World) -> None:
    events, bus = world.client("events"), world.name("bus")
    arn = events.create_event_bus(Name=bus)["EventBusArn"]
    archive = events.create_archive(ArchiveName=world.name("archive"), EventSourceArn=arn)["ArchiveArn"]
    first, other = Rules(world, bus), Rules(world, bus)
    for rule in (first, other):
        events.put_rule(Name=rule.name, EventBusName=bus, EventPattern='{"source": ["shop"]}')
        rule.target(NOWHERE.format("sqs", "nowhere"))
    first.put(Source="shop")
    for rule in (first, other):
        assert "replay-name" not in json.loads(rule.dead.next()["Body"])
    events.start_replay(
        ReplayName=world.name("replay"),
        EventSourceArn=archive,
        EventStartTime=0,
        EventEndTime=2**33,
        Destination={"Arn": arn, "FilterArns": [first.arn]},
    )
    assert json.loads(first.dead.next()["Body"])["replay-name"].startswith("replay-")
    assert other.dead.empty()
