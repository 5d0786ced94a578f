"""Wait: for some seconds, or until a moment."""

from __future__ import annotations

import re
from datetime import datetime

from localcloud.clock import CLOCK
from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.paths import PathMissing, compile_path
from localcloud.states.language.scope import Evaluator, Json
from localcloud.states.language.text import to_text
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.frame import QUERY, RUNTIME, Frame
from localcloud.states.running.states.base import Step, Waiting

# 2,147,483,647 seconds (recorded: 24,855 days pass, 24,856 do not).
LONGEST = 2**31 - 1
# From so many seconds on, what an execution has gone through is worth to be packed.
RESTS = 1.0
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")


def moment(text: Json) -> float | None:
    """Return a timestamp in seconds since the epoch; None for what is none.

    Examples
    --------
    >>> moment("1970-01-01T00:00:01.5Z")
    1.5
    """
    if not isinstance(text, str) or not TIMESTAMP.fullmatch(text):
        return None
    # Python reads microseconds at most.
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


async def pause(frame: Frame, seconds: float) -> None:
    """Sleep; the longer, the less memory it takes."""
    if seconds >= RESTS:
        frame.rest()
    await CLOCK.sleep(seconds)


class Wait(Waiting):
    """A compiled Wait state."""

    kind = "Wait"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self._flow = JsonataFlow(definition, work=False) if jsonata else PathFlow(definition, template=None)
        self._jsonata = jsonata
        self._field = next(
            field for field in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if field in definition
        )
        self._text = value = definition[self._field]
        self._value: Evaluator
        if self._field.endswith("Path"):
            self._value = compile_path(value)
        elif jsonata:
            self._value = compile_jsonata(value, field=self._field)
        else:
            self._value = lambda _scope: value

    async def run(self, frame: Frame, data: Json) -> Step:
        """Wait, and go on with the input."""
        selected = self._flow.arguments(frame, data)
        try:
            value = self._value(frame.scope(selected))
        except PathMissing:
            reason = f"The {self._field} parameter does not reference an input value: {self._text}"
            raise EvaluationError(RUNTIME, reason) from None
        seconds = self._seconds(value)
        # A test of the state (TestState) does not wait.
        if frame.stages is None:
            await pause(frame, frame.remaining(max(0.0, seconds)))
        output, assigned = self._flow.unchanged(frame, data, selected)
        frame.leave(self, output, assigned, self.next)
        return Step(output, self.next)

    def _seconds(self, value: Json) -> float:
        if self._field.startswith("Seconds"):
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 99_999_999:
                raise self._refused(value)
            return float(value)
        until = moment(value)
        if until is None:
            raise self._refused(value)
        seconds = until - CLOCK.now()
        if seconds > LONGEST:
            field = self._field.removesuffix("Path")
            error = QUERY if self._jsonata else RUNTIME
            raise EvaluationError(error, "Wait state delay is too long.", field)
        return seconds

    def _refused(self, value: Json) -> EvaluationError:
        text = value if isinstance(value, str) else to_text(value)
        if self._field.startswith("Timestamp"):
            form = "a valid ISO-8601 extended offset date-time format string"
            if self._jsonata:
                form = form.replace("a valid ", "an ")
                reason = f"The Timestamp field cannot be parsed as {form}: {text}"
                return EvaluationError(QUERY, reason, "Timestamp")
            reason = f"The TimestampPath parameter does not reference {form}: {self._text} == {text}"
            return EvaluationError(RUNTIME, reason)
        if self._jsonata:
            reason = f"The Seconds field must be a number between 0 and 99999999, but was: {text}"
            return EvaluationError(QUERY, reason, "Seconds")
        if isinstance(value, int) and value < 0:
            reason = f"The SecondsPath parameter references a negative value: {self._text} == {text}"
            return EvaluationError(RUNTIME, reason)
        reason = f"The SecondsPath parameter cannot be parsed as a long value: {self._text} == {text}"
        return EvaluationError(RUNTIME, reason)
