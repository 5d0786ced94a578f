"""SNS's deliveries that have not come to their end, in the engine's journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from localcloud.deliveries.facade import Attribute, Message, Subscriber
from localcloud.journal import Journal

SPACE: Final = "sns/pending"


class PendingMessages:
    """Writes each delivery down when it begins, and strikes it out at its end.

    A delivery that the end of the process cut off starts over: its subscriber may get the message
    twice, and its schedule of attempts starts from the beginning.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._unfinished = journal.take(SPACE)

    def begin(self, subscriber: Subscriber, message: Message) -> str:
        """Keep a delivery; return its key."""
        key = f"{subscriber.arn} {message.id}"
        self._journal.put(SPACE, key, {"subscription": subscriber.arn, "message": asdict(message)})
        return key

    def ended(self, key: str) -> None:
        """Forget a delivery."""
        self._journal.delete(SPACE, key)

    def unfinished(self) -> Iterator[tuple[str, str, Message]]:
        """Yield what the process before had not brought to its end: key, subscription and message."""
        unfinished, self._unfinished = self._unfinished, {}
        for key, record in unfinished.items():
            message = record["message"]
            attributes = {name: Attribute(**attribute) for name, attribute in message["attributes"].items()}
            yield key, record["subscription"], Message(**{**message, "attributes": attributes})
