"""SQS: message move tasks and the sources of a dead-letter queue, in both protocols."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_queue_groups import FIFO
from tests.engine.test_queue_receipts import depth, error
from tests.engine.test_queues import queue
from tests.engine.world import World, wait_until

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


class Pipe:
    """A queue, and the one that its dead letters go to."""

    def __init__(self, world: World, dead: tuple[str, str] | None = None, **attributes: str) -> None:
        self.world = world
        self.dead_url, self.dead_arn = dead or queue(world, **attributes)
        policy = json.dumps({"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 1})
        self.url, self.arn = queue(world, RedrivePolicy=policy, **attributes)

    def kill(self, *bodies: str, **arguments: Any) -> None:
        """Have messages become dead letters."""
        sqs = self.world.client("sqs")
        before = depth(self.world, self.dead_url)
        for body in bodies:
            sqs.send_message(QueueUrl=self.url, MessageBody=body, **arguments)

        def swept() -> bool:
            sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return depth(self.world, self.dead_url) == before + len(bodies)

        wait_until(swept)

    def start(self, **arguments: Any) -> str:
        answer = self.world.client("sqs").start_message_move_task(SourceArn=self.dead_arn, **arguments)
        handle: str = answer["TaskHandle"]
        return handle

    def latest(self) -> dict[str, Any]:
        [task] = self.world.client("sqs").list_message_move_tasks(SourceArn=self.dead_arn)["Results"]
        newest: dict[str, Any] = task
        return newest

    def ended(self) -> dict[str, Any]:
        """Return the latest task once it runs no more."""
        return wait_until(lambda: (task := self.latest())["Status"] not in {"RUNNING", "CANCELLING"} and task)  # type: ignore[no-any-return]


def receive_all(world: World, url: str) -> list[dict[str, Any]]:
    answer = world.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    received: list[dict[str, Any]] = answer.get("Messages", [])
    return received


def check_moves(world: World) -> None:
    pipe = Pipe(world)
    pipe.kill("a", "b")
    pipe.start()
    task = pipe.ended()
    assert task["Status"] == "COMPLETED"
    assert (task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (2, 2)
    assert "TaskHandle" not in task
    assert depth(world, pipe.dead_url) == 0
    assert {message["Body"] for message in receive_all(world, pipe.url)} == {"a", "b"}


def test_move_task_returns_every_dead_letter(world: World) -> None:
    check_moves(world)


def test_message_returns_to_its_source_queue(world: World) -> None:
    first = Pipe(world)
    second = Pipe(world, (first.dead_url, first.dead_arn))
    first.kill("one")
    second.kill("two")
    first.start()
    assert first.ended()["ApproximateNumberOfMessagesMoved"] == 2
    assert [message["Body"] for message in receive_all(world, first.url)] == ["one"]
    assert [message["Body"] for message in receive_all(world, second.url)] == ["two"]


def test_moved_message_is_new_with_its_attributes_and_trace(world: World) -> None:
    pipe = Pipe(world)
    text = {"kind": {"DataType": "String", "StringValue": "order"}}
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}}
    pipe.kill("traced", MessageAttributes=text, MessageSystemAttributes=header)
    other, other_arn = queue(world)
    [letter] = receive_all(world, pipe.dead_url)
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == pipe.arn
    world.client("sqs").change_message_visibility(
        QueueUrl=pipe.dead_url, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
    )
    pipe.start(DestinationArn=other_arn)
    assert pipe.ended()["DestinationArn"] == other_arn
    [message] = receive_all(world, other)
    assert message["MessageId"] != letter["MessageId"]
    assert message["MessageAttributes"] == text
    assert message["Attributes"]["AWSTraceHeader"] == TRACE
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]


def test_fifo_queue_receives_moved_messages_in_group_order(world: World) -> None:
    pipe = Pipe(world, **FIFO)
    for body in ("1", "2", "3"):
        pipe.kill(body, MessageGroupId="g")
    pipe.start()
    assert pipe.ended()["Status"] == "COMPLETED"
    # Within the five minutes in which the queue knows the deduplication ids that they were sent with.
    messages = receive_all(world, pipe.url)
    assert [message["Body"] for message in messages] == ["1", "2", "3"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}


def test_move_task_has_a_rate_and_can_be_cancelled(world: World) -> None:
    pipe = Pipe(world)
    pipe.kill("a", "b", "c")
    sqs = world.client("sqs")
    handle = pipe.start(MaxNumberOfMessagesPerSecond=1)
    wait_until(lambda: pipe.latest()["ApproximateNumberOfMessagesMoved"])
    running = pipe.latest()
    assert (running["Status"], running["TaskHandle"]) == ("RUNNING", handle)
    with pytest.raises(ClientError) as raised:
        pipe.start()
    assert error(raised) == (
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given "
        "time.",
    )
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    ended = pipe.ended()
    assert ended["Status"] == "CANCELLED"
    assert ended["ApproximateNumberOfMessagesMoved"] == moved
    assert depth(world, pipe.url) == moved
    assert depth(world, pipe.dead_url) == 3 - moved
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.cancel_message_move_task(TaskHandle=handle)


def test_message_of_unknown_origin_fails_the_task_and_stays(world: World) -> None:
    pipe = Pipe(world)
    world.client("sqs").send_message(QueueUrl=pipe.dead_url, MessageBody="from a function")
    pipe.start()
    task = pipe.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert [message["Body"] for message in receive_all(world, pipe.dead_url)] == ["from a function"]


def test_deleted_destination_fails_the_task(world: World) -> None:
    pipe = Pipe(world)
    pipe.kill("a", "b", "c")
    other, other_arn = queue(world)
    pipe.start(DestinationArn=other_arn, MaxNumberOfMessagesPerSecond=1)
    wait_until(lambda: pipe.latest()["ApproximateNumberOfMessagesMoved"])
    world.client("sqs").delete_queue(QueueUrl=other)
    task = pipe.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert depth(world, pipe.dead_url) == 3 - task["ApproximateNumberOfMessagesMoved"]


def test_unmovable_queue_is_refused(world: World) -> None:
    pipe = Pipe(world)
    _, lonely = queue(world)
    _, fifo = queue(world, **FIFO)
    sqs = world.client("sqs")
    refused = [
        ({"SourceArn": lonely}, "InvalidParameterValue", 400),
        ({"SourceArn": pipe.dead_arn + "x"}, "ResourceNotFoundException", 404),
        ({"SourceArn": pipe.dead_arn, "DestinationArn": lonely + "x"}, "ResourceNotFoundException", 404),
        ({"SourceArn": pipe.dead_arn, "DestinationArn": fifo}, "InvalidParameterValue", 400),
        ({"SourceArn": pipe.dead_arn, "DestinationArn": pipe.dead_arn}, "InvalidParameterValue", 400),
        ({"SourceArn": pipe.dead_arn, "MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue", 400),
        ({"SourceArn": pipe.dead_arn, "MaxNumberOfMessagesPerSecond": 0}, "InvalidParameterValue", 400),
    ]
    for arguments, code, status in refused:
        with pytest.raises(ClientError) as raised:
            sqs.start_message_move_task(**arguments)
        assert error(raised)[0] == code, arguments
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status, arguments
    with pytest.raises(ClientError) as raised:
        sqs.cancel_message_move_task(TaskHandle="foobared")
    assert error(raised) == ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")


def test_ten_latest_tasks_are_listed(world: World) -> None:
    pipe = Pipe(world)
    for number in range(11):
        pipe.start(MaxNumberOfMessagesPerSecond=500 - number)
        pipe.ended()
    sqs = world.client("sqs")
    tasks = sqs.list_message_move_tasks(SourceArn=pipe.dead_arn, MaxResults=10)["Results"]
    assert [task["MaxNumberOfMessagesPerSecond"] for task in tasks] == list(range(490, 500))
    with pytest.raises(ClientError, match="MaxResults"):
        sqs.list_message_move_tasks(SourceArn=pipe.dead_arn, MaxResults=11)


def test_sources_of_a_dead_letter_queue_are_listed_by_pages(world: World) -> None:
    first = Pipe(world)
    second = Pipe(world, (first.dead_url, first.dead_arn))
    sqs = world.client("sqs")
    assert set(sqs.list_dead_letter_source_queues(QueueUrl=first.dead_url)["queueUrls"]) == {
        first.url,
        second.url,
    }
    page = sqs.list_dead_letter_source_queues(QueueUrl=first.dead_url, MaxResults=1)
    rest = sqs.list_dead_letter_source_queues(
        QueueUrl=first.dead_url, MaxResults=1, NextToken=page["NextToken"]
    )
    assert {*page["queueUrls"], *rest["queueUrls"]} == {first.url, second.url}
    assert "NextToken" not in rest
    assert sqs.list_dead_letter_source_queues(QueueUrl=first.url)["queueUrls"] == []


def query(world: World, **parameters: str) -> ElementTree.Element:
    """Send a request of SQS's older protocol and return its document without namespaces."""
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Host": "sqs.us-east-1.amazonaws.com"}
        connection.request("POST", "/", urlencode({"Version": "2012-11-05", **parameters}), kind)
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    return ElementTree.fromstring(text.replace(' xmlns="http://queue.amazonaws.com/doc/2012-11-05/"', ""))


def test_query_protocol_has_the_same_actions(world: World) -> None:
    pipe = Pipe(world)
    pipe.kill("a")
    sources = query(world, Action="ListDeadLetterSourceQueues", QueueUrl=pipe.dead_url)
    assert sources.findtext("ListDeadLetterSourceQueuesResult/QueueUrl") == pipe.url
    started = query(
        world, Action="StartMessageMoveTask", SourceArn=pipe.dead_arn, MaxNumberOfMessagesPerSecond="9"
    )
    assert started.findtext("StartMessageMoveTaskResult/TaskHandle")
    pipe.ended()
    listed = query(world, Action="ListMessageMoveTasks", SourceArn=pipe.dead_arn)
    entry = listed.find("ListMessageMoveTasksResult/ListMessageMoveTasksResultEntry")
    assert entry is not None
    assert (entry.findtext("Status"), entry.findtext("MaxNumberOfMessagesPerSecond")) == ("COMPLETED", "9")
    refused = query(world, Action="CancelMessageMoveTask", TaskHandle="foobared")
    assert refused.findtext("Error/Code") == "InvalidParameterValue"
