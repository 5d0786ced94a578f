"""The live subscriptions of an Event API, and the fan-out of an event to them.

An event is encoded once; into each frame only the subscription's id is spliced. A channel has few patterns
that can match it (its own path and one per level above), so finding subscribers is a few look-ups.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Final, Protocol

from localcloud.appsync.definition import JSON
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.events.frames import ErrorFrame, data_prefix
from localcloud.appsync.serving.actions import encode

MAX_EVENT_BYTES: Final = 240 * 1024
_NOT_SENT: Final[dict[str, JSON]] = {
    "errorType": "MessageProcessingError",
    "message": "An error occurred while processing the message",
}
log = logging.getLogger(__name__)


class Outbox(Protocol):
    """Where a subscriber's frames go; it never waits."""

    def send(self, payload: bytes) -> None:
        """Send a text frame."""


@dataclass(frozen=True, eq=False)
class Subscription:
    """One subscriber: a channel or pattern, and where its frames go."""

    id: str
    channel: Channel
    outbox: Outbox
    prefix: bytes


class EventHub:
    """The subscriptions of one Event API. It outlives the API's definition: a reload keeps subscribers."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._members: dict[str, dict[Subscription, None]] = {}

    def register(self, id_: str, channel: Channel, outbox: Outbox) -> Subscription:
        """Make a subscriber live."""
        subscription = Subscription(id_, channel, outbox, data_prefix(id_))
        self._members.setdefault(channel.path, {})[subscription] = None
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscriber."""
        members = self._members.get(subscription.channel.path)
        if members is not None:
            members.pop(subscription, None)
            if not members:
                del self._members[subscription.channel.path]

    def publish(self, channel: Channel, event: str) -> int:
        """Send an event, JSON text, to the subscribers of its channel; return their number.

        One that a handler made larger than 240 KB is not delivered; its subscribers get an error.
        """
        subscriptions = [
            subscription for path in channel.patterns() for subscription in self._members.get(path, ())
        ]
        size = len(event.encode(errors="replace"))
        if size > MAX_EVENT_BYTES:
            log.error(
                "Event API %s: a handler made an event of %d bytes for %s. AWS sends none over 240 KB, so %d "
                "subscriber(s) do not get it.",
                self._name, size, channel.path, len(subscriptions),
            )  # fmt: skip
            for subscription in subscriptions:
                subscription.outbox.send(encode(ErrorFrame("broadcast_error", _NOT_SENT, subscription.id)))
            return 0
        tail = json.dumps(event).encode() + b"}"
        for subscription in subscriptions:
            subscription.outbox.send(subscription.prefix + tail)
        return len(subscriptions)

    def __len__(self) -> int:
        return sum(map(len, self._members.values()))
