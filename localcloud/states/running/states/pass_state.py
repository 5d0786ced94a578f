"""Pass: its output is its Result, its Parameters or its input."""

from __future__ import annotations

from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.frame import Frame
from localcloud.states.running.states.base import Immediate, Step


class Pass(Immediate):
    """A compiled Pass state."""

    kind = "Pass"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self._result = ABSENT if jsonata else definition.get("Result", ABSENT)
        self._flow = JsonataFlow(definition, work=False) if jsonata else PathFlow(definition)
        self._jsonata = jsonata

    def step(self, frame: Frame, data: Json) -> Step:
        """Go on with the result, or with what the state was given."""
        if self._jsonata:
            output, assigned = self._flow.unchanged(frame, data, data)
        else:
            result = self._flow.arguments(frame, data)
            if self._result is not ABSENT:
                result = self._result
            output, assigned = self._flow.finish(frame, data, result)
        frame.leave(self, output, assigned, self.next)
        return Step(output, self.next)
