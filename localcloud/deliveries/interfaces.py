"""What deliveries need of the cloud around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from localcloud.deliveries.messages import Attribute, Message
from localcloud.deliveries.outcomes import Outcome
from localcloud.deliveries.subscribers import Subscriber


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


class LambdaFunctions(Protocol):
    """Lambda."""

    async def invoke(self, function: str, payload: bytes, source: str) -> Outcome:
        """Invoke a function asynchronously, on behalf of the topic ``source``.

        Delivered means that Lambda has taken the event.
        """
        ...


class DeliveryStreams(Protocol):
    """Firehose."""

    async def put(self, stream: str, data: str) -> Outcome:
        """Put a record into the delivery stream with this ARN."""
        ...


class Pending(Protocol):
    """Keeps deliveries that have not come to their end over the end of the process."""

    def begin(self, subscriber: Subscriber, message: Message) -> str:
        """Keep a delivery; return its key."""
        ...

    def ended(self, key: str) -> None:
        """Forget a delivery."""
        ...


class DeliveryJournal(Protocol):
    """A listener for the ends of deliveries. It must return at once."""

    def delivered(self, subscriber: Subscriber, size: int) -> None:
        """Take note that a subscriber has a message of so many bytes."""
        ...

    def failed(self, subscriber: Subscriber, reason: str, redriven: bool | None) -> None:
        """Take note that a subscriber never gets a message.

        Parameters
        ----------
        redriven
            Whether its dead-letter queue has it; None where there is none.
        """
        ...
