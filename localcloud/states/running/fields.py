"""A field of a state whose value may be written down, a path or an expression."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.jsonata import Expected, compile_jsonata
from localcloud.states.language.paths import compile_path
from localcloud.states.language.scope import Evaluator, Json, Scope
from localcloud.states.language.text import to_text
from localcloud.states.running.frame import QUERY, RUNTIME


@dataclass(frozen=True)
class Field:
    """A field's value.

    Attributes
    ----------
    name
        The field, as written: ``MaxConcurrency`` or ``MaxConcurrencyPath``.
    text
        What the definition says.
    evaluate
        Its value.
    """

    name: str
    text: Json
    evaluate: Evaluator
    jsonata: bool = False

    @classmethod
    def read(
        cls,
        definition: dict[str, Json],
        name: str,
        *,
        jsonata: bool,
        path: str | None = None,
        expects: Expected | None = None,
    ) -> Field | None:
        """Read the field ``name`` or its path (``MaxConcurrencyPath``); None where neither is there."""
        if name in definition:
            value = definition[name]
            if jsonata:
                return cls(name, value, compile_jsonata(value, field=name, expects=expects), jsonata=True)
            return cls(name, value, lambda _scope: value)
        path = path or f"{name}Path"
        if path not in definition:
            return None
        return cls(path, definition[path], compile_path(definition[path]))

    def integer(self, scope: Scope) -> int:
        """Return the value as an integer.

        Raises
        ------
        EvaluationError
            It is none.
        """
        value = self.evaluate(scope)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            written = value if isinstance(value, str) else to_text(value)
            reason = (
                f'The {self.name} field refers to value "{written}" which is not a valid integer: {self.text}'
            )
            raise EvaluationError(QUERY if self.jsonata else RUNTIME, reason, self.name)
        return value

    def number(self, scope: Scope) -> float:
        """Return the value as a number.

        Raises
        ------
        EvaluationError
            It is none.
        """
        value = self.evaluate(scope)
        if isinstance(value, bool) or not isinstance(value, int | float):
            written = value if isinstance(value, str) else to_text(value)
            reason = (
                f'The {self.name} field refers to value "{written}" which is not a valid float: {self.text}'
            )
            raise EvaluationError(QUERY if self.jsonata else RUNTIME, reason, self.name)
        return float(value)
