"""Kinesis streams and consumers in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of

ENCRYPTED = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
NOTHING = {"Ref": "AWS::NoValue"}


def rules(tmp_path: Path, kind: str, properties: dict[str, Any]) -> list[str]:
    template = {
        "Parameters": {"Mode": {"Type": "String", "Default": "ON_DEMAND"}, "Hours": {"Type": "Number"}},
        "Conditions": {"Counted": {"Fn::Equals": [{"Ref": "Mode"}, "PROVISIONED"]}},
        "Resources": {"S": {"Type": f"AWS::Kinesis::{kind}", "Properties": properties}},
    }
    return [text for text in findings_of(tmp_path, template) if "kinesis-stream" in text]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"ShardCount": "2", "RetentionPeriodHours": 48, "StreamEncryption": ENCRYPTED},
        {"ShardCount": {"Ref": "Count"}, "RetentionPeriodHours": {"Ref": "Hours"}},
        {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "Tags": [{"Key": "a", "Value": {"Ref": "Mode"}}]},
        {
            "StreamModeDetails": {"StreamMode": {"Ref": "Mode"}},
            "ShardCount": {"Fn::If": ["Counted", 2, NOTHING]},
        },
        {"Name": {"Fn::Sub": "${AWS::StackName}-orders"}, "DesiredShardLevelMetrics": ["IncomingBytes"]},
    ],
)
def test_valid_stream_is_no_finding(tmp_path: Path, properties: dict[str, Any]) -> None:
    assert rules(tmp_path, "Stream", properties) == []


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"ShardCount": 0}, "greater than or equal to 1"),
        ({"ShardCount": "two"}, "not a whole number"),
        ({"ShardCount": 2, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "must not be specified"),
        ({"StreamModeDetails": {"StreamMode": "ONDEMAND"}}, "[PROVISIONED, ON_DEMAND]"),
        ({"RetentionPeriodHours": 12}, "too short"),
        ({"RetentionPeriodHours": 9000}, "too long"),
        ({"Name": "my orders"}, "[a-zA-Z0-9_.-]+"),
        ({"StreamEncryption": {"EncryptionType": "KMS"}}, "'keyId'"),
        ({"DesiredShardLevelMetrics": ["Everything"]}, "enum value set"),
    ],
)
def test_stream_refused_by_kinesis_is_a_finding(
    tmp_path: Path, properties: dict[str, Any], message: str
) -> None:
    [finding] = rules(tmp_path, "Stream", properties)
    assert finding.startswith("error: kinesis-stream: S: ") and message in finding


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"ConsumerName": "a b", "StreamARN": {"Fn::GetAtt": ["T", "Arn"]}}, "'consumerName'"),
        ({"ConsumerName": "a", "StreamARN": "orders"}, "'streamARN'"),
        ({"ConsumerName": "a"}, "'streamARN'"),
        ({"ConsumerName": {"Ref": "Hours"}, "StreamARN": {"Ref": "Hours"}}, ""),
    ],
)
def test_consumer_is_checked_by_the_rules_of_kinesis(
    tmp_path: Path, properties: dict[str, Any], message: str
) -> None:
    findings = rules(tmp_path, "StreamConsumer", properties)
    assert [message in finding for finding in findings] == ([True] if message else [])
