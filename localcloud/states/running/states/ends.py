"""Succeed and Fail: how a machine ends."""

from __future__ import annotations

from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.intrinsics import compile_intrinsic
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.paths import compile_path
from localcloud.states.language.scope import Evaluator, Json
from localcloud.states.language.text import to_text
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.states.base import Immediate, Step


class Succeed(Immediate):
    """A compiled Succeed state."""

    kind = "Succeed"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self._flow = JsonataFlow(definition, work=False) if jsonata else PathFlow(definition, template=None)

    def step(self, frame: Frame, data: Json) -> Step:
        """End with the output."""
        selected = self._flow.arguments(frame, data)
        output, _assigned = self._flow.unchanged(frame, data, selected)
        frame.leave(self, output, None, None)
        return Step(output, None)


class Fail(Immediate):
    """A compiled Fail state."""

    kind = "Fail"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self._error = _field(definition, "Error", jsonata=jsonata)
        self._cause = _field(definition, "Cause", jsonata=jsonata)

    def step(self, frame: Frame, data: Json) -> Step:
        """Fail with the state's error and cause."""
        error = None if self._error is None else self._text(frame, data, "Error", self._error)
        cause = None if self._cause is None else self._text(frame, data, "Cause", self._cause)
        raise StatesError(error, cause)

    @staticmethod
    def _text(frame: Frame, data: Json, field: str, evaluate: Evaluator) -> str:
        value = evaluate(frame.scope(data))
        if isinstance(value, str):
            return value
        reason = f"The {field}Path field refers to a value that is not a string: {to_text(value)}"
        raise EvaluationError(RUNTIME, reason)


def _field(definition: dict[str, Json], field: str, *, jsonata: bool) -> Evaluator | None:
    """Compile Error or Cause, or the path or intrinsic function that stands for it."""
    if jsonata and field in definition:
        return compile_jsonata(definition[field], field=field, expects="string")
    if field in definition:
        return lambda _scope: definition[field]
    text = definition.get(f"{field}Path")
    if text is None:
        return None
    if text.startswith("States."):
        return compile_intrinsic(text)
    return compile_path(text, field=f"{field}Path")
