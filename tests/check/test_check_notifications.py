"""Subscriptions of SNS and authorizers of AWS IoT in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of, ref


def subscription(**values: Any) -> dict[str, Any]:
    base = {"TopicArn": {"Ref": "Bell"}, "Protocol": "http", "Endpoint": "http://127.0.0.1:8080/in"}
    return {
        "Resources": {
            "Bell": {"Type": "AWS::SNS::Topic"},
            "In": {"Type": "AWS::SNS::Subscription", "Properties": {**base, **values}},
        }
    }


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"FilterPolicy": {"kind": ["a", {"prefix": "b"}]}, "RawMessageDelivery": True},
        {"FilterPolicy": {"a": {"b": ["c"]}}, "FilterPolicyScope": "MessageBody"},
        {"FilterPolicy": {"kind": [{"Ref": "AWS::Region"}]}},
        {"FilterPolicy": {"a": {"Fn::Split": [",", "b,c"]}}, "Endpoint": {"Ref": "AWS::Region"}},
        {
            "DeliveryPolicy": {
                "healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 3}
            }
        },
    ],
)
def test_valid_subscription_is_no_finding(tmp_path: Path, values: dict[str, Any]) -> None:
    assert findings_of(tmp_path, subscription(**values)) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"FilterPolicy": {"a": [{"nope": 1}]}}, "FilterPolicy: Unrecognized match type nope"),
        ({"FilterPolicy": {"a": []}}, "FilterPolicy: Empty arrays are not allowed"),
        (
            {"FilterPolicy": {"a": {"b": ["c"]}}},
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            {"FilterPolicyScope": "Body"},
            "FilterPolicyScope is 'Body', and may be MessageAttributes or MessageBody",
        ),
        (
            {
                "DeliveryPolicy": {
                    "healthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 1, "numRetries": 3}
                }
            },
            "DeliveryPolicy: healthyRetryPolicy.maxDelayTarget must be greater than or equal to "
            "minDelayTarget",
        ),
        ({"Endpoint": "https://127.0.0.1/in"}, "Endpoint must match the specified protocol"),
        ({"Protocol": "firehose"}, "SubscriptionRoleArn is required for a subscription of Firehose"),
        ({"Protocol": "pigeon"}, "Amazon SNS does not support this protocol string: pigeon"),
    ],
)
def test_subscription_refused_by_sns_is_an_error(
    tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    findings = findings_of(tmp_path, subscription(**values))
    assert f"error: sns-subscription: In: {message}" in findings


def test_subscriptions_within_a_topic_are_checked(tmp_path: Path) -> None:
    own = [{"Protocol": "https", "Endpoint": "http://127.0.0.1/in"}]
    template = {"Resources": {"Bell": {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": own}}}}
    assert findings_of(tmp_path, template) == [
        "error: sns-subscription: Bell: Endpoint must match the specified protocol"
    ]


@pytest.mark.parametrize("principal", ["iot.amazonaws.com", "apigateway.amazonaws.com"])
def test_authorizer_that_iot_may_not_invoke_is_a_warning(tmp_path: Path, principal: str) -> None:
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": "def handler(event, context): return event"},
        "Role": "arn:aws:iam::1:role/r",
    }
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "F"}, "Principal": principal}
    door = {"AuthorizerFunctionArn": ref("F", "Arn"), "SigningDisabled": True}
    findings = findings_of(
        tmp_path,
        {
            "Resources": {
                "F": {"Type": "AWS::Lambda::Function", "Properties": function},
                "Door": {"Type": "AWS::IoT::Authorizer", "Properties": door},
                "Open": {"Type": "AWS::Lambda::Permission", "Properties": permission},
            }
        },
    )
    forbidden = [line for line in findings if "iot-authorizer-forbidden: Door" in line]
    assert len(forbidden) == (principal != "iot.amazonaws.com")
