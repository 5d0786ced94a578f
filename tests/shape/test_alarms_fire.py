"""Each alarm of the template fires when what it watches goes wrong, and clears when it is mended."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from localcloud.watchtower.facade import Drained, MetricStore, alarm_of, look
from tests.shape import shape

ALARMS = shape.resources("AWS::CloudWatch::Alarm")
START = 1_700_000_100 // 300 * 300
"""A moment at which periods of one and of five minutes begin."""


def deployed(name: str) -> dict[str, Any]:
    """Return an alarm as CloudFormation gives it to CloudWatch, references by their own names."""
    text = json.dumps(ALARMS[name])
    text = re.sub(r'\{"Ref": "(.*?)"\}|\{"Fn::Sub": "(.*?)"\}', r'"\1\2"', text)
    text = re.sub(r'\{"Fn::GetAtt": \["(.*?)", ".*?"\]\}', r'"\1"', text)
    properties: dict[str, Any] = json.loads(text)
    return {"AlarmName": name, **properties}


def rows(record: dict[str, Any], values: list[float]) -> Drained:
    """Return one value for each of the alarm's periods, oldest first."""
    dimensions = tuple(
        sorted((dimension["Name"], dimension["Value"]) for dimension in record.get("Dimensions", []))
    )
    period = int(record["Period"])
    measured = [
        [START + number * period, 1.0, value, value, value, None] for number, value in enumerate(values)
    ]
    return Drained(record["Namespace"], record["MetricName"], dimensions, "Count", measured)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_deployed_alarm_fires_and_clears(name: str) -> None:
    record = deployed(name)
    alarm, store = alarm_of(record), MetricStore()
    threshold, periods = float(record["Threshold"]), int(record["EvaluationPeriods"])
    below = record["ComparisonOperator"] == "LessThanThreshold"
    bad, valid = (threshold - 1, threshold) if below else (threshold + 1, threshold)
    store.take([rows(record, [bad] * periods + [valid] * periods)])
    fired = START + int(record["Period"]) * periods
    verdict = look(alarm, store, fired, fired)
    assert verdict is not None
    assert verdict.state == "ALARM"
    cleared = fired + int(record["Period"]) * periods
    verdict = look(alarm, store, cleared, cleared)
    assert verdict is not None
    assert verdict.state == "OK"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_unused_stack_fires_the_missing_reconcile_alarm_alone(name: str) -> None:
    verdict = look(alarm_of(deployed(name)), MetricStore(), START, START)
    assert verdict is not None
    assert verdict.state == ("ALARM" if name == "ReconcileMissingAlarm" else "OK")
