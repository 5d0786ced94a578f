"""Retry and Catch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.states.language.errors import StatesError
from localcloud.states.language.references import compile_reference
from localcloud.states.language.scope import Json, Scope
from localcloud.states.language.templates import compile_template
from localcloud.states.running.dataflow import JsonataFlow, Output
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.timeouts import TIMEOUT, HeartbeatMissed


def matches(names: Sequence[str], error: StatesError) -> bool:
    """Say whether an ErrorEquals is for an error.

    Examples
    --------
    >>> matches(["States.ALL"], StatesError("MyError")), matches(["States.ALL"], StatesError(RUNTIME))
    (True, False)
    """
    name = error.error
    if name == RUNTIME:
        return False
    if name in names:
        return True
    if isinstance(error, HeartbeatMissed) and "States.HeartbeatTimeout" in names:
        return True
    return "States.ALL" in names or ("States.TaskFailed" in names and name != TIMEOUT)


@dataclass(frozen=True)
class Retrier:
    """One entry of Retry; AWS's defaults."""

    errors: tuple[str, ...]
    interval: float = 1
    attempts: int = 3
    backoff: float = 2.0
    longest: float | None = None
    jitter: bool = False

    @classmethod
    def read(cls, definition: dict[str, Json]) -> Retrier:
        """Read an entry."""
        return cls(
            tuple(definition["ErrorEquals"]),
            definition.get("IntervalSeconds", 1),
            definition.get("MaxAttempts", 3),
            definition.get("BackoffRate", 2.0),
            definition.get("MaxDelaySeconds"),
            definition.get("JitterStrategy") == "FULL",
        )

    def backoff_seconds(self, retries: int) -> float:
        """Return the seconds before the next attempt, jitter left out, after ``retries`` of them.

        Examples
        --------
        >>> [Retrier(("E",), longest=3).backoff_seconds(n) for n in range(3)]
        [1.0, 2.0, 3.0]
        """
        try:
            seconds = float(self.interval * self.backoff**retries)
        except OverflowError:
            seconds = float("inf")
        return seconds if self.longest is None else min(seconds, float(self.longest))

    def delay(self, retries: int) -> float:
        """Return the seconds to wait before the next attempt."""
        seconds = self.backoff_seconds(retries)
        return random.uniform(0, seconds) if self.jitter else seconds  # noqa: S311 - spreads retries


class Catcher:
    """One entry of Catch."""

    def __init__(self, definition: dict[str, Json], *, jsonata: bool) -> None:
        self.errors = tuple(definition["ErrorEquals"])
        self.next: str = definition["Next"]
        self._flow = JsonataFlow(definition, work=False) if jsonata else None
        assign = definition.get("Assign")
        self._assign = (
            compile_template(assign, field="Assign") if assign is not None and not jsonata else None
        )
        result = definition.get("ResultPath", "$")
        self._discards = result is None
        self._result = compile_reference(result) if result not in {None, "$"} else None

    def output(self, frame: Frame, data: Json, error: StatesError) -> Output:
        """Return what a state leaves whose error is caught; ``data`` is its raw input."""
        caught: dict[str, Json] = {"Error": error.error, "Cause": error.cause}
        if error.error == TIMEOUT or error.error is None or error.cause is None:
            caught = {"Error": error.error or "", "Cause": error.cause or ""}
        if self._flow is not None:
            scope = Scope(data, frame.context, frame.variables, error_output=caught)
            return self._flow.evaluated(scope, caught)
        assigned = self._assign(frame.scope(caught)) if self._assign is not None else None
        if self._discards:
            return Output(data, assigned)
        return Output(caught if self._result is None else self._result.write(data, caught), assigned)


class Handlers:
    """A state's Retry and Catch."""

    def __init__(self, definition: dict[str, Json], *, jsonata: bool) -> None:
        self.retriers = [Retrier.read(entry) for entry in definition.get("Retry") or ()]
        self.catchers = [Catcher(entry, jsonata=jsonata) for entry in definition.get("Catch") or ()]

    def retrier(self, error: StatesError) -> int | None:
        """Return the number of the first retrier that is for ``error``."""
        for number, retrier in enumerate(self.retriers):
            if matches(retrier.errors, error):
                return number
        return None

    def catcher(self, error: StatesError) -> int | None:
        """Return the number of the first catcher that is for ``error``."""
        for number, catcher in enumerate(self.catchers):
            if matches(catcher.errors, error):
                return number
        return None
