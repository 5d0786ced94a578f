"""What deliveries need of the cloud around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from localcloud.deliveries.messages import Attribute
from localcloud.deliveries.outcomes import Outcome


@dataclass(frozen=True)
class QueueMessage:
    """What is put into a queue."""

    body: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    group: str | None = None
    deduplication: str | None = None


class Queues(Protocol):
    """SQS."""

    def send(self, queue: str, message: QueueMessage, source: str) -> Outcome:
        """Put a message into the queue with this ARN, on behalf of the topic ``source``."""
        ...


class Functions(Protocol):
    """Lambda."""

    async def invoke(self, function: str, payload: bytes) -> Outcome:
        """Invoke a function asynchronously; delivered means that Lambda has taken the event."""
        ...


class Journal(Protocol):
    """Who is told how deliveries end."""

    def delivered(self, protocol: str, size: int) -> None:
        """Take note that a subscriber has a message of so many bytes."""
        ...

    def notified(self, topic: str, *, delivered: bool) -> None:
        """Take note of what became of a topic's message for one subscriber, in the end."""
        ...
