"""Alarms that CloudWatch refuses, and those that can never change their state here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.stack.template import Json, properties, resources
from localcloud.watchtower.facade import (
    AlarmError,
    PatternError,
    alarm_of,
    compile_pattern,
    never_measured,
)

# Stand for numbers that a template computes.
NUMBERS: Final[dict[str, Json]] = {"Threshold": 1, "Period": 60, "EvaluationPeriods": 1}
WORDS: Final = ("ComparisonOperator", "TreatMissingData", "Statistic", "ExtendedStatistic")
ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")
SERVED: Final = ("sns", "lambda")


def check_alarms(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find alarms and metric filters that are refused, and alarms on metrics that are never measured."""
    for logical_id, resource in resources(template).items():
        values = properties(resource)
        match resource["Type"]:
            case "AWS::CloudWatch::Alarm":
                for name, message in _refused(values):
                    at = places.of(logical_id, name)
                    yield Finding(at, Severity.ERROR, "alarm-refused", f"{logical_id}: {message}")
                for name, message in (*_silent(values), *_idle(values)):
                    at = places.of(logical_id, name)
                    yield Finding(at, Severity.WARNING, "alarm-silent", f"{logical_id}: {message}")
            case "AWS::Logs::MetricFilter" | "AWS::Logs::SubscriptionFilter":
                pattern = values.get("FilterPattern")
                try:
                    compile_pattern(pattern if isinstance(pattern, str) else "")
                except PatternError as error:
                    at = places.of(logical_id, "FilterPattern")
                    yield Finding(at, Severity.ERROR, "filter-pattern", f"{logical_id}: {error}")


def _refused(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    listed = values.get("Metrics")
    if isinstance(listed, dict) or any(not _literal(query) for query in _list(listed)):
        return
    members = {"AlarmName": "alarm", **values}
    for name, stand_in in NUMBERS.items():
        if isinstance(members.get(name), dict):
            members[name] = stand_in
            if name == "EvaluationPeriods":
                members.pop("DatapointsToAlarm", None)
    if any(isinstance(members.get(name), dict) for name in WORDS):
        return
    if isinstance(members.get("DatapointsToAlarm"), dict):
        members.pop("DatapointsToAlarm")
    try:
        alarm_of({**members, "Dimensions": []})
    except AlarmError as error:
        yield ("Metrics" if listed else "MetricName"), str(error)
    except (TypeError, ValueError) as error:
        yield "MetricName", str(error)


def _silent(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    metrics: list[Mapping[str, Json]] = [values] if "MetricName" in values else []
    for query in _list(values.get("Metrics")):
        stat = query.get("MetricStat") if isinstance(query, dict) else None
        metric = stat.get("Metric") if isinstance(stat, dict) else None
        if isinstance(metric, dict):
            metrics.append(metric)
    for measured in metrics:
        namespace, name = measured.get("Namespace"), measured.get("MetricName")
        dimensions = [
            item.get("Name") for item in _list(measured.get("Dimensions")) if isinstance(item, dict)
        ]
        names = [item for item in dimensions if isinstance(item, str)]
        if isinstance(namespace, str) and isinstance(name, str) and len(names) == len(dimensions):
            reason = never_measured(namespace, name, names)
            if reason is not None:
                place = "MetricName" if "MetricName" in values else "Metrics"
                yield place, f"it never has a value to compare: {reason}"


def _idle(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for member in ACTIONS:
        for action in _list(values.get(member)):
            if isinstance(action, str) and action.startswith("arn:") and action.split(":")[2] not in SERVED:
                yield member, f"the local cloud does not carry out {action}: it does those of SNS and Lambda"


def _literal(query: Json) -> bool:
    """Say whether nothing that is compared here is computed by the template."""
    if not isinstance(query, dict):
        return False
    stat = query.get("MetricStat")
    inside = [stat.get("Period"), stat.get("Stat")] if isinstance(stat, dict) else []
    values = (query.get("Expression"), query.get("Period"), *inside)
    return not any(isinstance(value, dict) for value in values)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
