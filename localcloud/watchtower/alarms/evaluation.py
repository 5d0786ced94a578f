"""From the datapoints of an alarm to its state.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and its
tables of how missing data is treated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from localcloud.watchtower.alarms.definition import OPERATORS, Alarm

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
# CloudWatch looks further back than it evaluates, for datapoints that stand for missing ones.
FURTHER: Final = 2
MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class Datapoint:
    """A value of one period.

    ``moment`` is the period's start, in seconds since 1970.
    """

    moment: int
    value: float
    samples: float | None = None


@dataclass(frozen=True)
class AlarmVerdict:
    """The state that an alarm should be in, and why.

    ``data`` is what StateReasonData holds.
    """

    state: State
    reason: str
    data: str


def stamp(moment: float) -> str:
    """Return a moment as CloudWatch writes it in its documents.

    Examples
    --------
    >>> stamp(1691152575.49)
    '2023-08-04T12:36:15.490+0000'
    """
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "+0000")


def evaluate(
    alarm: Alarm, points: Mapping[int, Datapoint], windows: Sequence[int], now: float
) -> AlarmVerdict | None:
    """Evaluate an alarm; None when it should stay as it is because data is missing.

    Parameters
    ----------
    points
        What there is, by the start of its window.
    windows
        The starts of the evaluation range, newest first: EvaluationPeriods of them and `FURTHER`.
    now
        Seconds since 1970.
    """
    real = [points[window] for window in windows if window in points]
    recent = [window for window in windows[: alarm.periods] if window in points]
    if len(recent) == alarm.periods or len(real) >= alarm.periods:
        used, filled = real[: alarm.periods], 0
    else:
        used, filled = real, alarm.periods - len(real)
    breaching = [point for point in used if alarm.breaches(point.value)]
    verdict = _state(alarm, len(breaching), len(used), filled)
    if verdict is None:
        return None
    moments = [*(point.moment for point in used), *(w for w in windows if w not in points)][: alarm.periods]
    data = _data(alarm, used, moments, points, now)
    if verdict == "INSUFFICIENT_DATA":
        unknown = _count(filled, "datapoint was unknown", "datapoints were unknown")
        return AlarmVerdict(verdict, f"Insufficient Data: {unknown}.", data)
    evidence = breaching if verdict == "ALARM" else [point for point in used if point not in breaching]
    return AlarmVerdict(verdict, _reason(alarm, verdict, evidence, len(used), filled), data)


def _state(alarm: Alarm, breaching: int, real: int, filled: int) -> State | None:
    """Decide; see the tables of the documentation."""
    treated = filled if alarm.missing == "breaching" else 0
    if breaching + treated >= alarm.datapoints:
        return "ALARM"
    if not filled or alarm.missing in {"breaching", "notBreaching"} or real > breaching:
        return "OK"
    # Whatever there is breaches, or there is nothing.
    if alarm.missing == "ignore":
        return None
    return "ALARM" if real else "INSUFFICIENT_DATA"


def _reason(alarm: Alarm, verdict: State, evidence: Sequence[Datapoint], real: int, filled: int) -> str:
    treated = ""
    if filled:
        missing = _count(filled, "missing datapoint was", "missing datapoints were")
        kind = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(alarm.missing, "Missing")
        treated = f" and {missing} treated as [{kind}]"
    if not evidence:
        periods = _count(alarm.periods, "period", "periods")
        return f"Threshold Crossed: no datapoints were received for {periods}{treated}."
    values = ", ".join(f"{point.value} ({_moment(point.moment)})" for point in evidence[:MOST_SHOWN])
    were = "was" if len(evidence) == 1 else "were"
    negation = "" if verdict == "ALARM" else "not "
    words = f"[{values}] {were} {negation}{OPERATORS[alarm.operator]} the threshold ({alarm.threshold})"
    if filled:
        return f"Threshold Crossed: {_count(len(evidence), 'datapoint', 'datapoints')} {words}{treated}."
    minimum_count = alarm.datapoints if verdict == "ALARM" else alarm.periods - alarm.datapoints + 1
    minimum = f"minimum {_count(minimum_count, 'datapoint', 'datapoints')}"
    arrow = "OK -> ALARM" if verdict == "ALARM" else "ALARM -> OK"
    last = f"{len(evidence)} out of the last {real} datapoints"
    return f"Threshold Crossed: {last} {words} ({minimum} for {arrow} transition)."


def _data(
    alarm: Alarm,
    used: Sequence[Datapoint],
    moments: Sequence[int],
    points: Mapping[int, Datapoint],
    now: float,
) -> str:
    data: dict[str, object] = {"version": "1.0", "queryDate": stamp(now)}
    if used:
        data["startDate"] = stamp(min(point.moment for point in used))
    if alarm.metric is not None:
        data["statistic"] = alarm.metric.statistic
        if alarm.metric.unit:
            data["unit"] = alarm.metric.unit
    evaluated: list[dict[str, object]] = []
    for moment in sorted(moments, reverse=True):
        entry: dict[str, object] = {"timestamp": stamp(moment)}
        if moment in points:
            point = points[moment]
            if point.samples is not None:
                entry["sampleCount"] = point.samples
            entry["value"] = point.value
        evaluated.append(entry)
    data |= {
        "period": alarm.period,
        "recentDatapoints": [point.value for point in reversed(used)],
        "threshold": alarm.threshold,
        "evaluatedDatapoints": evaluated,
    }
    return json.dumps(data, separators=(",", ":"))


def _moment(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d/%m/%y %H:%M:%S")


def _count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}"
