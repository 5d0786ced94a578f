"""A line of control of a durable execution: writes down what happens, and goes on after a restart.

Its operations, each with the line's path (the numbers of the branches and iterations that lead to it):

======  ========================================================  ===========================================
code    members                                                   meaning
======  ========================================================  ===========================================
``e``   type, previous id, time, details, known values, next      an event; what follows a state
``r``   retries of each retrier, end of the pause                 the next attempt is to come
``w``   end                                                       a Wait ends then
``f``   error, cause, whether a heartbeat was missed, last id     an attempt failed
``t``   token                                                     the token of the attempt
``a``   output, or error, cause and whether a heartbeat missed    the answer to it
======  ========================================================  ===========================================

A state that was entered and not left is run again; each event that its attempt has left already is passed
over, with the results that it holds. So the history goes on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from localcloud.clock import CLOCK
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.durable.journal import ExecutionJournal
from localcloud.states.running.durable.standing import Standing
from localcloud.states.running.durable.values import Values
from localcloud.states.running.frame import Frame
from localcloud.states.running.host import Owner, StateEntered
from localcloud.states.running.lines import Lines
from localcloud.states.running.timeouts import HeartbeatMissed
from localcloud.states.running.tokens import TaskToken, TokenAnswer, Tokens


class DurableOwner(Owner, Protocol):
    """A durable execution, as its frames see it: see `localcloud.states.running.durable.execution`."""

    @property
    def journal(self) -> ExecutionJournal:
        """Where it is written down."""

    @property
    def number(self) -> int:
        """Its number there."""


class DurableFrame(Frame):
    """A line of control that is written down.

    Parameters
    ----------
    outer
        The line around it, and the number of the branch or iteration.

    Attributes
    ----------
    path
        The numbers of the branches and iterations that lead to it.
    values
        What the journal has of its data.
    outer
        The line around it; None for the whole machine's.
    standing
        How far it was before a restart; None once it is beyond that, and for any other.
    """

    __slots__ = ("outer", "path", "standing", "values")
    execution: DurableOwner

    def __init__(
        self,
        execution: DurableOwner,
        base: dict[str, Json] | None,
        variables: dict[str, Json],
        last: int,
        outer: tuple[DurableFrame, int] | None = None,
    ) -> None:
        super().__init__(execution, base, variables, last)
        self.outer: DurableFrame | None = None
        self.path: tuple[int, ...] = ()
        self.values = Values(execution.data)
        if outer is not None:
            self.outer, number = outer
            self.path = (*self.outer.path, number)
            self.values.latest, self.values.flow = self.outer.values.latest, self.outer.values.flow
        self.standing: Standing | None = None

    def inner(self, number: int = 0, **context: Json) -> DurableFrame:
        """Return the frame of a branch or an iteration that starts here."""
        base = self._extended(context)
        return DurableFrame(self.execution, base, dict(self.variables), self.last, (self, number))

    @property
    def number(self) -> int:
        """The number of the branch or the iteration."""
        return self.path[-1]

    # What happens is written down.

    def _write(self, code: str, *members: Json) -> None:
        execution = self.execution
        execution.journal.append(execution.number, [code, self.path, *members])

    def note(self, kind: str, details: dict[str, Any] | None = None, timestamp: float | None = None) -> int:
        """Add an event to this line; return its id."""
        number = self.add(kind, self.last, details, timestamp)
        standing = self.standing
        # Behind the last event that is passed over, lines within may have left more.
        passed = standing is not None and standing.passed is not None and not standing.entered
        self.last = standing.last if standing is not None and passed else number
        return number

    def add(
        self,
        kind: str,
        previous: int,
        details: dict[str, Any] | None = None,
        timestamp: float | None = None,
        following: str | None = None,
    ) -> int:
        """Add an event, or pass over the one that was left before a restart; return its id."""
        standing = self.standing
        if standing is not None:
            if standing.entered and standing.entered[0].event.kind == kind:
                number, event = standing.entered.popleft()
                standing.passed = event.timestamp
                return number
            self.standing = None
        timestamp = timestamp or CLOCK.now()
        written, references = (None, None) if details is None else self.values.written(details)
        self._write("e", kind, previous, timestamp, written, references or None, following)
        return self.execution.history.add(kind, previous, details, timestamp)

    def retrying(self, retries: list[int], seconds: float) -> None:
        """Write down when the next attempt begins."""
        self.standing = None
        self._write("r", list(retries), CLOCK.now() + seconds)

    def failed(self, error: StatesError) -> None:
        """Write down what an attempt failed with."""
        self.standing = None
        self._write("f", *_written(error), self.last)

    def remaining(self, seconds: float) -> float:
        """Return how long a wait of so many seconds still lasts; its end stays where it was."""
        standing = self.standing
        if standing is not None and standing.until is not None:
            return max(0.0, standing.until - CLOCK.now())
        if seconds > 0:
            self._write("w", CLOCK.now() + seconds)
        return seconds

    def token_of(self, tokens: Tokens) -> TaskToken:
        """Return the token of this attempt: that of before a restart, if it has one."""
        text = None if self.standing is None else self.standing.token
        if text is not None:
            return tokens.find(text) or tokens.restore(text, self.execution.machine_arn)
        token = tokens.issue(self.execution.machine_arn)
        token.note = self.answer_recorded
        self._write("t", token.text)
        return token

    def restore_token(self) -> None:
        """Let the token of this attempt be answered again, if it has one and was not answered."""
        if self.standing is None or self.standing.token is None or not self.standing.inside:
            return
        token = self.execution.host.tokens.restore(self.standing.token, self.execution.machine_arn)
        if self.standing.answer is not None:
            token.end(self.standing.answer)
        token.note = self.answer_recorded

    def answer_recorded(self, answer: TokenAnswer) -> None:
        """Write down what the token of this attempt is answered with."""
        if answer.error is None:
            self._write("a", answer.output)
        else:
            self._write("a", None, *_written(answer.error))

    def persist(self) -> None:
        """Make durable what has happened."""
        self.execution.journal.flush()

    # Going on after a restart.

    def begin_lines(self) -> Lines[Frame]:
        """Return the lines of the attempt: those of before a restart, if it had some."""
        if self.standing is not None and self.lines is not None:
            return self.lines
        return super().begin_lines()

    def position(self, start: str, data: Json) -> tuple[str | None, Json, bool]:
        """Return the state where the line goes on, its input, and whether it had been entered."""
        standing = self.standing
        if standing is None:
            return start, data, False
        if standing.over:
            return None, standing.output, False
        name, data = self.at or (start, data)
        return name, data, standing.inside

    def go_on(self, state: StateEntered) -> None:
        """Go on with a state that had been entered."""
        self._state, self._context = state, None

    def stand(self, at: tuple[str, Json], moment: float) -> None:
        """Be in a state, with an input, that was entered at a moment."""
        self.at, self._moment = at, moment

    def attempts(self, retriers: int) -> list[int]:
        """Return how often each retrier of the current state has tried again."""
        retries = self.standing.retries if self.standing is not None else ()
        return list(retries) or super().attempts(retriers)

    def pause(self) -> float:
        """Return what is left of the pause before the current attempt."""
        until = None if self.standing is None else self.standing.until
        return 0.0 if until is None else max(0.0, until - CLOCK.now())

    def elapsed(self) -> float:
        """Return the seconds since the event that was passed over last, but for those when nothing ran."""
        passed = None if self.standing is None else self.standing.passed
        return 0.0 if passed is None else self.execution.journal.pauses.spent(passed, CLOCK.now())

    def recorded(self, *kinds: str) -> Mapping[str, Any] | None:
        """Return the details of the next event that was left before the restart, if it is of such a type."""
        if self.standing is None or not self.standing.entered:
            return None
        event = self.standing.entered[0].event
        return (event.details or {}) if event.kind in kinds else None


def _written(error: StatesError) -> tuple[str | None, str | None, bool]:
    return error.error, error.cause, isinstance(error, HeartbeatMissed)
