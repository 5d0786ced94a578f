"""Dead letters, typed: where they lie, what they are about, and how they go back; for staff."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from gql import GraphQLRequest

from clients import operations, reading

Execute = Callable[[GraphQLRequest], Awaitable[dict[str, object]]]
ACTIVE = frozenset({"RUNNING", "CANCELLING"})


@dataclass(frozen=True, slots=True)
class Move:
    """How far SQS is with moving a place's messages back."""

    status: str
    moved: int
    total: int
    failure: str | None

    @property
    def active(self) -> bool:
        """Whether it still runs."""
        return self.status in ACTIVE

    @classmethod
    def parse(cls, value: object, where: str) -> Move | None:
        """Read GraphQL's ``DeadLetterMove``; None for null."""
        if value is None:
            return None
        data = reading.mapping(value, where)
        return cls(
            status=reading.text(data.get("status"), f"{where}.status"),
            moved=reading.whole(data.get("moved"), f"{where}.moved"),
            total=reading.whole(data.get("total"), f"{where}.total"),
            failure=reading.optional_text(data.get("failure"), f"{where}.failure"),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A queue of dead letters; ``document`` is GraphQL's whole answer.

    Attributes
    ----------
    oldest_at
        When the oldest was sent; None where there is none, or a move runs.
    """

    name: str
    purpose: str
    way: str
    depth: int
    oldest_at: datetime | None
    move: Move | None
    document: dict[str, object]

    @classmethod
    def parse(cls, value: object, where: str = "place") -> Place:
        """Read GraphQL's ``DeadLetterPlace``."""
        data = reading.mapping(value, where)
        oldest = data.get("oldestAt")
        return cls(
            name=reading.text(data.get("name"), f"{where}.name"),
            purpose=reading.text(data.get("purpose"), f"{where}.purpose"),
            way=reading.text(data.get("way"), f"{where}.way"),
            depth=reading.whole(data.get("depth"), f"{where}.depth"),
            oldest_at=None if oldest is None else reading.instant(oldest, f"{where}.oldestAt"),
            move=Move.parse(data.get("move"), f"{where}.move"),
            document=data,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that could not be handled.

    Attributes
    ----------
    problem
        Why it cannot go back; None when it can.
    """

    id: str
    sent_at: datetime
    what: str
    order_ids: tuple[str, ...]
    cause: str | None
    attempts: int | None
    problem: str | None
    document: dict[str, object]

    @classmethod
    def parse(cls, value: object, where: str = "letter") -> Letter:
        """Read GraphQL's ``DeadLetter``."""
        data = reading.mapping(value, where)
        attempts = data.get("attempts")
        orders = reading.sequence(data.get("orderIds"), f"{where}.orderIds")
        return cls(
            id=reading.text(data.get("id"), f"{where}.id"),
            sent_at=reading.instant(data.get("sentAt"), f"{where}.sentAt"),
            what=reading.text(data.get("what"), f"{where}.what"),
            order_ids=tuple(reading.text(order, f"{where}.orderIds[]") for order in orders),
            cause=reading.optional_text(data.get("cause"), f"{where}.cause"),
            attempts=None if attempts is None else reading.whole(attempts, f"{where}.attempts"),
            problem=reading.optional_text(data.get("problem"), f"{where}.problem"),
            document=data,
        )


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of one call; ``failures`` maps a message's id to why it stays."""

    matched: int
    redriven: int
    failures: dict[str, str]
    more: bool
    move: Move | None

    @classmethod
    def parse(cls, value: object, where: str = "redrive") -> Redriven:
        """Read GraphQL's ``DeadLetterRedrive``."""
        data = reading.mapping(value, where)
        failures = [
            reading.mapping(item, f"{where}.failures[]")
            for item in reading.sequence(data.get("failures"), f"{where}.failures")
        ]
        return cls(
            matched=reading.whole(data.get("matched"), f"{where}.matched"),
            redriven=reading.whole(data.get("redriven"), f"{where}.redriven"),
            failures={
                reading.text(item.get("id"), f"{where}.failures[].id"): reading.text(
                    item.get("reason"), f"{where}.failures[].reason"
                )
                for item in failures
            },
            more=data.get("more") is True,
            move=Move.parse(data.get("move"), f"{where}.move"),
        )


class DeadLetterDesk:
    """The operations, for staff. Each raises ``NotAllowed`` for other users.

    Parameters
    ----------
    execute
        Sends a request, and returns its data.
    """

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    async def places(self) -> tuple[Place, ...]:
        """Return every place of the stack."""
        data = await self._execute(operations.DEAD_LETTERS)
        listed = reading.sequence(data.get("deadLetters"), "deadLetters")
        return tuple(Place.parse(item, f"deadLetters[{n}]") for n, item in enumerate(listed))

    async def letters(self, place: str, *, limit: int = 50) -> tuple[Letter, ...]:
        """Return what lies in a place, the oldest first. Raises ``DeadLettersNotFound``."""
        request = operations.with_variables(operations.DEAD_LETTER_MESSAGES, place=place, limit=limit)
        listed = reading.sequence((await self._execute(request)).get("deadLetterMessages"), "letters")
        return tuple(Letter.parse(item, f"letters[{n}]") for n, item in enumerate(listed))

    async def redrive(self, place: str, *, only: str | None = None, dry_run: bool = False) -> Redriven:
        """Put messages back where they came from: one call, which may leave ``more``.

        Raises
        ------
        DeadLettersNotFound
        """
        document: dict[str, object] = {"place": place, "dryRun": dry_run}
        if only is not None:
            document["orderId"] = only
        request = operations.with_variables(operations.REDRIVE_DEAD_LETTERS, input=document)
        return Redriven.parse((await self._execute(request)).get("redriveDeadLetters"))
