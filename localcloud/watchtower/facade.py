"""What other services use of the watchtower.

A service that something happens in puts it into ``Metrics`` at once: microseconds, added up by the
minute. Who reads metrics (the engine, for clients and alarms) drains the sinks of all processes.
Everything else here is loaded when it is first asked for, so that a local cloud whose metrics nothing
reads does not carry it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.watchtower.logs.ring import MOST_LINES, Line, LogStream, Rings
from localcloud.watchtower.metrics.embedded import MARK, EmbeddedError, take_embedded
from localcloud.watchtower.metrics.sink import MINUTE, Dimensions, Drained, Metrics

if TYPE_CHECKING:
    from localcloud.watchtower.alarms.definition import Alarm, AlarmError, alarm_of
    from localcloud.watchtower.alarms.evaluation import stamp
    from localcloud.watchtower.alarms.evaluator import look, step_of
    from localcloud.watchtower.alarms.messages import AlarmCondition, Change
    from localcloud.watchtower.logs.comparing import PatternError
    from localcloud.watchtower.logs.insights import run as run_query
    from localcloud.watchtower.logs.patterns import compile_pattern, values_of
    from localcloud.watchtower.logs.query_syntax import InsightsError
    from localcloud.watchtower.metrics.emitted import never_measured
    from localcloud.watchtower.metrics.limits import MOST_DIMENSIONS, UNITS, is_value
    from localcloud.watchtower.metrics.queries import (
        Metric,
        QueryError,
        dimensions_in,
        queries_of,
        results,
        short,
    )
    from localcloud.watchtower.metrics.statistics import BASIC, StatisticError, check_statistic, value_of
    from localcloud.watchtower.metrics.store import MetricStore

__all__ = [
    "BASIC",
    "MARK",
    "MINUTE",
    "MOST_DIMENSIONS",
    "MOST_LINES",
    "UNITS",
    "Alarm",
    "AlarmCondition",
    "AlarmError",
    "Change",
    "Dimensions",
    "Drained",
    "EmbeddedError",
    "InsightsError",
    "Line",
    "LogStream",
    "Metric",
    "MetricStore",
    "Metrics",
    "PatternError",
    "QueryError",
    "Rings",
    "StatisticError",
    "alarm_of",
    "check_statistic",
    "compile_pattern",
    "dimensions_in",
    "is_value",
    "look",
    "never_measured",
    "queries_of",
    "results",
    "run_query",
    "short",
    "stamp",
    "step_of",
    "take_embedded",
    "value_of",
    "values_of",
]
_LATE = {
    "localcloud.watchtower.alarms.definition": ("Alarm", "AlarmError", "alarm_of"),
    "localcloud.watchtower.alarms.evaluation": ("stamp",),
    "localcloud.watchtower.alarms.evaluator": ("look", "step_of"),
    "localcloud.watchtower.alarms.messages": ("AlarmCondition", "Change"),
    "localcloud.watchtower.logs.query_syntax": ("InsightsError",),
    "localcloud.watchtower.logs.comparing": ("PatternError",),
    "localcloud.watchtower.logs.patterns": ("compile_pattern", "values_of"),
    "localcloud.watchtower.metrics.emitted": ("never_measured",),
    "localcloud.watchtower.metrics.limits": ("MOST_DIMENSIONS", "UNITS", "is_value"),
    "localcloud.watchtower.metrics.queries": (
        *("Metric", "QueryError", "dimensions_in", "queries_of", "results", "short"),
    ),
    "localcloud.watchtower.metrics.statistics": ("BASIC", "StatisticError", "check_statistic", "value_of"),
    "localcloud.watchtower.metrics.store": ("MetricStore",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415

    if name == "run_query":
        return import_module("localcloud.watchtower.logs.insights").run

    for module, names in _LATE.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"{__name__} has no {name}")
