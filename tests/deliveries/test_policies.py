"""Delivery policies: what is taken, refused and shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.policies import (
    DeliveryPolicy,
    effective,
    of_subscription,
    of_topic,
    subscription_document,
    topic_document,
)
from localcloud.deliveries.redrive import parse_redrive_policy

RETRY: dict[str, Any] = {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50}
TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


def retry(**members: Any) -> str:
    return json.dumps({"healthyRetryPolicy": {**RETRY, **members}})


def test_delivery_policy_has_all_four_phases() -> None:
    text = retry(
        numNoDelayRetries=3, numMinDelayRetries=2, numMaxDelayRetries=35, backoffFunction="exponential"
    )
    schedule = of_subscription(text).schedule
    assert schedule is not None
    phases = (schedule.immediate, schedule.before, schedule.backoff, schedule.after)
    assert phases == (3, 2, 10, 35)
    assert schedule.function == "exponential"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"minDelayTarget": 0}, "minDelayTarget must be greater than or equal to 1"),
        ({"minDelayTarget": None}, "minDelayTarget must be specified"),
        ({"maxDelayTarget": 3601}, "maxDelayTarget must be less than or equal to 3600"),
        ({"numRetries": 101}, "numRetries must be less than or equal to 100"),
        ({"numRetries": "3"}, "numRetries must be an integer"),
        ({"numRetries": True}, "numRetries must be an integer"),
        ({"minDelayTarget": 61}, "maxDelayTarget must be greater than or equal to minDelayTarget"),
        (
            {"numNoDelayRetries": 30, "numMinDelayRetries": 21},
            "numRetries must be greater than or equal to total of numMinDelayRetries, "
            "numNoDelayRetries and numMaxDelayRetries",
        ),
        (
            {"backoffFunction": "quadratic"},
            "backoffFunction must be one of: arithmetic, exponential, geometric, linear",
        ),
    ],
)
def test_exceeded_limit_of_a_policy_is_named(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        of_subscription(retry(**members))
    assert refused.value.reason == f"DeliveryPolicy: healthyRetryPolicy.{reason}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "DeliveryPolicy: failed to parse JSON."),
        ("[]", "DeliveryPolicy: must be a JSON object"),
        ('{"retries": 1}', "DeliveryPolicy: Unexpected JSON member: retries"),
        (
            '{"throttlePolicy": {"maxReceivesPerSecond": 0}}',
            "DeliveryPolicy: throttlePolicy.maxReceivesPerSecond must be greater than or equal to 1",
        ),
        (
            '{"requestPolicy": {"headerContentType": "a\\r\\nb"}}',
            "DeliveryPolicy: requestPolicy.headerContentType must be a valid content type",
        ),
        (retry(numMaxDelayRetries=50, maxDelayTarget=73), "DeliveryPolicy: healthyRetryPolicy total"),
    ],
)
def test_invalid_delivery_policy_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        of_subscription(text)
    assert refused.value.reason.startswith(reason)


members = st.fixed_dictionaries(
    {
        "minDelayTarget": st.integers(0, 60),
        "maxDelayTarget": st.integers(0, 4000),
        "numRetries": st.integers(-1, 101),
    },
    optional={
        "numNoDelayRetries": st.integers(0, 50),
        "numMinDelayRetries": st.integers(0, 50),
        "numMaxDelayRetries": st.integers(0, 50),
        "backoffFunction": st.sampled_from(["linear", "arithmetic", "geometric", "exponential", "none"]),
        "other": st.booleans(),
    },
)


@given(members)
def test_any_policy_is_refused_or_within_the_limits_of_aws(policy: dict[str, Any]) -> None:
    try:
        schedule = of_subscription(json.dumps({"healthyRetryPolicy": policy})).schedule
    except PolicyError as error:
        assert error.reason.startswith("DeliveryPolicy: ")
        return
    assert schedule is not None
    assert schedule.retries == policy["numRetries"] <= 100
    assert sum(schedule.delays()) <= 3600
    assert of_subscription(json.dumps(subscription_document(DeliveryPolicy(schedule)))).schedule == schedule


def test_policy_of_a_subscription_wins_over_that_of_its_topic() -> None:
    topic = of_topic(
        json.dumps(
            {
                "http": {
                    "defaultHealthyRetryPolicy": {**RETRY, "numRetries": 7},
                    "defaultThrottlePolicy": {"maxReceivesPerSecond": 9},
                    "defaultRequestPolicy": {"headerContentType": "application/json"},
                }
            }
        )
    )
    in_force = effective(topic, of_subscription(retry()))
    assert (in_force.schedule.retries, in_force.per_second, in_force.content_type) == (
        50,
        9,
        "application/json",
    )


def test_topic_may_forbid_policies_of_subscriptions() -> None:
    topic = of_topic('{"http": {"disableSubscriptionOverrides": true}}')
    assert effective(topic, of_subscription(retry())).schedule.retries == 3


def test_policies_are_shown_with_every_member() -> None:
    assert topic_document(of_topic(None)) == {
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20,
                "maxDelayTarget": 20,
                "numRetries": 3,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": False,
            "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        }
    }
    own = of_subscription('{"requestPolicy": {"headerContentType": "text/csv"}}')
    assert subscription_document(own) == {
        "healthyRetryPolicy": None,
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": {"headerContentType": "text/csv"},
        "guaranteed": False,
    }
    assert subscription_document(effective(of_topic(None), own))["healthyRetryPolicy"]["numRetries"] == 3


@pytest.mark.parametrize(
    ("queue", "topic", "reason"),
    [
        ("nowhere", TOPIC, "deadLetterTargetArn is an invalid arn"),
        ("arn:aws:sns:us-east-1:000000000000:dead", TOPIC, "deadLetterTargetArn is an invalid arn"),
        ("arn:aws:sqs:eu-west-1:000000000000:dead", TOPIC, "deadLetterTargetArn must be in the same"),
        (
            "arn:aws:sqs:us-east-1:000000000000:dead",
            f"{TOPIC}.fifo",
            "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
        ),
    ],
)
def test_redrive_policy_needs_a_matching_queue(queue: str, topic: str, reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_redrive_policy(json.dumps({"deadLetterTargetArn": queue}), topic)
    assert refused.value.reason.startswith(f"RedrivePolicy: {reason}")
