"""The operators and functions of metric math that work on numbers.

What has no value is NaN: a point without one is left out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Final


def _deviation(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _divided(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        value = left**right
    except (OverflowError, ZeroDivisionError):
        return math.nan
    # A root of a negative number is complex.
    return math.nan if isinstance(value, complex) else float(value)


def _rounding(work: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: work(value) if math.isfinite(value) else math.nan


BINARY: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}
EACH: Final[Mapping[str, Callable[[float], float]]] = {
    "ABS": abs,
    "CEIL": _rounding(math.ceil),
    "FLOOR": _rounding(math.floor),
    "LOG": lambda value: math.log(value) if value > 0 else math.nan,
    "LOG10": lambda value: math.log10(value) if value > 0 else math.nan,
}
WHOLE: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "AVG": lambda values: math.fsum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "STDDEV": _deviation,
}
