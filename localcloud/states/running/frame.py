"""Where an execution stands: the root, a branch of a Parallel, or an iteration of a Map."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import ABSENT, Json, Scope
from localcloud.states.running.clock import iso

if TYPE_CHECKING:
    from localcloud.states.running.execution import Execution
    from localcloud.states.running.lines import Lines
    from localcloud.states.running.states.base import State

RUNTIME = "States.Runtime"
QUERY = "States.QueryEvaluationError"


class FrameScope(Scope):
    """What expressions of a state may read; the context object is built when one reads it."""

    __slots__ = ("_context", "_frame")

    def __init__(self, data: Json, frame: Frame) -> None:
        self.data = data
        self.variables = frame.variables
        self.result = self.error_output = ABSENT
        self._frame = frame
        self._context: Mapping[str, Json] | None = None

    @property
    def context(self) -> Mapping[str, Json]:
        """The context object."""
        return self._frame.context if self._context is None else self._context

    @context.setter
    def context(self, context: Mapping[str, Json]) -> None:
        self._context = context


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
        The context object, of the current state; put together when somebody reads it.
    token
        The token of the current state's task, if it waits for one.
    at
        The name of the current state and its input: where a redrive begins.
    lines
        How far the lines within the current state are, if it has some.
    redriven
        The lines with which a redriven Parallel or Map goes on.
    stages
        What TestState inspects: a dictionary that states fill; else None.
    """

    __slots__ = (
        *("_base", "_context", "_moment", "_retries", "_state", "entered", "execution", "last"),
        *("at", "lines", "redriven", "stages", "token", "variables"),
    )

    def __init__(
        self, execution: Execution, base: dict[str, Json] | None, variables: dict[str, Json], last: int
    ) -> None:
        self.execution = execution
        self.variables = variables
        self.last = self.entered = last
        # What the context object holds whatever the state; None for the execution's own.
        self._base = base
        self._context: dict[str, Json] | None = None
        self._state: State | None = None
        self._moment = 0.0
        self._retries = 0
        self.token: str | None = None
        self.at: tuple[str, Json] | None = None
        self.lines: Lines | None = None
        self.redriven: Lines | None = None
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
        shown = {"EnteredTime": iso(self._moment), "Name": state.name, **state.context}
        if self._retries:
            shown["RetryCount"] = self._retries
        task = {} if self.token is None else {"Task": {"Token": self.token}}
        return {**base, "State": shown, **task}

    def inner(self, **context: Json) -> Frame:
        """Return the frame of a branch or an iteration that starts here."""
        base = self._base
        if context:
            base = {**(self.execution.context() if base is None else base), **context}
        return Frame(self.execution, base, dict(self.variables), self.last)

    def resume(self, before: Frame) -> None:
        """Take up where the frame of an earlier try stopped."""
        self.variables, self.at, self.redriven = before.variables, before.at, before.lines

    def rest(self) -> None:
        """Take less memory while the state waits for a while."""
        if self.stages is None:
            self._context = None
            self.execution.rest()

    def enter(self, state: State, data: Json) -> None:
        """Note that ``state`` is entered with ``data``."""
        now = time.time()
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

    def leave(self, state: State, output: Json, assigned: dict[str, Json] | None) -> None:
        """Note that ``state`` is left with ``output``; its variables are assigned now."""
        self.execution.check_size(state.name, output)
        details: dict[str, Any] = {"name": state.name, "output": output}
        if assigned:
            self.variables.update(assigned)
            details["assignedVariables"] = assigned
        self.note(state.exited_kind, details)

    def scope(self, data: Json) -> Scope:
        """Return what expressions may read, with ``data`` as their ``$``."""
        return FrameScope(data, self)

    def keep(self, stage: str, value: Json) -> None:
        """Keep a stage of the data for TestState."""
        if self.stages is not None:
            self.stages[stage] = value

    def _cause_of(self, state: State) -> int:
        """Return the event that an EvaluationFailed follows: in a Map (recorded) what led to the state."""
        if state.kind != "Map" or self.last != self.entered:
            return self.last
        events = self.execution.history.events
        return events[self.entered - 1].previous if events else self.last

    def described(self, state: State, error: StatesError) -> StatesError:
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
            self.last = self.execution.history.add("EvaluationFailed", self._cause_of(state), details)
        return StatesError(error.error, cause)
