"""One JSONata expression, prepared once."""

from __future__ import annotations

import copy
import math
import operator
import re
from collections.abc import Mapping
from typing import Any, Final

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.jsonata_engine import Engine
from localcloud.states.language.jsonata_functions import FUNCTIONS
from localcloud.states.language.jsonata_library import (
    Functions,
    JException,
    Parser,
    Utils,
    deep_recursion,
)
from localcloud.states.language.jsonata_references import references_of
from localcloud.states.language.scope import ABSENT, Json, Scope

_LAMBDA: Final = re.compile(r"\bfunction\b|λ")
_TIMEOUT_MILLISECONDS: Final = 5_000
_DEEPEST: Final = 100


class UnsupportedExpression(DefinitionError):
    """An expression is JSONata, but reads what Step Functions does not have."""


class UnsupportedResult(Exception):
    """An expression gave a function."""


class EvaluationFailed(Exception):
    """An expression failed; the text is the library's code and message."""


class Expression:
    """A JSONata expression.

    It may be evaluated by several threads, and within itself: each evaluation has a frame of its own.

    Parameters
    ----------
    text
        The expression, without ``{%`` and ``%}``.

    Attributes
    ----------
    references
        What it reads.

    Raises
    ------
    DefinitionError
        The text is no JSONata.
    UnsupportedExpression
        It calls ``$eval``, or reads a context that there is not.

    Examples
    --------
    >>> Expression("$sum($states.input.prices)").evaluate(Scope({"prices": [1, 2]}, {}, {}))
    3
    """

    __slots__ = ("_bounded", "_prepared", "_variables", "references", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        # Without a function of its own no expression runs on and on.
        self._bounded = _LAMBDA.search(text) is not None
        try:
            with deep_recursion():
                self._prepared = Engine(text)
        except JException as fault:
            raise DefinitionError(str(fault)) from fault
        except (RecursionError, AttributeError, TypeError, ValueError, IndexError) as fault:
            raise DefinitionError(f"Not a JSONata expression: {text}") from fault
        self.references = references_of(self._prepared.ast)
        self._variables = self.references.variables - {"states"}
        if "eval" in self._variables:
            raise UnsupportedExpression("The function $eval is not supported.")
        if self.references.unsupported:
            raise UnsupportedExpression(self.references.unsupported[0])
        self._prepared.set_output_convert_nulls(False)
        for name, function in FUNCTIONS.items():
            self._prepared.register_lambda(name, function)

    def evaluate(self, scope: Scope) -> Json:
        """Return the expression's value, or :data:`ABSENT` where it is undefined.

        Raises
        ------
        EvaluationFailed
            The expression raised an error.
        UnsupportedResult
            Its value is a function.
        """
        prepared = copy.copy(self._prepared)
        # The library looks here for the expression under way.
        Engine.CURRENT.jsonata = prepared
        try:
            with deep_recursion():
                value = prepared.evaluate(None, self._frame(prepared, scope))
        except JException as fault:
            raise EvaluationFailed(f"{fault.error}: {fault}") from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as fault:
            raise EvaluationFailed(str(fault)) from None
        return ABSENT if value is None else plain(value)

    def _frame(self, prepared: Any, scope: Scope) -> Any:
        frame = prepared.create_frame(None)
        if self._bounded:
            frame.set_runtime_bounds(_TIMEOUT_MILLISECONDS, _DEEPEST)
        for name in self._variables:
            value = scope.variables.get(name, ABSENT)
            if value is not ABSENT:
                frame.bind(name, Utils.NULL_VALUE if value is None else value)
        frame.bind("states", states_of(scope))
        return frame


def states_of(scope: Scope) -> dict[str, Json]:
    """Return the value of ``$states``."""
    context: Mapping[str, Json] = scope.context
    states = {"input": scope.data, "context": context if isinstance(context, dict) else dict(context)}
    if scope.result is not ABSENT:
        states["result"] = scope.result
    if scope.error_output is not ABSENT:
        states["errorOutput"] = scope.error_output
    return states


def plain(value: Any) -> Json:
    """Return `value` as JSON, without what the library marks in its own way; what is JSON is shared."""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _name_of(value)
    if isinstance(value, list):
        return _plain_array(value)
    if isinstance(value, dict):
        members = {name: plain(member) for name, member in value.items()}
        return value if all(map(operator.is_, members.values(), value.values())) else members
    if Utils.is_function(value) or isinstance(value, Parser.Symbol) or Functions.is_regex(value):
        raise UnsupportedResult
    return None if value is Utils.NULL_VALUE else value


def _plain_array(value: list[Any]) -> list[Json]:
    if isinstance(value, Utils.RangeList):
        # It holds nothing but its bounds.
        return list(range(value.a, value.b + 1))
    items = [plain(item) for item in value]
    return value if type(value) is list and all(map(operator.is_, items, value)) else items


def _name_of(value: float) -> str:
    """Return the name that AWS gives to a number that JSON does not have."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
