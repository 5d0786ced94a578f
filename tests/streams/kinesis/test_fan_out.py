"""Consumers, and what a subscription sends: events, pace, end, and whose place it takes."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.streams.kinesis.errors import InUse, KinesisError, NotFound
from localcloud.streams.kinesis.subscriptions import Subscription
from tests.streams.kinesis.cloud import PLACE, Cloud, Json

MIB = 1 << 20


@pytest.fixture
def reader(cloud: Cloud) -> str:
    """A stream, and the ARN of a consumer that is registered with it."""
    cloud.create()
    registered = cloud("RegisterStreamConsumer", StreamARN=cloud.arn("orders"), ConsumerName="reader")
    assert registered["Consumer"]["ConsumerStatus"] == "CREATING"
    return str(registered["Consumer"]["ConsumerARN"])


def subscribe(cloud: Cloud, consumer: str, kind: str = "TRIM_HORIZON", **start: Any) -> Subscription:
    request = {"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": kind, **start}}
    subscription = cloud.service.answer(PLACE, "SubscribeToShard", request)
    assert isinstance(subscription, Subscription)
    return subscription


def data(event: Json | None) -> list[bytes]:
    assert event is not None
    return [record["Data"] for record in event["Records"]]


def test_events_continue_from_the_start_of_the_subscription(cloud: Cloud, reader: str) -> None:
    cloud.put("a", b"1")
    subscription = subscribe(cloud, reader)
    first = subscription.event()
    assert data(first) == [b"1"] and first is not None
    assert subscription.event() is None
    cloud.seconds += 1
    assert subscription.event() is None and subscription.wait() == pytest.approx(4)
    woken: list[int] = []
    subscription.follow(lambda: woken.append(1))
    cloud.put("a", b"2")
    assert woken == [1]
    assert data(subscription.event()) == [b"2"]
    cloud.seconds += 6
    after = subscribe(
        cloud, reader, "AFTER_SEQUENCE_NUMBER", SequenceNumber=first["ContinuationSequenceNumber"]
    )
    assert data(after.event()) == [b"2"]


def test_a_quiet_shard_sends_an_event_without_records_every_five_seconds(cloud: Cloud, reader: str) -> None:
    subscription = subscribe(cloud, reader, "LATEST")
    first = subscription.event()
    assert data(first) == [] and first is not None and first["MillisBehindLatest"] == 0
    cloud.seconds += 4.9
    assert subscription.event() is None
    cloud.seconds += 0.1
    assert data(subscription.event()) == []
    # A reader that has had nothing goes on from the number that it has.
    number = first["ContinuationSequenceNumber"]
    cloud.put("a", b"1")
    after = subscribe(cloud, reader, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
    assert data(after.event()) == [b"1"]


def test_a_subscription_lasts_five_minutes(cloud: Cloud, reader: str) -> None:
    subscription = subscribe(cloud, reader)
    cloud.seconds += 299.9
    assert not subscription.is_over
    cloud.seconds += 0.2
    assert subscription.is_over


def test_second_subscription_is_refused_for_five_seconds_and_then_replaces_the_first(
    cloud: Cloud, reader: str
) -> None:
    first = subscribe(cloud, reader)
    first.event()
    words = "Another active subscription exists for this consumer: 0{12}:orders:shardId-0{12}:reader"
    cloud.seconds += 4.9
    with pytest.raises(InUse, match=f"^{words}$"):
        subscribe(cloud, reader)
    cloud.seconds += 0.2
    second = subscribe(cloud, reader)
    with pytest.raises(InUse, match=f"^{words}$"):
        first.event()
    first.leave()
    assert data(second.event()) == []


def test_ended_subscription_makes_room_at_once(cloud: Cloud, reader: str) -> None:
    subscribe(cloud, reader).leave()
    subscribe(cloud, reader)


def test_subscription_delivers_two_mebibytes_a_second_to_any_client(cloud: Cloud, reader: str) -> None:
    cloud.service.scale.factor = None
    for number in range(4):
        cloud.put("a", b"%d" % number * (MIB - 1))
    for _ in range(20):
        cloud.get(cloud.iterator(), Limit=1)
    subscription = subscribe(cloud, reader)
    assert len(data(subscription.event())) == 2
    assert subscription.is_paced and subscription.event() is None
    cloud.seconds += 0.99
    assert subscription.event() is None
    cloud.seconds += 0.02
    assert len(data(subscription.event())) == 2


def test_a_shards_end_names_its_children(cloud: Cloud, reader: str) -> None:
    cloud.put("a", b"1")
    subscription = subscribe(cloud, reader)
    cloud("SplitShard", StreamName="orders", ShardToSplit="0", NewStartingHashKey=str(1 << 127))
    assert data(subscription.event()) == [b"1"]
    cloud.seconds += 1
    last = subscription.event()
    assert last is not None and last["Records"] == []
    assert [child["ShardId"] for child in last["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]
    assert subscription.is_over


@pytest.mark.parametrize("operation", ["DeregisterStreamConsumer", "DeleteStream"])
def test_a_subscription_ends_with_its_consumer_or_stream(cloud: Cloud, reader: str, operation: str) -> None:
    subscription = subscribe(cloud, reader)
    subscription.event()
    woken: list[int] = []
    subscription.follow(lambda: woken.append(1))
    if operation == "DeleteStream":
        with pytest.raises(
            InUse, match=r"^DeleteStream can't delete 000000000000:orders because there are consum"
        ):
            cloud(operation, StreamName="orders")
        cloud(operation, StreamName="orders", EnforceConsumerDeletion=True)
    else:
        cloud(operation, ConsumerARN=reader)
    assert woken
    with pytest.raises(NotFound):
        subscription.event()


def test_consumers_are_listed_a_page_at_a_time(cloud: Cloud, reader: str) -> None:
    arn = cloud.arn("orders")
    for number in range(19):
        cloud("RegisterStreamConsumer", StreamARN=arn, ConsumerName=f"c{number:02}")
    with pytest.raises(KinesisError, match="more than 20 registered consumers"):
        cloud("RegisterStreamConsumer", StreamARN=arn, ConsumerName="one-more")
    with pytest.raises(InUse, match=r"^Consumer reader under stream orders already exists for account 0"):
        cloud("RegisterStreamConsumer", StreamARN=arn, ConsumerName="reader")
    page = cloud("ListStreamConsumers", StreamARN=arn, MaxResults=15)
    rest = cloud("ListStreamConsumers", StreamARN=arn, NextToken=page["NextToken"])
    names = [consumer["ConsumerName"] for consumer in [*page["Consumers"], *rest["Consumers"]]]
    assert names == [*(f"c{number:02}" for number in range(19)), "reader"]
    assert "NextToken" not in rest
