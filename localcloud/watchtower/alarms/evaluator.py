"""Evaluates an alarm over a store of metrics."""

from __future__ import annotations

from localcloud.watchtower.alarms.definition import Alarm
from localcloud.watchtower.alarms.evaluation import FURTHER, AlarmVerdict, Datapoint, evaluate
from localcloud.watchtower.metrics.queries import QueryError, results, short
from localcloud.watchtower.metrics.statistics import value_of
from localcloud.watchtower.metrics.store import MetricStore

# CloudWatch evaluates every minute, and alarms of shorter periods every ten seconds.
USUAL, FINE = 60, 10


def step_of(period: int) -> int:
    """Return how often an alarm is evaluated, in seconds.

    Examples
    --------
    >>> step_of(300), step_of(10)
    (60, 10)
    """
    return USUAL if period >= USUAL else FINE


def look(alarm: Alarm, store: MetricStore, at: int, now: float, *, scale: int = 1) -> AlarmVerdict | None:
    """Evaluate an alarm at a moment; None when it should stay as it is.

    Parameters
    ----------
    at
        When its last period is over, in seconds since 1970.
    now
        When it is asked.
    scale
        How many times shorter periods are than they say.
    """
    period = short(alarm.period, scale)
    windows = [at - period * number for number in range(1, alarm.periods + FURTHER + 1)]
    start = windows[-1]
    if alarm.metric is not None:
        points = _of_metric(alarm, store, (start, at, period))
    else:
        try:
            value = results(alarm.queries, store, start, at, scale=scale)[alarm.returned.id][1]
        except QueryError:
            value = {}
        several = value if isinstance(value, list) else [value]
        values = several[0] if len(several) == 1 and isinstance(several[0], dict) else {}
        if isinstance(value, float):
            values = dict.fromkeys(windows, value)
        points = {moment: Datapoint(moment, value) for moment, value in values.items()}
    return evaluate(alarm, points, windows, now)


def _of_metric(alarm: Alarm, store: MetricStore, span: tuple[int, int, int]) -> dict[int, Datapoint]:
    assert alarm.metric is not None
    points: dict[int, Datapoint] = {}
    for moment, bucket in alarm.metric.windows(store, *span).items():
        value = value_of(bucket, alarm.metric.statistic)
        if value is not None:
            points[moment] = Datapoint(moment, value, bucket.count)
    return points
