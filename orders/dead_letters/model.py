"""What a dead-letter place is, what lies there, and what became of a redrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from orders.model import OrderId, Timestamp


class Way(StrEnum):
    """How a letter goes back to where it came from."""

    MOVE = "MOVE"
    """To the queue whose dead letters these are."""
    STREAM = "STREAM"
    """The records that it names are read from the stream and handled again."""
    INVOKE = "INVOKE"
    """The event that it holds is handled again."""
    REPUBLISH = "REPUBLISH"
    """Its change is published again, through the redelivery queue."""
    EVENT = "EVENT"
    """The event goes on its bus once more, and all rules receive it again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A queue of dead letters.

    Attributes
    ----------
    name
        Unique in the stack, such as ``orders``.
    url
        The queue's.
    target
        What a letter goes back to: a queue's URL (MOVE, REPUBLISH), a function's ARN (STREAM, INVOKE) or a
        bus (EVENT).
    """

    name: str
    way: Way
    url: str
    target: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was received.

    Attributes
    ----------
    receipt
        What deletes it or gives it back.
    attributes
        Its message attributes of the type String or Number.
    group
        Its group in a FIFO queue.
    """

    message_id: str
    receipt: str
    body: str = field(repr=False)
    sent_at: Timestamp
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Where records are in a stream: what Lambda reports of a batch that it gave up."""

    stream: str
    shard: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter is about, without confidential values.

    Attributes
    ----------
    orders
        The orders that it names; for a batch of a stream, those of its records while these are there.
    cause
        Why it is here; None where unknown.
    attempts
        How often it was tried; None where it was not counted.
    problem
        Why it cannot go back; None when it can.
    """

    what: str
    orders: tuple[OrderId, ...] = ()
    cause: str | None = None
    attempts: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A letter with its contents."""

    letter: Letter
    contents: Contents


MoveStatus = Literal["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Move:
    """A message move task: SQS itself brings all of a queue's letters back.

    Attributes
    ----------
    total
        About how many there were when it began.
    """

    status: MoveStatus
    moved: int
    total: int
    started_at: Timestamp
    failure: str | None = None

    @property
    def active(self) -> bool:
        """Whether it still runs."""
        return self.status in {"RUNNING", "CANCELLING"}


@dataclass(frozen=True, slots=True)
class Inspected:
    """How a place is doing.

    Attributes
    ----------
    depth
        About how many letters it holds, those included that another reader looks at just now.
    oldest_at
        When the oldest of those that were looked at was sent; None where there is none, or a move runs.
    move
        The latest.
    """

    place: Place
    depth: int
    oldest_at: Timestamp | None = None
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A letter that stays where it is, and why."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of a redrive.

    Attributes
    ----------
    matched
        Letters that it is about.
    redriven
        Those that went back; with ``move`` SQS is about to bring all back.
    more
        Whether time ran out: call again.
    """

    matched: int
    redriven: int = 0
    failures: tuple[Failure, ...] = ()
    more: bool = False
    move: Move | None = None
