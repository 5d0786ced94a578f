"""Metric math: the value of an expression, over the moments of its series."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from localcloud.watchtower.metrics.expressions import (
    Array,
    ExpressionError,
    FunctionCall,
    Name,
    Node,
    Number,
    Text,
)
from localcloud.watchtower.metrics.operators import BINARY, EACH, WHOLE

# Values by their moment, which is where each window starts.
Points = dict[int, float]
Value = float | Points | list[Points]


FUNCTIONS: Final = frozenset(
    {*BINARY, *EACH, *WHOLE, "DATAPOINT_COUNT", "DIFF", "FILL", "FIRST", "IF", "LAST", "METRICS", "PERIOD"}
    | {"RATE", "RUNNING_SUM", "TIME_SERIES"}
)


def check_functions(node: Node, expression: str) -> None:
    """Refuse functions that are not served, before anything is evaluated.

    Raises
    ------
    ExpressionError
    """
    if isinstance(node, FunctionCall):
        if node.function not in FUNCTIONS:
            raise ExpressionError(f"Error in expression '{expression}': {node.function} is not served here")
        for argument in node.arguments:
            check_functions(argument, expression)
    elif isinstance(node, Array):
        for item in node.items:
            check_functions(item, expression)


class Arithmetic:
    """Evaluates expressions.

    Parameters
    ----------
    series
        The values of the metrics, by their queries' ids.
    moments
        Every window's start: what FILL fills.
    period
        Their length in seconds.

    Examples
    --------
    >>> from localcloud.watchtower.metrics.expressions import parse
    >>> Arithmetic({"errors": {0: 1.0}, "all": {0: 4.0, 60: 2.0}}, [0, 60], 60).value(
    ...     parse("100 * FILL(errors, 0) / all"))
    {0: 25.0, 60: 0.0}
    """

    def __init__(self, series: Mapping[str, Value], moments: Sequence[int], period: int) -> None:
        self._series = series
        self._moments = moments
        self._period = period

    def value(self, node: Node) -> Value:
        """Return an expression's value; where its arithmetic has no result, the moment is left out.

        Raises
        ------
        ExpressionError
        """
        match node:
            case Number(value):
                return value
            case Name(name):
                if name not in self._series:
                    raise ExpressionError(f"there is no query with the id {name}")
                return self._series[name]
            case Array(items):
                return [series for item in items for series in self._several(self.value(item))]
            case FunctionCall(function, arguments):
                return self._call(function, arguments)
            case Text(value):
                raise ExpressionError(f"'{value}' is no series")

    def _several(self, value: Value) -> list[Points]:
        if isinstance(value, list):
            return value
        return [value if isinstance(value, dict) else dict.fromkeys(self._moments, value)]

    def _call(self, function: str, arguments: tuple[Node, ...]) -> Value:
        if function == "METRICS":
            part = arguments[0].value if arguments and isinstance(arguments[0], Text) else ""
            series = self._series.items()
            return [points for name, points in series if part in name and isinstance(points, dict)]
        if function == "FILL" and len(arguments) == 2:
            return self._filled(*arguments)
        values = [self.value(argument) for argument in arguments]
        result = (
            self._reduced(function, values[0]) if len(values) == 1 else self._several_of(function, values)
        )
        if result is None:
            raise ExpressionError(f"{function} does not take these {len(arguments)} arguments")
        return result

    def _reduced(self, function: str, value: Value) -> Value | None:
        match value:
            case float() if function == "TIME_SERIES":
                return dict.fromkeys(self._moments, value)
            case _ if function == "PERIOD":
                return float(self._period)
            case _ if function in EACH:
                return self._mapped(lambda each, _: EACH[function](each), value, 0.0)
            case list() if function in WHOLE:
                return self._across(WHOLE[function], value)
            case dict():
                return self._over_time(function, value)
        return value if function in WHOLE else None

    def _several_of(self, function: str, values: list[Value]) -> Value | None:
        if function == "IF" and len(values) in {2, 3}:
            return self._selected(values[0], values[1], values[2] if len(values) == 3 else None)
        if function in BINARY and len(values) == 2:
            return self._mapped(BINARY[function], *values)
        return None

    @staticmethod
    def _across(work: Callable[[Sequence[float]], float], several: list[Points]) -> Points:
        moments = sorted({moment for points in several for moment in points})
        return {
            moment: float(work([points[moment] for points in several if moment in points]))
            for moment in moments
        }

    def _over_time(self, function: str, points: Points) -> Value:
        ordered = sorted(points.items())
        if function in WHOLE or function in {"FIRST", "LAST"}:
            if not ordered:
                return {}
            values = [value for _, value in ordered]
            picked = {"FIRST": values[0], "LAST": values[-1]}
            return float(picked[function] if function in picked else WHOLE[function](values))
        pairs = list(itertools.pairwise(ordered))
        match function:
            case "DATAPOINT_COUNT":
                return float(len(ordered))
            case "DIFF":
                return {moment: value - before for (_, before), (moment, value) in pairs}
            case "RATE":
                return {now: (value - before) / (now - then) for (then, before), (now, value) in pairs}
            case "RUNNING_SUM":
                return {
                    moment: sum(value for then, value in ordered if then <= moment) for moment, _ in ordered
                }
        raise ExpressionError(f"{function} does not take one series")

    def _filled(self, series: Node, filling: Node) -> Value:
        several = self._several(self.value(series))
        if isinstance(filling, Name) and filling.value.upper() in {"REPEAT", "LINEAR"}:
            linear = filling.value.upper() == "LINEAR"
            filled = [self._carried(points, linear=linear) for points in several]
        else:
            filler = self._several(self.value(filling))[0]
            filled = [{**filler, **points} for points in several]
        return filled[0] if len(filled) == 1 else filled

    def _carried(self, points: Points, *, linear: bool) -> Points:
        filled, real = dict(points), sorted(points)
        for moment in self._moments:
            before = [other for other in real if other < moment]
            after = [other for other in real if other > moment]
            if moment in points or not before:
                continue
            low = points[before[-1]]
            if linear and after:
                share = (moment - before[-1]) / (after[0] - before[-1])
                filled[moment] = low + share * (points[after[0]] - low)
            else:
                filled[moment] = low
        return dict(sorted(filled.items()))

    def _selected(self, condition: Value, yes: Value, no: Value | None) -> Value:
        if isinstance(condition, float):
            return yes if condition else (no if no is not None else {})
        selected: Points = {}
        for moment, value in self._several(condition)[0].items():
            branch = yes if value else no
            if isinstance(branch, dict):
                if moment in branch:
                    selected[moment] = branch[moment]
            elif isinstance(branch, float):
                selected[moment] = branch
        return selected

    def _mapped(self, work: Callable[[float, float], float], left: Value, right: Value) -> Value:
        if isinstance(left, float) and isinstance(right, float):
            return float(work(left, right))
        if isinstance(left, list):
            return [points for each in left for points in self._several(self._mapped(work, each, right))]
        if isinstance(right, list):
            return [points for each in right for points in self._several(self._mapped(work, left, each))]
        moments = left.keys() if isinstance(left, dict) else right.keys()  # type: ignore[union-attr] # one is
        result: Points = {}
        for moment in moments:
            value_left = left.get(moment) if isinstance(left, dict) else left
            other = right.get(moment) if isinstance(right, dict) else right
            if value_left is not None and other is not None:
                value = float(work(value_left, other))
                if math.isfinite(value):
                    result[moment] = value
        return result
