"""CloudWatch's operations on metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from localcloud.engine.watchtower.protocol import CloudWatchRefused, moment, number
from localcloud.watchtower.facade import (
    BASIC,
    Metric,
    MetricStore,
    QueryError,
    StatisticError,
    check_statistic,
    dimensions_in,
    queries_of,
    results,
    value_of,
)

MOST_DATAPOINTS: Final = 100_800
MOST_STATISTICS: Final = 1440
PAGE: Final = 500
Members = dict[str, Any]


def list_metrics(members: Members, store: MetricStore) -> Members:
    """ListMetrics."""
    namespace, name = members.get("Namespace"), members.get("MetricName")
    filters = [(item.get("Name"), item.get("Value")) for item in members.get("Dimensions") or ()]
    metrics = sorted(
        {
            (series.namespace, series.name, series.dimensions)
            for series in store.all()
            if (not namespace or series.namespace == namespace)
            and (not name or series.name == name)
            and all(
                any(own == key and value in {None, its} for own, its in series.dimensions)
                for key, value in filters
            )
        }
    )
    start = int(members.get("NextToken") or 0)
    page = [
        {
            "Namespace": where,
            "MetricName": what,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
        }
        for where, what, dimensions in metrics[start : start + PAGE]
    ]
    token = str(start + PAGE) if start + PAGE < len(metrics) else None
    return {"Metrics": page, "NextToken": token}


def get_metric_statistics(members: Members, store: MetricStore) -> Members:
    """GetMetricStatistics: one metric, several statistics."""
    start, end, period = _range(members, int(number(members.get("Period"))))
    statistics = list(members.get("Statistics") or ())
    extended = list(members.get("ExtendedStatistics") or ())
    if not statistics and not extended:
        raise CloudWatchRefused(
            "MissingParameter", "At least one of Statistics and ExtendedStatistics is required."
        )
    if (end - start) / period > MOST_STATISTICS:
        most = (
            f"You have requested up to {int((end - start) / period):,} datapoints, which exceeds the limit of"
        )
        raise CloudWatchRefused("InvalidParameterCombination", f"{most} {MOST_STATISTICS:,}.")
    for name in extended:
        _checked(name)
    if set(statistics) - set(BASIC):
        raise CloudWatchRefused("InvalidParameterValue", f"{statistics} are not all of {', '.join(BASIC)}")
    metric = Metric(
        str(members.get("Namespace")),
        str(members.get("MetricName")),
        dimensions_in(members.get("Dimensions")),
        "",
        period,
        members.get("Unit") or None,
    )
    series = store.find(metric.namespace, metric.name, metric.dimensions, metric.unit)
    datapoints = []
    for at, bucket in metric.windows(store, start, end, period).items():
        values = {name: value_of(bucket, name) for name in extended}
        datapoints.append(
            {
                "Timestamp": datetime.fromtimestamp(at, UTC),
                "Unit": series[0].unit,
                **{name: value_of(bucket, name) for name in statistics},
                "ExtendedStatistics": {n: v for n, v in values.items() if v is not None} or None,
            }
        )
    return {"Label": metric.name, "Datapoints": datapoints}


def get_metric_data(members: Members, store: MetricStore) -> Members:
    """GetMetricData: several queries, metric math among them."""
    listed = members.get("MetricDataQueries") or []
    try:
        queries = queries_of(listed)
        periods = [query.period or 60 for query in queries]
        start, end, _ = _range(members, max(periods, default=60))
        if sum((end - start) / period for period in periods) > MOST_DATAPOINTS:
            raise CloudWatchRefused(
                "ValidationError",
                f"The requested data points exceed the limit of {MOST_DATAPOINTS:,}: ask for less time, or "
                "for longer periods.",
            )
        computed = results(queries, store, start, end)
    except QueryError as error:
        raise CloudWatchRefused("ValidationError", str(error)) from error
    backwards = members.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    entries: list[Members] = []
    for query, value in computed.values():
        if not query.returned:
            continue
        several = value if isinstance(value, list) else [value if isinstance(value, dict) else {start: value}]
        several = [{at: number for at, number in points.items() if isfinite(number)} for points in several]
        for points in several:
            ordered = sorted(points.items(), reverse=backwards)
            entries.append(
                {
                    "Id": query.id,
                    "Label": query.label or query.id,
                    "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in ordered],
                    "Values": [float(number) for _, number in ordered],
                    "StatusCode": "Complete",
                }
            )
    return {"MetricDataResults": entries, "Messages": []}


def alarms_for_metric(members: Members, alarms: list[Members]) -> list[Members]:
    """Return the alarms on just this metric: MiniStack looks at its namespace and name alone."""
    dimensions = dimensions_in(members.get("Dimensions"))
    names = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    return [
        alarm
        for alarm in alarms
        if dimensions_in(alarm.get("Dimensions")) == dimensions
        and all(members.get(name) in {None, alarm.get(name)} for name in names)
    ]


def _range(members: Members, period: int) -> tuple[int, int, int]:
    start, end = moment(members.get("StartTime")), moment(members.get("EndTime"))
    if start is None or end is None:
        raise CloudWatchRefused("MissingParameter", "The parameters StartTime and EndTime are required.")
    if end <= start:
        raise CloudWatchRefused(
            "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."
        )
    if period not in {1, 5, 10, 20, 30} and (period <= 0 or period % 60):
        raise CloudWatchRefused(
            "InvalidParameterValue", "The parameter Period must be 1, 5, 10, 20, 30 or n * 60."
        )
    # Windows begin where a clock would have them; the end is not part of the range.
    return int(start // period) * period, int(-(-end // 1)), period


def _checked(name: str) -> None:
    try:
        check_statistic(name)
    except StatisticError as error:
        raise CloudWatchRefused("InvalidParameterValue", str(error)) from error


READING: Final[dict[str, Callable[[Members, MetricStore], Members]]] = {
    "ListMetrics": list_metrics,
    "GetMetricStatistics": get_metric_statistics,
    "GetMetricData": get_metric_data,
}
