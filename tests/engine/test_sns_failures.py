"""SNS's deliveries that fail: tried again, and then among the subscription's dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.event_rules import ROLE, Mailbox
from tests.engine.rules import faults, hits
from tests.engine.world import ACCOUNT, World, wait_until


@pytest.fixture
def topic(world: World) -> str:
    arn: str = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    return arn


def subscribe(world: World, topic: str, protocol: str, endpoint: str) -> Mailbox:
    """Subscribe with a dead-letter queue, and return that."""
    dead = Mailbox(world)
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})}
    if protocol == "firehose":
        attributes["SubscriptionRoleArn"] = ROLE
    world.client("sns").subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return dead


@pytest.mark.parametrize(
    ("protocol", "resource"),
    [("sqs", "nowhere"), ("lambda", "function:nowhere"), ("firehose", "deliverystream/nowhere")],
)
def test_message_to_a_missing_resource_is_a_dead_letter(
    world: World, topic: str, protocol: str, resource: str
) -> None:
    dead = subscribe(world, topic, protocol, f"arn:aws:{protocol}:us-east-1:{ACCOUNT}:{resource}")
    world.client("sns").publish(TopicArn=topic, Message="lost?")
    assert json.loads(dead.next()["Body"])["Message"] == "lost?"


@pytest.mark.parametrize("kind", ["throttle", "error", "timeout"])
def test_queue_receives_the_message_after_three_failures(world: World, topic: str, kind: str) -> None:
    box = Mailbox(world)
    dead = subscribe(world, topic, "sqs", box.arn)
    with faults(world, {"service": "sqs", "operation": "SendMessage", "kind": kind, "times": 3}):
        world.client("sns").publish(TopicArn=topic, Message="late")
        assert json.loads(box.next()["Body"])["Message"] == "late"
        assert hits(world) == [3]
    assert dead.empty()


def test_throttled_function_is_invoked_again(world: World, topic: str) -> None:
    function = world.function(lambda event: event)
    dead = subscribe(world, topic, "lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}")
    with faults(world, {"service": "lambda", "operation": "Invoke", "kind": "throttle", "times": 3}):
        world.client("sns").publish(TopicArn=topic, Message="late")
        assert world.lambdas.wait_for(lambda: function in {name for name, *_ in world.lambdas.invocations})
        assert hits(world) == [3]
    assert dead.empty()


def test_delivery_stream_receives_lines(world: World, topic: str) -> None:
    s3, bucket, name = world.client("s3"), world.name("bucket"), world.name("firehose")
    s3.create_bucket(Bucket=bucket)
    arn = world.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )["DeliveryStreamARN"]
    subscribe(world, topic, "firehose", arn)
    world.client("sns").publish(TopicArn=topic, Message="kept")

    def look() -> Any:
        return s3.list_objects_v2(Bucket=bucket).get("Contents")

    body = s3.get_object(Bucket=bucket, Key=wait_until(look)[0]["Key"])["Body"].read().decode()
    assert body.endswith("}\n")
    document = json.loads(body)
    assert (document["Message"], "Signature" in document) == ("kept", False)
