"""What other services use of the watchtower.

A service that something happens in puts it into ``Metrics`` at once: microseconds, added up by the
minute. Who reads metrics (the engine, for clients and alarms) drains the sinks of all processes.
Everything else here is loaded when it is first asked for, so that a local cloud whose metrics nobody
reads does not carry it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.watchtower.metrics.sink import Dimensions, Drained, Metrics

if TYPE_CHECKING:
    from localcloud.watchtower.metrics.queries import (
        Metric,
        QueryError,
        dimensions_in,
        queries_of,
        results,
    )
    from localcloud.watchtower.metrics.statistics import BASIC, StatisticError, check_statistic, value_of
    from localcloud.watchtower.metrics.store import Store

__all__ = [
    "BASIC",
    "Dimensions",
    "Drained",
    "Metric",
    "Metrics",
    "QueryError",
    "StatisticError",
    "Store",
    "check_statistic",
    "dimensions_in",
    "queries_of",
    "results",
    "value_of",
]
_LATE = {
    "localcloud.watchtower.metrics.queries": (
        *("Metric", "QueryError", "dimensions_in", "queries_of", "results"),
    ),
    "localcloud.watchtower.metrics.statistics": ("BASIC", "StatisticError", "check_statistic", "value_of"),
    "localcloud.watchtower.metrics.store": ("Store",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415

    for module, names in _LATE.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"{__name__} has no {name}")
