"""A metric alarm, read from what PutMetricAlarm was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.watchtower.metrics.limits import is_value
from localcloud.watchtower.metrics.queries import (
    Metric,
    Query,
    QueryError,
    dimensions_in,
    period_of,
    queries_of,
)
from localcloud.watchtower.metrics.statistics import StatisticError, check_statistic

# Operator -> its words in a reason.
OPERATORS: Final = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
# They compare with a band that a model of the metric's past gives: there is none here.
OF_BANDS: Final = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
FINE_PERIODS: Final = (10, 20, 30)
MISSING: Final = ("missing", "ignore", "breaching", "notBreaching")


class AlarmError(ValueError):
    """An alarm that CloudWatch would refuse, or that is not served here."""


@dataclass(frozen=True)
class Alarm:
    """What a metric alarm compares, and how often.

    Attributes
    ----------
    periods, datapoints
        N and M: M of the last N datapoints must breach.
    queries
        What is evaluated; the one that is returned is compared.
    metric
        The metric of an alarm that has just one; None where there is an expression.
    """

    name: str
    periods: int
    datapoints: int
    threshold: float
    operator: str
    missing: str
    queries: tuple[Query, ...]
    metric: Metric | None

    @property
    def period(self) -> int:
        """The length of a period in seconds."""
        return period_of(self.queries)

    @property
    def returned(self) -> Query:
        """The query whose values are compared."""
        return next(query for query in self.queries if query.returned)

    def breaches(self, value: float) -> bool:
        """Say whether a value breaches the threshold."""
        match self.operator:
            case "GreaterThanOrEqualToThreshold":
                return value >= self.threshold
            case "GreaterThanThreshold":
                return value > self.threshold
            case "LessThanThreshold":
                return value < self.threshold
            case _:
                return value <= self.threshold


def alarm_of(record: Mapping[str, Any]) -> Alarm:
    """Read an alarm.

    Parameters
    ----------
    record
        Members as PutMetricAlarm names them.

    Raises
    ------
    AlarmError
        In CloudWatch's words where it would refuse.

    Examples
    --------
    >>> alarm_of({"AlarmName": "a", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
    ...           "Period": 60, "EvaluationPeriods": 3, "Threshold": 1,
    ...           "ComparisonOperator": "GreaterThanOrEqualToThreshold"}).datapoints
    3
    """
    operator = str(record.get("ComparisonOperator") or "")
    if operator in OF_BANDS or record.get("ThresholdMetricId"):
        raise AlarmError("Anomaly detection is not served by the local cloud: the alarm needs a Threshold")
    if operator not in OPERATORS:
        raise AlarmError(
            f"1 validation error detected: Value '{operator}' at 'comparisonOperator' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join([*OPERATORS, *OF_BANDS])}]"
        )
    missing = str(record.get("TreatMissingData") or "missing")
    if missing not in MISSING:
        raise AlarmError(f"The value {missing} is not valid for the parameter TreatMissingData.")
    if record.get("Threshold") is None:
        raise AlarmError("The parameter Threshold is required.")
    if not is_value(float(record["Threshold"])):
        raise AlarmError(f"The value {record['Threshold']} for parameter Threshold is invalid.")
    periods = int(record.get("EvaluationPeriods") or 0)
    datapoints = int(record.get("DatapointsToAlarm") or periods)
    if not 1 <= datapoints <= periods:
        raise AlarmError("The value for DatapointsToAlarm must be between 1 and EvaluationPeriods.")
    queries, metric = _queries(record)
    period = period_of(queries)
    if period not in FINE_PERIODS and (period <= 0 or period % 60):
        raise AlarmError("The parameter Period must be 10, 20, 30 or any multiple of 60.")
    return Alarm(
        str(record.get("AlarmName")),
        periods,
        datapoints,
        float(record["Threshold"]),
        operator,
        missing,
        queries,
        metric,
    )


def _queries(record: Mapping[str, Any]) -> tuple[tuple[Query, ...], Metric | None]:
    listed, name = record.get("Metrics"), record.get("MetricName")
    if bool(listed) == bool(name):
        raise AlarmError("Exactly one of MetricName and Metrics must be specified.")
    if listed:
        try:
            queries = tuple(queries_of(listed))
        except QueryError as error:
            raise AlarmError(f"Invalid metrics list: {error}") from error
        if sum(query.returned for query in queries) != 1:
            raise AlarmError("Invalid metrics list: exactly one element must return data")
        return queries, queries[0].metric if len(queries) == 1 else None
    statistic = record.get("ExtendedStatistic") or record.get("Statistic")
    if not statistic or not record.get("Namespace"):
        raise AlarmError("The parameters Namespace, and Statistic or ExtendedStatistic, are required.")
    try:
        check_statistic(str(statistic))
    except StatisticError as error:
        raise AlarmError(str(error)) from error
    metric = Metric(
        str(record["Namespace"]),
        str(name),
        dimensions_in(record.get("Dimensions")),
        str(statistic),
        int(record.get("Period") or 60),
        record.get("Unit") or None,
    )
    return (Query("m1", metric, None, metric.period, metric.name),), metric
