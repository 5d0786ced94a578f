"""The JSONata library, where it differs from AWS set right."""

from __future__ import annotations

import math
from typing import Any, Final

from localcloud.clock import CLOCK
from localcloud.states.language.jsonata_library import Jsonata, Utils


class JsonataFunctions:
    """Functions of the library's own that it has otherwise."""

    @staticmethod
    def distinct(items: Any) -> Any:
        """Return `items` without the later ones of those that are the same."""
        if not isinstance(items, list) or len(items) < 2:
            return items
        values: list[Any] = Utils.create_sequence() if isinstance(items, Utils.JList) else []
        for item in items:
            if not any(are_same(item, value) for value in values):
                values.append(item)
        return values


_DISTINCT: Final = Jsonata.function("distinct", "<x:x>", JsonataFunctions, "distinct")


class Engine(Jsonata):  # type: ignore[misc]  # The library has no types.
    """An expression of the library.

    Null items of arrays are values, not undefined; a remainder keeps its fraction; a division by zero
    is infinite; a boolean is in no array of numbers.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.register_function("distinct", _DISTINCT)

    @property
    def timestamp(self) -> int:
        """What ``$now`` and ``$millis`` show throughout an evaluation: the time of orchestrations."""
        return self._moment

    @timestamp.setter
    def timestamp(self, _machines: int) -> None:
        self._moment = int(CLOCK.now() * 1000)

    def evaluate_name(self, expr: Any, input: Any, environment: Any) -> Any:
        """Return the member that `expr` names."""
        return _with_nulls(super().evaluate_name(expr, input, environment))

    def evaluate_variable(self, expr: Any, input: Any, environment: Any) -> Any:
        """Return the variable that `expr` names."""
        return _with_nulls(super().evaluate_variable(expr, input, environment))

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: Any) -> Any:
        """Return what the operator `op` makes of two numbers."""
        if op not in ("/", "%") or not _is_number(lhs) or not _is_number(rhs):
            return super().evaluate_numeric_expression(lhs, rhs, op)
        if rhs == 0:
            return math.nan if op == "%" or lhs == 0 else math.copysign(math.inf, lhs)
        return Utils.convert_number(float(lhs) / float(rhs) if op == "/" else math.fmod(lhs, rhs))

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:
        """Return whether `lhs` is in `rhs`, or is it."""
        if lhs is None or rhs is None:
            return False
        return any(are_same(item, lhs) for item in (rhs if isinstance(rhs, list) else [rhs]))


def are_same(left: Any, right: Any) -> bool:
    """Return whether two values are the same to JSONata, to which ``true`` is not 1 as in Python.

    >>> are_same([1], [1.0]), are_same([1], [True])
    (True, False)
    """
    if left != right:
        return False
    if isinstance(left, list):
        return all(map(are_same, left, right))
    if isinstance(left, dict):
        return all(are_same(member, right[name]) for name, member in left.items())
    return isinstance(left, bool) is isinstance(right, bool)


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _with_nulls(value: Any) -> Any:
    """Return `value` with the library's null for each null item, in arrays of arrays too."""
    if type(value) is list:
        if any(item is None or type(item) is list for item in value):
            return [Utils.NULL_VALUE if item is None else _with_nulls(item) for item in value]
    elif Utils.is_sequence(value):
        for index, item in enumerate(value):
            if item is None:
                value[index] = Utils.NULL_VALUE
    return value
