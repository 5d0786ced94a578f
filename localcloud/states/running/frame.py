"""Where an execution stands: the root, a branch of a Parallel, or an iteration of a Map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.clock import CLOCK
from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import Json, Scope
from localcloud.states.running.clock import iso
from localcloud.states.running.frame_scope import FrameScope
from localcloud.states.running.host import Owner, StateEntered
from localcloud.states.running.lines import Lines
from localcloud.states.running.tokens import TaskToken, Tokens

RUNTIME = "States.Runtime"
QUERY = "States.QueryEvaluationError"


class Frame:
    """One line of control.

    Attributes
    ----------
    execution
        The execution that it belongs to.
    variables
        By name. A frame starts with a copy of those of the frame around it: it reads them all and
        writes its own.
    last
        The id of the last event on this line.
    entered
        The id of the current state's entered event.
    context
        The context object, of the current state; put together when it is read.
    token
        The token of the current state's task, if it waits for one.
    at
        The name of the current state and its input: where a redrive begins.
    lines
        How far the lines within the current state are, if it has some.
    redriven
        The lines with which a redriven Parallel or Map goes on.
    failure
        What the current attempt of a restored execution's state has failed with; else None.
    stages
        What TestState inspects: a dictionary that states fill; else None.
    """

    __slots__ = (
        *("_base", "_context", "_moment", "_retries", "_state", "entered", "execution", "last"),
        *("at", "failure", "lines", "redriven", "stages", "token", "variables"),
    )

    def __init__(
        self, execution: Owner, base: dict[str, Json] | None, variables: dict[str, Json], last: int
    ) -> None:
        self.execution = execution
        self.variables = variables
        self.last = self.entered = last
        # What the context object holds whatever the state; None for the execution's own.
        self._base = base
        self._context: dict[str, Json] | None = None
        self._state: StateEntered | None = None
        self._moment = 0.0
        self._retries = 0
        self.token: str | None = None
        self.at: tuple[str, Json] | None = None
        self.lines: Lines[Frame] | None = None
        self.redriven: Lines[Frame] | None = None
        self.failure: StatesError | None = None
        self.stages: dict[str, Any] | None = None

    @property
    def context(self) -> dict[str, Json]:
        """The context object."""
        if self._context is None:
            self._context = self._assembled()
        return self._context

    @context.setter
    def context(self, context: dict[str, Json]) -> None:
        self._context = context

    def _assembled(self) -> dict[str, Json]:
        base = self.execution.context() if self._base is None else self._base
        state = self._state
        if state is None:
            return base
        state_context = {"EnteredTime": iso(self._moment), "Name": state.name, **state.context}
        if self._retries:
            state_context["RetryCount"] = self._retries
        task = {} if self.token is None else {"Task": {"Token": self.token}}
        return {**base, "State": state_context, **task}

    def inner(self, number: int = 0, **context: Json) -> Frame:
        """Return the frame of a branch or an iteration that starts here."""
        return Frame(self.execution, self._extended(context), dict(self.variables), self.last)

    def _extended(self, context: dict[str, Json]) -> dict[str, Json] | None:
        """Return what the context object of a line within holds whatever the state."""
        if not context:
            return self._base
        return {**(self.execution.context() if self._base is None else self._base), **context}

    def resume(self, before: Frame) -> None:
        """Take up where the frame of an earlier try stopped."""
        self.variables, self.at, self.redriven = before.variables, before.at, before.lines

    def begin_lines(self) -> Lines[Frame]:
        """Return the lines of the attempt that begins: none, or what a redriven execution had."""
        before, self.redriven = self.redriven, None
        self.lines = Lines(results=dict(before.results) if before else {}, before=before)
        return self.lines

    def line(self, number: int, **context: Json) -> Frame:
        """Start the branch or the iteration of this number, or go on with one that was restored."""
        assert self.lines is not None
        inner = self.lines.frames.get(number)
        if inner is not None:
            inner._base = self._extended(context)
            return inner
        inner = self.lines.frames[number] = self.inner(number, **context)
        before = self.lines.before
        if before is not None and number in before.frames:
            inner.resume(before.frames[number])
        return inner

    def rest(self) -> None:
        """Take less memory while the state waits for a while."""
        if self.stages is None:
            self._context = None
            self.execution.rest()

    def enter(self, state: StateEntered, data: Json) -> None:
        """Note that ``state`` is entered with ``data``."""
        now = CLOCK.now()
        self.entered = self.note(state.entered_kind, {"input": data, "name": state.name}, now)
        self._state, self._moment, self._retries = state, now, 0
        self._context = self.token = self.lines = None
        self.at = (state.name, data)
        self.execution.entered()

    def retried(self, count: int) -> None:
        """Show the number of retries of the current state in the context object."""
        self._retries, self._context = count, None

    def note(self, kind: str, details: dict[str, Any] | None = None, timestamp: float | None = None) -> int:
        """Add an event to this line; return its id."""
        self.last = self.execution.history.add(kind, self.last, details, timestamp)
        return self.last

    def add(
        self,
        kind: str,
        previous: int,
        details: dict[str, Any] | None = None,
        timestamp: float | None = None,
        following: str | None = None,
    ) -> int:
        """Add an event that others need not follow; return its id."""
        return self.execution.history.add(kind, previous, details, timestamp)

    def leave(
        self, state: StateEntered, output: Json, assigned: dict[str, Json] | None, following: str | None
    ) -> None:
        """Note that ``state`` is left with ``output`` for ``following``; its variables are assigned now."""
        self.execution.check_size(state.name, output)
        details: dict[str, Any] = {"name": state.name, "output": output}
        if assigned:
            self.variables.update(assigned)
            details["assignedVariables"] = assigned
        self.last = self.add(state.exited_kind, self.last, details, None, following)

    # What the frame of a durable execution does besides: see running/durable.

    def position(self, start: str, data: Json) -> tuple[str | None, Json, bool]:
        """Return the state where the line begins, its input, and whether it has been entered already."""
        return start, data, False

    def go_on(self, state: StateEntered) -> None:
        """Go on with a state that was entered before a restart."""

    def attempts(self, retriers: int) -> list[int]:
        """Return how often each retrier of the current state has tried again."""
        return [0] * retriers

    def pause(self) -> float:
        """Return what is left of the pause before the current attempt."""
        return 0.0

    def retrying(self, retries: list[int], seconds: float) -> None:
        """Take note that the next attempt begins after some seconds."""

    def failed(self, error: StatesError) -> None:
        """Take note of what an attempt failed with."""

    def remaining(self, seconds: float) -> float:
        """Return how long a wait of so many seconds still lasts."""
        return seconds

    def elapsed(self) -> float:
        """Return the seconds that a time limit has counted already."""
        return 0.0

    def recorded(self, *kinds: str) -> Mapping[str, Any] | None:
        """Return the details of the next event, if it is of such a type and was left before a restart."""
        return None

    def token_of(self, tokens: Tokens) -> TaskToken:
        """Return the token of this attempt."""
        return tokens.issue(self.execution.machine_arn)

    def persist(self) -> None:
        """Make durable what has happened: something leaves that could come back."""

    def scope(self, data: Json) -> Scope:
        """Return what expressions may read, with ``data`` as their ``$``."""
        return FrameScope(data, self)

    def keep(self, stage: str, value: Json) -> None:
        """Keep a stage of the data for TestState."""
        if self.stages is not None:
            self.stages[stage] = value

    def _cause_of(self, state: StateEntered) -> int:
        """Return the event that an EvaluationFailed follows: in a Map (recorded) what led to the state."""
        if state.kind != "Map" or self.last != self.entered:
            return self.last
        events = self.execution.history.events
        return events[self.entered - 1].previous if events else self.last

    def described(self, state: StateEntered, error: StatesError) -> StatesError:
        """Return an error with the state that it occurred in, as AWS's causes begin.

        A JSONata field that cannot be evaluated leaves an event of its own.
        """
        if not isinstance(error, EvaluationError):
            return error
        where = f"the state '{state.name}' (entered at the event id #{self.entered})"
        cause = f"An error occurred while executing {where}. {error.cause}"
        if error.error == QUERY:
            details = {"cause": cause, "error": error.error, "state": state.name}
            if error.location:
                details["location"] = error.location
            self.last = self.add("EvaluationFailed", self._cause_of(state), details)
        return StatesError(error.error, cause)
