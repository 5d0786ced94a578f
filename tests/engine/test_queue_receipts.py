"""SQS: what a receipt handle may still do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_queues import queue
from tests.engine.world import World, wait_until


def receive(world: World, url: str, **arguments: Any) -> dict[str, Any]:
    """Return the message that is received, once one is."""
    sqs = world.client("sqs")
    messages: list[dict[str, Any]] = wait_until(
        lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, **arguments).get("Messages")
    )
    return messages[0]


def depth(world: World, url: str) -> int:
    """Return how many messages a queue holds, in flight or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def error(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    document = raised.value.response["Error"]
    return document["Code"], document["Message"]


def check_receipts(world: World) -> None:
    url, _ = queue(world)
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="twice")
    first = receive(world, url, VisibilityTimeout=0)["ReceiptHandle"]
    second = receive(world, url)["ReceiptHandle"]
    # It succeeds, and the present receiver keeps the message.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first)
    assert depth(world, url) == 1
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second)
    assert depth(world, url) == 0
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second)


def test_older_receipt_handle_deletes_nothing_after_another_receive(world: World) -> None:
    check_receipts(world)


def test_older_handle_returns_a_message_to_a_standard_queue(world: World) -> None:
    url, _ = queue(world)
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="again")
    first = receive(world, url, VisibilityTimeout=0)["ReceiptHandle"]
    receive(world, url, VisibilityTimeout=600)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first, VisibilityTimeout=0)
    assert receive(world, url)["Body"] == "again"


def test_unknown_handle_is_refused(world: World) -> None:
    url, _ = queue(world)
    with pytest.raises(ClientError) as raised:
        world.client("sqs").delete_message(QueueUrl=url, ReceiptHandle="garbage")
    assert error(raised) == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "garbage" is not a valid receipt handle.',
    )


def test_handle_of_another_queue_is_refused(world: World) -> None:
    url, _ = queue(world)
    other, _ = queue(world)
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="here")
    handle = receive(world, url)["ReceiptHandle"]
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.change_message_visibility(QueueUrl=other, ReceiptHandle=handle, VisibilityTimeout=0)


def test_visibility_of_a_deleted_message_cannot_change(world: World) -> None:
    url, _ = queue(world)
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="gone")
    handle = receive(world, url)["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    with pytest.raises(ClientError) as raised:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5)
    assert error(raised) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not "
        "available for visibility timeout change.",
    )


def test_fifo_queue_refuses_an_expired_handle(world: World) -> None:
    url, _ = queue(world, FifoQueue="true", ContentBasedDeduplication="true")
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="late", MessageGroupId="g")
    handle = receive(world, url, VisibilityTimeout=0)["ReceiptHandle"]
    with pytest.raises(ClientError) as raised:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert error(raised) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    entries = [{"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "garbage"}]
    failed = sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Failed"]
    assert {entry["Id"]: entry["Code"] for entry in failed} == {
        "a": "InvalidParameterValue",
        "b": "ReceiptHandleIsInvalid",
    }
    assert depth(world, url) == 1


def test_prolonged_fifo_handle_deletes(world: World) -> None:
    url, _ = queue(world, FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="5")
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="long", MessageGroupId="g")
    handle = receive(world, url)["ReceiptHandle"]
    entries = [{"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 600}]
    assert sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)["Successful"] == [{"Id": "a"}]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert depth(world, url) == 0
