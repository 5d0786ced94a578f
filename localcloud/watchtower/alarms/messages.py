"""What an alarm says when its state changes: to SNS, EventBridge and Lambda.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Acting_Alarm_Changes.html and
cloudwatch-and-eventbridge.html beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.watchtower.alarms.evaluation import stamp

# SNS's messages name Regions as the console does.
REGIONS: Final = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "eu-north-1": "EU (Stockholm)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "sa-east-1": "South America (Sao Paulo)",
}
MOST_SUBJECT: Final = 100


@dataclass(frozen=True)
class AlarmCondition:
    """A state that an alarm is in, or was.

    ``moment`` is in seconds since 1970.
    """

    value: str
    reason: str
    moment: float
    data: str = ""

    def document(self) -> dict[str, str]:
        """Return it as events show it."""
        data = {"reasonData": self.data} if self.data else {}
        return {"value": self.value, "reason": self.reason, **data, "timestamp": stamp(self.moment)}


@dataclass(frozen=True)
class Change:
    """A change of an alarm's state.

    Attributes
    ----------
    record
        The alarm, with the members of DescribeAlarms.
    """

    record: Mapping[str, Any]
    before: AlarmCondition
    after: AlarmCondition

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return str(self.record["AlarmArn"])

    @property
    def region(self) -> str:
        """The alarm's Region."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The alarm's account."""
        return self.arn.split(":")[4]

    @property
    def actions(self) -> list[str]:
        """The ARNs of what is to be done now; none where the alarm's actions are off."""
        if not self.record.get("ActionsEnabled", True):
            return []
        member = {"ALARM": "AlarmActions", "OK": "OKActions"}.get(self.after.value, "InsufficientDataActions")
        return [str(action) for action in self.record.get(member) or ()]

    def subject(self) -> str:
        """Return the subject of SNS's message."""
        region = REGIONS.get(self.region, self.region)
        return f'{self.after.value}: "{self.record["AlarmName"]}" in {region}'[:MOST_SUBJECT]

    def notification(self) -> str:
        """Return SNS's message."""
        record = self.record
        message: dict[str, object] = {
            "AlarmName": record["AlarmName"],
            "AlarmDescription": record.get("AlarmDescription") or None,
            "AWSAccountId": self.account,
            "AlarmConfigurationUpdatedTimestamp": stamp(
                record.get("AlarmConfigurationUpdatedTimestamp") or self.after.moment
            ),
            "NewStateValue": self.after.value,
            "NewStateReason": self.after.reason,
            "StateChangeTime": stamp(self.after.moment),
            "Region": REGIONS.get(self.region, self.region),
            "AlarmArn": self.arn,
            "OldStateValue": self.before.value,
            "OKActions": list(record.get("OKActions") or ()),
            "AlarmActions": list(record.get("AlarmActions") or ()),
            "InsufficientDataActions": list(record.get("InsufficientDataActions") or ()),
        }
        if "AlarmRule" in record:
            data = json.loads(self.after.data or "{}")
            message["AlarmRule"] = record["AlarmRule"]
            message["TriggeringChildren"] = [
                {
                    "Arn": child["arn"],
                    "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]},
                }
                for child in data.get("triggeringAlarms", ())
            ]
        else:
            message["Trigger"] = trigger(record)
        return json.dumps(message)

    def detail(self) -> dict[str, object]:
        """Return the detail of EventBridge's event."""
        return {
            "alarmName": self.record["AlarmName"],
            "state": self.after.document(),
            "previousState": self.before.document(),
            "configuration": configuration(self.record),
        }

    def event(self) -> dict[str, object]:
        """Return the event of a function."""
        return {
            "source": "aws.cloudwatch",
            "alarmArn": self.arn,
            "accountId": self.account,
            "time": stamp(self.after.moment),
            "region": self.region,
            "alarmData": self.detail(),
        }


def trigger(record: Mapping[str, Any]) -> dict[str, object]:
    """Return what SNS's message says of an alarm's metrics."""
    settings: dict[str, object] = {
        "Period": record.get("Period") or 60,
        "EvaluationPeriods": record.get("EvaluationPeriods"),
        "DatapointsToAlarm": record.get("DatapointsToAlarm") or record.get("EvaluationPeriods"),
        "ComparisonOperator": record.get("ComparisonOperator"),
        "Threshold": record.get("Threshold"),
        "TreatMissingData": record.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": record.get("EvaluateLowSampleCountPercentile") or "",
    }
    if record.get("Metrics"):
        return {**settings, "Metrics": [_document(query) for query in record["Metrics"]]}
    extended = record.get("ExtendedStatistic")
    kind = "ExtendedStatistic" if extended else "Statistic"
    statistics = {"Average": "AVERAGE", "SampleCount": "SAMPLE_COUNT"}
    statistic = str(record.get("Statistic"))
    return {
        "MetricName": record.get("MetricName"),
        "Namespace": record.get("Namespace"),
        "StatisticType": kind,
        kind: extended or statistics.get(statistic, statistic.upper()),
        "Unit": record.get("Unit"),
        "Dimensions": _dimensions(record.get("Dimensions")),
        **settings,
    }


def _document(query: Mapping[str, Any]) -> dict[str, object]:
    stat = query.get("MetricStat")
    if not stat:
        return dict(query)
    metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"].get("Dimensions"))}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _dimensions(listed: Any) -> list[dict[str, str]]:
    return [{"value": item["Value"], "name": item["Name"]} for item in listed or ()]


def configuration(record: Mapping[str, Any]) -> dict[str, object]:
    """Return an alarm's configuration as events show it."""
    described = {"description": record["AlarmDescription"]} if record.get("AlarmDescription") else {}
    if "AlarmRule" in record:
        return {**described, "alarmRule": record["AlarmRule"]}
    listed = record.get("Metrics") or [
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {
                    "Namespace": record.get("Namespace"),
                    "MetricName": record.get("MetricName"),
                    "Dimensions": record.get("Dimensions") or (),
                },
                "Period": record.get("Period"),
                "Stat": record.get("ExtendedStatistic") or record.get("Statistic"),
            },
        }
    ]
    return {**described, "metrics": [_configured(query) for query in listed]}


def _configured(query: Mapping[str, Any]) -> dict[str, object]:
    document: dict[str, object] = {"id": query["Id"]}
    stat = query.get("MetricStat")
    if stat:
        metric = stat["Metric"]
        document["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {item["Name"]: item["Value"] for item in metric.get("Dimensions") or ()},
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    else:
        document["expression"] = query["Expression"]
    if query.get("Label"):
        document["label"] = query["Label"]
    return {**document, "returnData": query.get("ReturnData", True)}
