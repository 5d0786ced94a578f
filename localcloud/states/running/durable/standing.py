"""How far a line of control was when the process ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from localcloud.states.language.scope import Json
from localcloud.states.running.history import Event
from localcloud.states.running.tokens import TokenAnswer


class EnteredState(NamedTuple):
    """An event that the current attempt has left, and its id."""

    id: int
    event: Event


@dataclass(slots=True)
class Standing:
    """How far a line of control was when the process ended.

    Attributes
    ----------
    inside
        Whether its state was entered; else it is the next.
    over, output
        Whether the line had come to its end, and what it left.
    attempt
        The ids of the events that the current attempt has left.
    entered
        Those that it has not come to again.
    passed
        The time of the last one that it came to.
    last
        The last event of the line.
    retries
        How often each retrier had tried again.
    until
        The end of a Wait, or of the pause before the attempt.
    token, answer
        The token of the attempt, and what it was answered with.
    parallel
        Whether the lines within are branches.
    """

    inside: bool = False
    over: bool = False
    output: Json = None
    attempt: list[int] = field(default_factory=list)
    entered: deque[EnteredState] = field(default_factory=deque)
    passed: float | None = None
    last: int = 0
    retries: list[int] = field(default_factory=list)
    until: float | None = None
    token: str | None = None
    answer: TokenAnswer | None = None
    parallel: bool = False

    def expect(self, events: Sequence[Event], last: int) -> None:
        """Pass over the events of the attempt when it comes to them again.

        Parameters
        ----------
        events
            The execution's history.
        last
            The last event of the line.
        """
        self.last = last
        self.entered = deque(EnteredState(number, events[number - 1]) for number in self.attempt)

    def begin_attempt(self) -> None:
        """Forget what an earlier attempt has left."""
        self.attempt = []
        self.token = self.answer = None
