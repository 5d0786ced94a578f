"""SQS: which messages a FIFO queue gives out, in which order, and again."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as some

from localcloud.engine.mends.sqs_groups import available, take
from tests.engine.test_queue_receipts import receive
from tests.engine.test_queues import queue
from tests.engine.world import World

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def send(world: World, url: str, *bodies: str) -> None:
    """Send messages such as ``a1``, whose group is ``a``."""
    for body in bodies:
        world.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])


def messages(world: World, url: str, limit: int = 10, **arguments: Any) -> list[dict[str, Any]]:
    answer = world.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=limit, **arguments)
    received: list[dict[str, Any]] = answer.get("Messages", [])
    return received


def bodies(world: World, url: str, limit: int = 10, **arguments: Any) -> list[str]:
    return [message["Body"] for message in messages(world, url, limit, **arguments)]


def check_groups(world: World) -> None:
    url, _ = queue(world, **FIFO)
    send(world, url, "a1", "b1", "b2", "c1", "a2")
    assert bodies(world, url, 3, VisibilityTimeout=0) == ["a1", "a2", "b1"]
    # Who was served the longest ago is next.
    assert bodies(world, url, VisibilityTimeout=0) == ["c1", "a1", "a2", "b1", "b2"]


def test_receive_returns_messages_by_group_in_order(world: World) -> None:
    check_groups(world)


def test_group_is_locked_while_its_messages_are_in_flight(world: World) -> None:
    url, _ = queue(world, **FIFO)
    send(world, url, "a1", "a2", "a3", "b1")
    received = messages(world, url, 2)
    assert [message["Body"] for message in received] == ["a1", "a2"]
    assert bodies(world, url) == ["b1"]
    sqs = world.client("sqs")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
    assert bodies(world, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received[1]["ReceiptHandle"])
    assert bodies(world, url) == ["a3"]


def test_returned_message_precedes_those_in_flight_behind_it(world: World) -> None:
    url, _ = queue(world, **FIFO)
    send(world, url, "a1", "a2", "b1")
    received = messages(world, url, 2)
    handle = received[0]["ReceiptHandle"]
    world.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(world, url, 3) == ["b1", "a1"]


def test_repeated_receive_attempt_returns_the_same_messages_and_handles(world: World) -> None:
    url, _ = queue(world, **FIFO)
    send(world, url, "a1", "a2")
    first = messages(world, url, ReceiveRequestAttemptId="one")
    assert [message["Body"] for message in first] == ["a1", "a2"]
    again = messages(world, url, ReceiveRequestAttemptId="one")
    assert [message["ReceiptHandle"] for message in again] == [message["ReceiptHandle"] for message in first]
    assert messages(world, url, ReceiveRequestAttemptId="two") == []
    world.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    # One of them was touched: it is a receive like any other.
    assert messages(world, url, ReceiveRequestAttemptId="one") == []


def test_standard_queue_refuses_a_receive_attempt(world: World) -> None:
    url, _ = queue(world)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        messages(world, url, ReceiveRequestAttemptId="one")


def test_fifo_dead_letters_keep_their_own_ids(world: World) -> None:
    dead, arn = queue(world, **FIFO)
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}'
    url, _ = queue(world, **FIFO, RedrivePolicy=policy)
    send(world, url, "a1")
    sent = receive(world, url, VisibilityTimeout=0)
    assert bodies(world, url) == []
    letter = receive(world, dead, AttributeNames=["All"])
    assert letter["MessageId"] == sent["MessageId"]
    assert letter["Attributes"]["MessageDeduplicationId"] == sent["MessageId"]


@given(
    some.lists(some.tuples(some.sampled_from("abc"), some.booleans()), max_size=12),
    some.integers(min_value=1, max_value=10),
)
def test_receive_keeps_the_order_of_each_group(sent: list[tuple[str, bool]], limit: int) -> None:
    record: dict[str, Any] = {
        "messages": [
            {"number": number, "group_id": group, "visible_at": 0 if visible else 9}
            for number, (group, visible) in enumerate(sent)
        ]
    }
    received = take(record, limit, now=5)
    ready = available(record["messages"], now=5)
    assert len(received) == min(limit, sum(map(len, ready.values())))
    for group, expected in ready.items():
        ours = [message for message in received if message["group_id"] == group]
        assert ours == expected[: len(ours)]
        # Nothing overtakes what is hidden.
        hidden = [m["number"] for m in record["messages"] if m["group_id"] == group and m["visible_at"] > 5]
        assert all(message["number"] < min(hidden) for message in ours if hidden)
    # Groups are not mixed.
    order = [message["group_id"] for message in received]
    assert order == sorted(order, key=order.index)
