"""What redriving needs of the services that hold letters and what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from orders.dead_letters.model import Letter, Move, StreamBatch

Record = Mapping[str, object]
"""A record of a stream, in the form in which Lambda hands it to a function."""


class Queues(Protocol):
    """Queues, each named by its URL."""

    def depth(self, url: str) -> int:
        """Return about how many messages there are, hidden ones included."""
        ...

    def attempts(self, url: str) -> int | None:
        """Return after how many receipts a queue gives a message up; None when it never does."""
        ...

    def take(self, url: str, *, seconds: int) -> Sequence[Letter]:
        """Receive up to ten messages, hidden from others for some seconds; none when there are no more."""
        ...

    def give_back(self, url: str, letters: Sequence[Letter]) -> None:
        """Show messages to others again."""
        ...

    def delete(self, url: str, letter: Letter) -> None:
        """Delete a message."""
        ...

    def send(self, url: str, letter: Letter) -> None:
        """Send a message's body and attributes to another queue; a FIFO queue takes each letter once."""
        ...

    def start_move(self, source: str, target: str) -> None:
        """Have all messages moved; nothing changes when a move is under way already."""
        ...

    def move(self, source: str) -> Move | None:
        """Return the latest task that moves a queue's messages."""
        ...


class Streams(Protocol):
    """Tables' streams, and those of Kinesis."""

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        """Return the records from a batch's first to its last.

        Raises
        ------
        RecordsGone
        """
        ...


class Functions(Protocol):
    """Functions, each named by its ARN."""

    def handle(self, arn: str, event: object) -> object:
        """Have a function handle an event, and return its answer.

        Raises
        ------
        NotHandled
        """
        ...


class Buses(Protocol):
    """EventBridge buses, each named by its name or ARN."""

    def put(self, bus: str, event: Mapping[str, object]) -> None:
        """Put an event, as rules' targets see it, on a bus again.

        Raises
        ------
        NotHandled
        """
        ...
