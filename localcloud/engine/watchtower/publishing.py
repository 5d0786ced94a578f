"""PutMetricData: all of a request is checked before any of it counts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.engine.watchtower.protocol import CloudWatchRefused, moment, number
from localcloud.watchtower.facade import MOST_DIMENSIONS, UNITS, Dimensions, Metrics, dimensions_in, is_value

MOST_DATA: Final = 1000
MOST_VALUES: Final = 150
# Seconds that a timestamp may be past, and to come.
PAST, AHEAD = 14 * 86_400, 2 * 3_600
OF_A_SET: Final = ("SampleCount", "Sum", "Minimum", "Maximum")
Members = dict[str, Any]


@dataclass
class _Datum:
    name: str
    dimensions: Dimensions
    unit: str
    at: float | None
    resolution: int | None
    values: list[tuple[float, float]]
    numbers: tuple[float, float, float, float] | None


def put_metric_data(members: Members, metrics: Metrics) -> Members:
    """Carry PutMetricData out: single values, values with counts, and statistic sets.

    Raises
    ------
    Refused
    """
    namespace, data = str(members.get("Namespace") or ""), members.get("MetricData") or []
    if not namespace:
        raise CloudWatchRefused("MissingParameter", "The parameter Namespace is required.")
    if namespace.startswith("AWS/"):
        raise CloudWatchRefused("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    if len(data) > MOST_DATA:
        raise CloudWatchRefused(
            "InvalidParameterValue", f"The collection MetricData has more than {MOST_DATA} members."
        )
    for datum in [_read(item, f"MetricData.member.{index}") for index, item in enumerate(data, 1)]:
        about, resolution = (namespace, datum.name, datum.dimensions), datum.resolution
        if datum.numbers is not None:
            metrics.put_set(*about, datum.numbers, datum.unit, datum.at, resolution=resolution)
        for value, count in datum.values:
            metrics.put(*about, value, datum.unit, datum.at, count=count, resolution=resolution)
    return {}


def _read(item: Mapping[str, Any], place: str) -> _Datum:
    name, unit = str(item.get("MetricName") or ""), str(item.get("Unit") or "None")
    if not name:
        raise CloudWatchRefused("MissingParameter", f"The parameter {place}.MetricName is required.")
    listed = item.get("Dimensions") or ()
    if len(listed) > MOST_DIMENSIONS:
        raise _invalid(f"The collection {place}.Dimensions has more than {MOST_DIMENSIONS} members.")
    if unit not in UNITS:
        raise _invalid(f"The value {unit} for parameter {place}.Unit is invalid.")
    resolution = str(item.get("StorageResolution") or 60)
    if resolution not in {"1", "60"}:
        raise _invalid(f"The parameter {place}.StorageResolution must be 1 or 60.")
    sets = item.get("StatisticValues")
    return _Datum(
        name,
        dimensions_in(listed),
        unit,
        _moment(item, place),
        1 if resolution == "1" else None,
        [] if sets else _values(item, place),
        _set(sets, f"{place}.StatisticValues") if sets else None,
    )


def _invalid(words: str) -> CloudWatchRefused:
    return CloudWatchRefused("InvalidParameterValue", words)


def _moment(item: Mapping[str, Any], place: str) -> float | None:
    at = moment(item.get("Timestamp"))
    if at is not None and not time.time() - PAST <= at <= time.time() + AHEAD:
        raise _invalid(
            f"The parameter {place}.Timestamp must specify a time within the past two weeks, and no more "
            "than two hours in the future."
        )
    return at


def _number(value: Any, place: str, least: float | None = None) -> float:
    result = number(value)
    if not is_value(result) or (least is not None and result < least):
        raise _invalid(f"The value {value} for parameter {place} is invalid.")
    return result


def _values(item: Mapping[str, Any], place: str) -> list[tuple[float, float]]:
    values, counts = item.get("Values"), item.get("Counts")
    if not values:
        if item.get("Value") is None:
            raise CloudWatchRefused(
                "MissingParameter", f"One of {place}.Value, Values and StatisticValues is required."
            )
        return [(_number(item["Value"], f"{place}.Value"), 1.0)]
    if len(values) > MOST_VALUES:
        raise _invalid(f"The collection {place}.Values has more than {MOST_VALUES} members.")
    if counts and len(counts) != len(values):
        raise _invalid(f"The parameters {place}.Values and {place}.Counts must be of the same size.")
    return [
        (_number(value, f"{place}.Values"), _number(count, f"{place}.Counts", 0.0))
        for value, count in zip(values, counts or [1.0] * len(values), strict=True)
    ]


def _set(sets: Mapping[str, Any], place: str) -> tuple[float, float, float, float]:
    count, total, low, high = (_number(sets.get(name), f"{place}.{name}") for name in OF_A_SET)
    if count < 0 or low > high:
        raise _invalid(f"The parameter {place} is invalid: its SampleCount, Minimum and Maximum contradict.")
    return count, total, low, high
