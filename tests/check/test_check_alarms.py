"""Alarms and metric filters in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


QUEUE = [{"Name": "QueueName", "Value": ref("Queue")}]


def template(**values: Any) -> dict[str, Any]:
    base = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": QUEUE,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    kept = {name: value for name, value in {**base, **values}.items() if value is not None}
    return {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Deep": {"Type": "AWS::CloudWatch::Alarm", "Properties": kept},
        }
    }


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"Threshold": ref("AWS::Region"), "EvaluationPeriods": ref("AWS::Region"), "DatapointsToAlarm": 2},
        {"Namespace": "Own", "MetricName": "anything", "Dimensions": None},
        {"Statistic": ref("AWS::Region"), "Period": ref("AWS::Region")},
        {
            "Metrics": [
                {
                    "Id": "m",
                    "MetricStat": {
                        "Metric": {"Namespace": "Own", "MetricName": "m"},
                        "Period": ref("AWS::Region"),
                        "Stat": "Sum",
                    },
                }
            ],
            **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
        },
        {"AlarmActions": [ref("Queue"), "arn:aws:sns:us-east-1:000000000000:ops"]},
    ],
)
def test_alarm_that_can_fire_is_no_finding(tmp_path: Path, values: dict[str, Any]) -> None:
    assert findings_of(tmp_path, template(**values)) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ComparisonOperator": "Above"}, "failed to satisfy constraint"),
        ({"Statistic": "Mean"}, "Mean is not served"),
        ({"MetricName": "Unheard"}, "does not measure AWS/SQS Unheard"),
        ({"Dimensions": []}, "has the dimensions QueueName"),
        ({"Namespace": "AWS/EC2"}, "measures nothing in AWS/EC2"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "does not carry out arn:aws:automate"),
        (
            {
                "Metrics": [{"Id": "e", "Expression": "m +"}],
                "Namespace": None,
                "MetricName": None,
                "Statistic": None,
            },
            "it ends too early",
        ),
    ],
)
def test_alarm_that_cannot_fire_is_a_finding(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    (finding,) = findings_of(tmp_path, template(**values))
    assert words in str(finding)


def test_refused_pattern_is_an_error(tmp_path: Path) -> None:
    properties = {"LogGroupName": "/a", "FilterPattern": "{ $.a }", "MetricTransformations": []}
    stack = {"Resources": {"Errors": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}}}
    (finding,) = findings_of(tmp_path, stack)
    assert "Invalid filter pattern" in str(finding)
