"""Deliveries that one process left are what the next one begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localcloud.deliveries.facade import (
    Attribute,
    Delivered,
    Ended,
    Invocation,
    Message,
    Rule,
    Subscriber,
    parse_target,
)
from localcloud.engine.deliveries.pending import PendingMessages
from localcloud.engine.events.pending import PendingEvents
from localcloud.journal import Journal

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders.fifo"
RULE = Rule("arn:aws:events:us-east-1:000000000000:rule/orders", "orders")
TARGET: dict[str, Any] = {
    "Id": "q",
    "Arn": "arn:aws:sqs:us-east-1:000000000000:orders",
    "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>}'},
    "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
}


def test_messages_are_restored_in_the_next_process(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    first = PendingMessages(journal)
    attributes = {"n": Attribute("Number", "1")}
    message = Message("m", TOPIC, "text", "2026-01-01T00:00:00.000Z", "s", attributes, "1", "g", "d")
    subscribers = [Subscriber(f"{TOPIC}:{name}", TOPIC, "lambda", "a") for name in ("one", "two")]
    keys = [first.begin(subscriber, message) for subscriber in subscribers]
    first.ended(keys[0])
    journal.close()
    journal = Journal.open(tmp_path)
    second = PendingMessages(journal)
    assert list(second.unfinished()) == [(keys[1], f"{TOPIC}:two", message)]
    assert list(second.unfinished()) == []
    second.ended(keys[1])
    journal.close()
    assert Journal.open(tmp_path).spaces() == []


def test_events_are_restored_in_the_next_process(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    first = PendingEvents(journal)
    invocations = [
        Invocation(
            {"id": name, "detail": {"id": 7}}, RULE, parse_target(TARGET), 1000.0, "now", "Root=1", ("bus",)
        )
        for name in ("one", "two")
    ]
    for invocation in invocations:
        first.begin(invocation, TARGET)
    first.ended(Ended(invocations[0], Delivered(), 0, None, 0.0))
    journal.close()
    journal = Journal.open(tmp_path)
    second = PendingEvents(journal)
    (event,) = second.unfinished(5000.0)
    assert event.payload == invocations[1].payload == '{"order": 7}'
    assert event.target == invocations[1].target
    assert (event.event, event.rule, event.trace, event.buses) == (
        {"id": "two", "detail": {"id": 7}},
        RULE,
        "Root=1",
        ("bus",),
    )
    assert 4990 < event.accepted <= 5000
    second.ended(Ended(event, Delivered(), 0, None, 0.0))
    journal.close()
    assert Journal.open(tmp_path).spaces() == []
