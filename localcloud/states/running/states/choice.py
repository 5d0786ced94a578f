"""Choice: the first rule that holds says which state is next."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.states.language.choices import compile_condition, compile_rule
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json, Scope
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.frame import Frame
from localcloud.states.running.states.base import Immediate, Step


class Choice(Immediate):
    """A compiled Choice state."""

    kind = "Choice"

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self._default: str | None = definition.get("Default")
        self._flow: PathFlow | JsonataFlow
        self._rules: list[tuple[Callable[[Scope], bool], str, PathFlow | JsonataFlow]] = []
        if jsonata:
            self._flow = JsonataFlow(definition, work=False)
            for number, rule in enumerate(definition["Choices"]):
                condition = compile_condition(rule["Condition"], field=f"Choices[{number}]/Condition")
                self._rules.append((condition, rule["Next"], JsonataFlow(rule, work=False)))
            return
        self._flow = PathFlow(definition, template=None)
        for rule in definition["Choices"]:
            # A rule has an Assign of its own, in place of the state's.
            flow = PathFlow({**definition, "Assign": rule["Assign"]}, None) if "Assign" in rule else None
            own = PathFlow({k: v for k, v in definition.items() if k != "Assign"}, None)
            self._rules.append((compile_rule(rule), rule["Next"], flow or own))

    def step(self, frame: Frame, data: Json) -> Step:
        """Go where the first rule that holds leads, or to the default."""
        selected = self._flow.arguments(frame, data)
        scope = frame.scope(selected)
        for holds, following, flow in self._rules:
            if holds(scope):
                return self._leave(frame, data, selected, following, flow)
        if self._default is None:
            raise StatesError("States.NoChoiceMatched", f"No choice rule matched in the state '{self.name}'")
        return self._leave(frame, data, selected, self._default, self._flow)

    def _leave(
        self, frame: Frame, data: Json, selected: Json, following: str, flow: PathFlow | JsonataFlow
    ) -> Step:
        output, assigned = flow.unchanged(frame, data, selected)
        frame.leave(self, output, assigned, following)
        return Step(output, following)
