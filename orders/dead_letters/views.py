"""Dead letters as the GraphQL contract shows them."""

from __future__ import annotations

from typing import TypedDict

from orders.dead_letters.model import Described, Inspected, Move, Redriven
from orders.dead_letters.places import purpose


class MoveView(TypedDict):
    """GraphQL's `DeadLetterMove`."""

    status: str
    moved: int
    total: int
    startedAt: str
    failure: str | None


class PlaceView(TypedDict):
    """GraphQL's `DeadLetterPlace`."""

    name: str
    purpose: str
    way: str
    depth: int
    oldestAt: str | None
    move: MoveView | None


class LetterView(TypedDict):
    """GraphQL's `DeadLetter`."""

    id: str
    sentAt: str
    what: str
    orderIds: list[str]
    cause: str | None
    attempts: int | None
    problem: str | None


class FailureView(TypedDict):
    """GraphQL's `DeadLetterFailure`."""

    id: str
    reason: str


class RedriveView(TypedDict):
    """GraphQL's `DeadLetterRedrive`."""

    matched: int
    redriven: int
    failures: list[FailureView]
    more: bool
    move: MoveView | None


def place_view(inspected: Inspected) -> PlaceView:
    """Return how a place is doing."""
    return {
        "name": inspected.place.name,
        "purpose": purpose(inspected.place.name),
        "way": inspected.place.way.value,
        "depth": inspected.depth,
        "oldestAt": inspected.oldest_at,
        "move": None if inspected.move is None else move_view(inspected.move),
    }


def letter_view(described: Described) -> LetterView:
    """Return what a letter is about; never its body."""
    letter, contents = described.letter, described.contents
    return {
        "id": letter.message_id,
        "sentAt": letter.sent_at,
        "what": contents.what,
        "orderIds": list(contents.orders),
        "cause": contents.cause,
        "attempts": contents.attempts,
        "problem": contents.problem,
    }


def redrive_view(redriven: Redriven) -> RedriveView:
    """Return what became of a redrive."""
    return {
        "matched": redriven.matched,
        "redriven": redriven.redriven,
        "failures": [{"id": failure.message_id, "reason": failure.reason} for failure in redriven.failures],
        "more": redriven.more,
        "move": None if redriven.move is None else move_view(redriven.move),
    }


def move_view(move: Move) -> MoveView:
    """Return how far SQS is with moving letters back."""
    return {
        "status": move.status,
        "moved": move.moved,
        "total": move.total,
        "startedAt": move.started_at,
        "failure": move.failure,
    }
