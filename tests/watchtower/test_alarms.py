"""Alarms: states and reasons, by the documentation's own tables of missing data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.alarms.evaluation import Datapoint, evaluate
from localcloud.watchtower.facade import (
    AlarmCondition,
    AlarmError,
    Change,
    Drained,
    MetricStore,
    alarm_of,
    look,
)

ERRORS = {
    "AlarmName": "errors",
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "pay"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
DIMENSIONS = (("FunctionName", "pay"),)
AT = 1_700_000_040  # a minute's end: 1_700_000_040 % 60 == 0


def alarm(**fields: Any) -> Any:
    return alarm_of({**ERRORS, **fields})


def verdict_of(picture: str, periods: int, datapoints: int, missing: str) -> str | None:
    """Evaluate the documentation's picture: oldest first, X breaches, 0 does not, - is missing."""
    tested = alarm(EvaluationPeriods=periods, DatapointsToAlarm=datapoints, TreatMissingData=missing)
    marks = picture.split()
    windows = [60 * number for number in range(len(marks))]
    points = {
        window: Datapoint(window, 1.0 if mark == "X" else 0.0)
        for window, mark in zip(windows, marks, strict=True)
        if mark != "-"
    }
    verdict = evaluate(tested, points, windows[::-1], 1000.0)
    return None if verdict is None else verdict.state


@pytest.mark.parametrize(
    ("picture", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", None, "ALARM", "OK"),
    ],
)
def test_three_of_three_follow_the_documentations_table(
    picture: str, missing: str | None, ignore: str | None, breaching: str, not_breaching: str
) -> None:
    states = (missing, ignore, breaching, not_breaching)
    for treatment, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True):
        assert verdict_of(picture, 3, 3, treatment) == state, treatment


@pytest.mark.parametrize(
    ("picture", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - X", "ALARM", None, "ALARM", "OK"),
    ],
)
def test_two_of_three_follow_the_documentations_table(
    picture: str, missing: str, ignore: str | None, breaching: str, not_breaching: str
) -> None:
    states = (missing, ignore, breaching, not_breaching)
    for treatment, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True):
        assert verdict_of(picture, 3, 2, treatment) == state, treatment


def stored(*counts: tuple[int, float], name: str = "Errors") -> MetricStore:
    store = MetricStore()
    rows: list[list[Any]] = [[start, 1.0, total, total, total, None] for start, total in counts]
    store.take([Drained("AWS/Lambda", name, DIMENSIONS, "Count", rows)])
    return store


def test_an_alarm_fires_and_clears_in_cloudwatchs_words() -> None:
    fired = look(alarm(), stored((AT - 60, 3.0)), AT, AT + 0.1)
    assert fired is not None
    assert (fired.state, fired.reason) == (
        "ALARM",
        "Threshold Crossed: 1 out of the last 1 datapoints [3.0 (14/11/23 22:13:00)] was greater than or "
        "equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
    )
    assert json.loads(fired.data) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:14:00.100+0000",
        "startDate": "2023-11-14T22:13:00.000+0000",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [3.0],
        "threshold": 1.0,
        "evaluatedDatapoints": [
            {"timestamp": "2023-11-14T22:13:00.000+0000", "sampleCount": 1.0, "value": 3.0}
        ],
    }
    cleared = look(alarm(), stored((AT - 60, 0.0)), AT, AT)
    assert cleared is not None
    assert cleared.state == "OK"
    assert cleared.reason.endswith(
        "was not greater than or equal to the threshold (1.0) "
        "(minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_missing_data_is_named_as_it_was_treated() -> None:
    quiet = look(alarm(TreatMissingData="notBreaching"), MetricStore(), AT, AT)
    assert quiet is not None
    assert quiet.reason == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )
    unknown = look(alarm(EvaluationPeriods=2), MetricStore(), AT, AT)
    assert unknown is not None
    assert (unknown.state, unknown.reason) == (
        "INSUFFICIENT_DATA",
        "Insufficient Data: 2 datapoints were unknown.",
    )


def test_an_alarm_of_five_minutes_looks_at_the_last_five_minutes_every_minute() -> None:
    slow = alarm(Period=300, Threshold=3, TreatMissingData="notBreaching")
    store = stored((AT - 240, 2.0), (AT - 60, 1.0))
    verdicts = [look(slow, store, AT + 60 * minute, AT) for minute in range(3)]
    assert [verdict.state for verdict in verdicts if verdict] == ["ALARM", "ALARM", "OK"]


def test_a_faster_clock_shortens_periods() -> None:
    store = stored((AT - 1, 1.0))
    assert look(alarm(), store, AT, AT, scale=60).state == "ALARM"  # type: ignore[union-attr]
    assert look(alarm(), store, AT - 1, AT, scale=60).state == "INSUFFICIENT_DATA"  # type: ignore[union-attr]


def test_an_alarm_on_an_expression_compares_what_it_returns() -> None:
    def stat(name: str, metric: str) -> dict[str, Any]:
        named = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": ERRORS["Dimensions"]}
        return {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": named, "Period": 60, "Stat": "Sum"},
        }

    fields = {key: ERRORS[key] for key in ("AlarmName", "EvaluationPeriods", "ComparisonOperator")}
    rate = alarm_of(
        {
            **fields,
            "Threshold": 25,
            "Metrics": [
                {"Id": "rate", "Expression": "100 * errors / all"},
                stat("errors", "Errors"),
                stat("all", "Invocations"),
            ],
        }
    )
    store = stored((AT - 60, 1.0))
    rows: list[list[Any]] = [[AT - 60, 4.0, 4.0, 1.0, 1.0, None]]
    store.take([Drained("AWS/Lambda", "Invocations", DIMENSIONS, "Count", rows)])
    verdict = look(rate, store, AT, AT)
    assert verdict is not None
    assert "[25.0 (14/11/23 22:13:00)]" in verdict.reason


@given(
    st.lists(st.sampled_from("X0-"), min_size=5, max_size=5),
    st.integers(1, 3),
    st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
)
def test_full_data_never_depends_on_how_missing_data_is_treated(
    marks: list[str], datapoints: int, missing: str
) -> None:
    full = " ".join(mark if mark != "-" else "0" for mark in marks)
    expected = "ALARM" if full.split()[2:].count("X") >= datapoints else "OK"
    assert verdict_of(full, 3, datapoints, missing) == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ComparisonOperator": "Above"}, "failed to satisfy constraint"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "Anomaly detection"),
        ({"TreatMissingData": "later"}, "TreatMissingData"),
        ({"Threshold": None}, "Threshold"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"Statistic": "Mean"}, "Mean is not served"),
        ({"Statistic": None}, "Statistic"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "Exactly one of MetricName and Metrics"),
        ({"Threshold": float("nan")}, "Threshold is invalid"),
        ({"Period": 7}, "multiple of 60"),
    ],
)
def test_invalid_alarms_are_refused_with_a_reason(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(AlarmError, match=words):
        alarm(**fields)


def test_messages_are_those_of_cloudwatch() -> None:
    record = {
        **ERRORS,
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors",
        "AlarmDescription": "pay fails",
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:ops"],
        "AlarmConfigurationUpdatedTimestamp": AT,
    }
    before = AlarmCondition("OK", "it was fine", AT)
    change = Change(
        record, before, AlarmCondition("ALARM", "Threshold Crossed", AT + 60.25, '{"version":"1.0"}')
    )
    assert change.actions == record["AlarmActions"]
    assert change.subject() == 'ALARM: "errors" in US East (N. Virginia)'
    message = json.loads(change.notification())
    assert message["Trigger"] == {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "pay", "name": "FunctionName"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1.0,
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["StateChangeTime"] == "2023-11-14T22:15:00.250+0000"
    detail = change.detail()
    assert detail["state"] == {
        "value": "ALARM",
        "reason": "Threshold Crossed",
        "reasonData": '{"version":"1.0"}',
        "timestamp": "2023-11-14T22:15:00.250+0000",
    }
    assert change.event()["alarmData"] == detail
    silent = Change({**record, "ActionsEnabled": False}, before, change.after)
    assert silent.actions == []
