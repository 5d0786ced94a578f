from __future__ import annotations

from typing import Any

from tests.engine.world import World

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
OTHER = "Root=1-5759e988-000000000000000000000001;Parent=0000000000000001;Sampled=0"


def sent(world: World, operation: str, **arguments: Any) -> str | None:
    """Send as an SDK in a Lambda function does, and return the message's AWSTraceHeader."""
    sqs: Any = world.client("sqs")
    url = sqs.create_queue(QueueName=world.name("traced"))["QueueUrl"]

    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = HEADER

    sqs.meta.events.register("before-sign.sqs", add_header)
    try:
        getattr(sqs, operation)(QueueUrl=url, **arguments)
    finally:
        sqs.meta.events.unregister("before-sign.sqs", add_header)
    request = {"QueueUrl": url, "MessageSystemAttributeNames": ["AWSTraceHeader"]}
    (message,) = sqs.receive_message(**request)["Messages"]
    attributes: dict[str, str] = message.get("Attributes", {})
    return attributes.get("AWSTraceHeader")


def check_traces(world: World) -> None:
    assert sent(world, "send_message", MessageBody="a") == HEADER
    assert sent(world, "send_message_batch", Entries=[{"Id": "1", "MessageBody": "a"}]) == HEADER


def test_messages_carry_the_trace_of_their_request(world: World) -> None:
    check_traces(world)


def test_message_attribute_wins_over_the_trace_header(world: World) -> None:
    attribute = {"AWSTraceHeader": {"DataType": "String", "StringValue": OTHER}}
    assert sent(world, "send_message", MessageBody="a", MessageSystemAttributes=attribute) == OTHER
