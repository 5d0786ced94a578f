"""Metric data queries, as GetMetricData and alarms ask them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.watchtower.metrics.arithmetic import Arithmetic, Points, Value, check_functions
from localcloud.watchtower.metrics.bucket import MetricBucket
from localcloud.watchtower.metrics.expressions import ExpressionError, Node, names_in, parse
from localcloud.watchtower.metrics.sink import Dimensions, dimensions_of
from localcloud.watchtower.metrics.statistics import check_statistic, value_of
from localcloud.watchtower.metrics.store import MetricStore


class QueryError(ValueError):
    """A query that CloudWatch would refuse; the message says why."""


@dataclass(frozen=True)
class Metric:
    """A metric with a statistic of it.

    ``period`` is in seconds.
    """

    namespace: str
    name: str
    dimensions: Dimensions
    statistic: str
    period: int
    unit: str | None = None

    def windows(self, store: MetricStore, start: int, end: int, period: int) -> dict[int, MetricBucket]:
        """Return its buckets over windows."""
        matching = store.find(self.namespace, self.name, self.dimensions, self.unit)
        return store.windows(matching, start, end, period)

    def points(self, store: MetricStore, start: int, end: int, period: int) -> Points:
        """Return the statistic over windows; those with nothing in them are left out."""
        values = {
            moment: value_of(bucket, self.statistic)
            for moment, bucket in self.windows(store, start, end, period).items()
        }
        return {moment: value for moment, value in values.items() if value is not None}


@dataclass(frozen=True)
class Query:
    """One query: a metric, or an expression over others.

    ``period`` is in seconds; None for an expression that has the period of its metrics.
    """

    id: str
    metric: Metric | None = None
    expression: Node | None = None
    period: int | None = None
    label: str = ""
    returned: bool = True


def dimensions_in(listed: Iterable[Mapping[str, Any]] | None) -> Dimensions:
    """Return dimensions from the list that CloudWatch's requests have."""
    return dimensions_of({str(item.get("Name")): str(item.get("Value")) for item in listed or ()})


def queries_of(listed: Sequence[Mapping[str, Any]]) -> list[Query]:
    """Read ``MetricDataQueries``, or an alarm's ``Metrics``.

    Raises
    ------
    QueryError
    """
    queries = [_query(item) for item in listed]
    ids = [query.id for query in queries]
    if len(set(ids)) < len(ids):
        raise QueryError("The values for parameter id in MetricDataQueries are not unique.")
    return queries


def _query(item: Mapping[str, Any]) -> Query:
    name, label = str(item.get("Id") or ""), str(item.get("Label") or "")
    returned = item.get("ReturnData", True) not in (False, "false")
    stat, expression = item.get("MetricStat"), item.get("Expression")
    if bool(stat) == bool(expression):
        raise QueryError(f"Exactly one of MetricStat and Expression must be set in the query {name}.")
    try:
        if expression:
            node = parse(str(expression))
            check_functions(node, str(expression))
            every = int(item["Period"]) if item.get("Period") else None
            return Query(name, None, node, every, label or str(expression), returned)
        stat = dict(stat or {})
        metric, period, statistic = stat["Metric"], int(stat["Period"]), str(stat["Stat"])
        check_statistic(statistic)
        source = Metric(
            str(metric["Namespace"]),
            str(metric["MetricName"]),
            dimensions_in(metric.get("Dimensions")),
            statistic,
            period,
            stat.get("Unit") or None,
        )
    except (KeyError, TypeError) as error:
        raise QueryError(f"The query {name} lacks {error}.") from error
    except ValueError as error:
        raise QueryError(str(error)) from error
    return Query(name, source, None, period, label or source.name, returned)


def results(
    queries: Sequence[Query], store: MetricStore, start: int, end: int, *, scale: int = 1
) -> dict[str, tuple[Query, Value]]:
    """Evaluate queries over a range of time.

    Parameters
    ----------
    start, end
        Seconds since 1970; windows begin at ``start``.
    scale
        How many times shorter than it says each period is: alarms may run faster than time.

    Raises
    ------
    QueryError
    """
    window = short(period_of(queries), scale)
    moments = list(range(start, end, window))
    values: dict[str, Value] = {}
    pending: dict[str, Node] = {}
    for query in queries:
        if query.metric is not None:
            values[query.id] = query.metric.points(store, start, end, short(query.metric.period, scale))
        elif query.expression is not None:
            pending[query.id] = query.expression
    while pending:
        ready = [name for name, node in pending.items() if not names_in(node) & pending.keys()]
        if not ready:
            raise QueryError(f"Circular reference in the expression {next(iter(pending))}.")
        for name in ready:
            try:
                values[name] = Arithmetic(dict(values), moments, window).value(pending[name])
            except ExpressionError as error:
                raise QueryError(f"Error in expression '{name}': {error}") from error
        for name in ready:
            del pending[name]
    return {query.id: (query, values[query.id]) for query in queries}


def period_of(queries: Sequence[Query]) -> int:
    """Return the period of an expression: its metrics' greatest."""
    return max((query.period for query in queries if query.period), default=60)


def short(period: int, scale: int) -> int:
    """Return a period that is ``scale`` times shorter, a second at least."""
    return max(1, period // scale)
