"""SQS: waiting receivers wake at once."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from tests.engine.world import ACCOUNT, World


def queue(world: World, **attributes: str) -> tuple[str, str]:
    """Return the URL and ARN of a new queue."""
    name = world.name("queue") + (".fifo" if attributes.get("FifoQueue") else "")
    url: str = world.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


class Waiting:
    """A receiver that has begun to wait."""

    def __init__(self, world: World, url: str, **arguments: Any) -> None:
        self.answer: dict[str, Any] = {}
        self.at = 0.0
        sqs = world.client("sqs")

        def receive() -> None:
            self.answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, **arguments)
            self.at = time.monotonic()

        self._thread = threading.Thread(target=receive)
        self._thread.start()

    def bodies(self) -> list[str]:
        self._thread.join()
        return [message["Body"] for message in self.answer.get("Messages", [])]


def check_long_poll(world: World) -> None:
    url, _ = queue(world)
    seconds = [1.0, 1.0]
    # Twice is enough: on a busy machine most of them wait for the processor.
    for _ in range(16):
        waiting = Waiting(world, url)
        # Long enough that the receiver waits, and far from the next one of looks every 100 ms.
        time.sleep(0.03)
        sent = time.monotonic()
        world.client("sqs").send_message(QueueUrl=url, MessageBody="now")
        assert waiting.bodies() == ["now"]
        seconds.append(waiting.at - sent)
        if sorted(seconds)[1] < 0.04:
            break
    assert sorted(seconds)[1] < 0.04, seconds


def test_long_poll_returns_a_sent_message_at_once(world: World) -> None:
    check_long_poll(world)


def test_delayed_message_wakes_a_receiver_when_it_is_due(world: World) -> None:
    url, _ = queue(world)
    waiting = Waiting(world, url)
    sent = time.monotonic()
    world.client("sqs").send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert waiting.bodies() == ["later"]
    assert 0.9 < waiting.at - sent < 15  # not when the wait is over


def test_returned_message_wakes_a_receiver(world: World) -> None:
    url, _ = queue(world)
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="again")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    waiting = Waiting(world, url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert waiting.bodies() == ["again"]


def test_message_from_an_execution_wakes_a_receiver(world: World) -> None:
    url, _ = queue(world)
    waiting = Waiting(world, url)
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody": {"id.$": "$.id"}},
        "End": True,
    }
    world.run({"Send": send}, {"id": "a"})
    assert [json.loads(body) for body in waiting.bodies()] == [{"id": "a"}]


def test_empty_queue_answers_when_the_wait_is_over(world: World) -> None:
    url, _ = queue(world)
    started = time.monotonic()
    assert "Messages" not in world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - started < 30


def test_poison_message_moves_to_the_dead_letter_queue(world: World) -> None:
    dead_url, dead_arn = queue(world)
    url, _ = queue(world, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}))
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    [message] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=30)["Messages"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    waiting = Waiting(world, dead_url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert waiting.bodies() == ["poison"]
