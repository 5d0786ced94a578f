"""How data flows through a state, in either query language.

JSONPath: InputPath, Parameters, the work, ResultSelector, Assign beside ResultPath, OutputPath.
JSONata: Arguments, the work, Assign beside Output.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.paths import compile_path
from localcloud.states.language.references import compile_reference
from localcloud.states.language.scope import ABSENT, Evaluator, Json, Scope
from localcloud.states.language.templates import compile_template
from localcloud.states.running.frame import Frame


class Output(NamedTuple):
    """What a state leaves: its output and the variables that it assigns."""

    value: Json
    assigned: dict[str, Json] | None


class Flow(Protocol):
    """The data's way through one state."""

    def arguments(self, frame: Frame, data: Json) -> Json:
        """Return what the state works on."""

    def finish(self, frame: Frame, data: Json, result: Json) -> Output:
        """Return what the state leaves, given its raw input and its result."""


def path(text: str | None) -> Evaluator | None:
    """Compile InputPath or OutputPath; null gives an empty object, ``$`` needs no work."""
    if text == "$":
        return None
    if text is None:
        return lambda _scope: {}
    return compile_path(text)


class PathFlow:
    """JSONPath's.

    Parameters
    ----------
    definition
        The state's fields.
    template
        The field that says what the state works on: Parameters or, in a Map, none.
    """

    def __init__(self, definition: dict[str, Json], template: str | None = "Parameters") -> None:
        self._input = path(definition.get("InputPath", "$"))
        self._output = path(definition.get("OutputPath", "$"))
        self._templated = template is not None
        self._parameters = _template(definition, template) if template else None
        self._selector = _template(definition, "ResultSelector")
        self._assign = _template(definition, "Assign")
        result = definition.get("ResultPath", "$")
        self._discards = result is None
        self._result = compile_reference(result) if result not in {None, "$"} else None

    def arguments(self, frame: Frame, data: Json) -> Json:
        """Apply InputPath, then Parameters."""
        if self._input is not None:
            data = self._input(frame.scope(data))
        frame.keep("afterInputPath", data)
        if self._parameters is not None:
            data = self._parameters(frame.scope(data))
        if self._templated:
            frame.keep("afterParameters", data)
        return data

    def finish(self, frame: Frame, data: Json, result: Json) -> Output:
        """Apply ResultSelector, Assign, ResultPath and OutputPath."""
        if self._selector is not None:
            result = self._selector(frame.scope(result))
        frame.keep("afterResultSelector", result)
        assigned = self._assign(frame.scope(result)) if self._assign is not None else None
        return Output(self.combined(frame, data, result), assigned)

    def combined(self, frame: Frame, data: Json, result: Json) -> Json:
        """Apply ResultPath and OutputPath."""
        if self._discards:
            result = data
        elif self._result is not None:
            result = self._result.write(data, result)
        frame.keep("afterResultPath", result)
        return self.selected(frame, result)

    def selected(self, frame: Frame, value: Json) -> Json:
        """Apply OutputPath."""
        return value if self._output is None else self._output(frame.scope(value))

    def unchanged(self, frame: Frame, data: Json, selected: Json) -> Output:
        """Finish a state without a result (Choice, Wait): its output is its input."""
        assigned = self._assign(frame.scope(selected)) if self._assign is not None else None
        return Output(self.selected(frame, selected), assigned)


class JsonataFlow:
    """JSONata's.

    Parameters
    ----------
    definition
        The state's fields.
    work
        Whether the state has Arguments.
    """

    def __init__(self, definition: dict[str, Json], *, work: bool = True) -> None:
        self._works = work
        self._arguments = _jsonata(definition, "Arguments") if work else None
        self._output = _jsonata(definition, "Output")
        self._assign = _jsonata(definition, "Assign")

    def arguments(self, frame: Frame, data: Json) -> Json:
        """Evaluate Arguments."""
        if self._arguments is not None:
            data = self._arguments(frame.scope(data))
        if self._works:
            frame.keep("afterArguments", data)
        return data

    def finish(self, frame: Frame, data: Json, result: Json) -> Output:
        """Evaluate Output and Assign, both with the variables of before."""
        return self.evaluated(Scope(data, frame.context, frame.variables, result), result)

    def unchanged(self, frame: Frame, data: Json, selected: Json) -> Output:
        """Finish a state without a result."""
        return self.evaluated(Scope(data, frame.context, frame.variables), selected)

    def evaluated(self, scope: Scope, default: Json) -> Output:
        """Evaluate Output and Assign in a scope; without Output, the output is ``default``."""
        output = default if self._output is None else self._output(scope)
        assigned = None if self._assign is None else self._assign(scope)
        return Output(output, assigned)


def _template(definition: dict[str, Json], field: str) -> Evaluator | None:
    template = definition.get(field, ABSENT)
    return None if template is ABSENT else compile_template(template, field=field)


def _jsonata(definition: dict[str, Json], field: str) -> Evaluator | None:
    template = definition.get(field, ABSENT)
    return None if template is ABSENT else compile_jsonata(template, field=field)
