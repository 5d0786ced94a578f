"""Rules, targets and what arrives, in a few words for the tests of EventBridge."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.test_queues import queue
from tests.engine.world import ACCOUNT, World, wait_until

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


class Mailbox:
    """A queue to look into."""

    def __init__(self, world: World, **attributes: str) -> None:
        self.url, self.arn = queue(world, **attributes)
        self._sqs = world.client("sqs")

    def next(self) -> dict[str, Any]:
        """Return the next message, and take it away."""

        def look() -> Any:
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            return answer.get("Messages")

        message: dict[str, Any] = wait_until(look)[0]
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def empty(self) -> bool:
        return not self._sqs.receive_message(QueueUrl=self.url).get("Messages")


def attributes(message: dict[str, Any]) -> dict[str, str]:
    """Return a dead letter's attributes as plain texts."""
    return {name: item["StringValue"] for name, item in message["MessageAttributes"].items()}


class Rules:
    """One rule on the default bus, or another, with targets and dead letters."""

    def __init__(self, world: World, bus: str = "default") -> None:
        self._world, self._events = world, world.client("events")
        self.bus, self.name = bus, world.name("rule")
        self.dead = Mailbox(world)
        self.arn: str = self._events.put_rule(
            Name=self.name, EventBusName=bus, EventPattern=json.dumps({"source": [self.name]})
        )["RuleArn"]

    def target(self, arn: str, **members: Any) -> None:
        """Let the rule have this target alone, with a dead-letter queue."""
        document = {"Id": "t", "Arn": arn, "DeadLetterConfig": {"Arn": self.dead.arn}, **members}
        self._events.put_targets(Rule=self.name, EventBusName=self.bus, Targets=[document])

    def put(self, detail: Any = None, **members: Any) -> str:
        """Put an event that the rule matches; return its id."""
        entry = {
            "Source": self.name,
            "DetailType": "Ordered",
            "Detail": json.dumps({} if detail is None else detail),
            "EventBusName": self.bus,
            **members,
        }
        answer = self._events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer
        identifier: str = answer["Entries"][0]["EventId"]
        return identifier
