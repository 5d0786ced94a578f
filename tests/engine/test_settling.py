"""What the engine does once its start is over."""

from __future__ import annotations

from tests.engine.rules import ask
from tests.engine.world import World


def test_engine_that_holds_its_memory_in_large_pages_answers_as_before(world: World) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="before")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert ask(world, "POST", "settle", {}) == (200, {})
    assert ask(world, "GET", "settle")[0] == 405
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
