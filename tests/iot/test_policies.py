"""Policies compare text: their own wildcards, variables, conditions, and a Deny that wins."""

from __future__ import annotations

import fnmatch
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.iot.policies import PolicyInvalid, PolicyRequest, allows, parse_policy
from localcloud.iot.policies.patterns import matches

ARN = "arn:aws:iot:us-east-1:000000000000"
CONTEXT = {"iot:clientid": ("ann-1",), "iot:connectattributes": ("LastWill",), "aws:sourceip": ("127.0.0.1",)}


def may(action: str, resource: str, *statements: dict[str, Any]) -> bool:
    policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)})
    return allows([policy], PolicyRequest(action, f"{ARN}:{resource}", CONTEXT))


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": f"{ARN}:{resource}", **more}


@given(st.text("ab*?[/", max_size=8), st.text("ab[/", max_size=8))
def test_policy_pattern_matches_like_a_shell_pattern(pattern: str, text: str) -> None:
    expected = fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
    assert matches(pattern, text) == expected


def test_pattern_of_many_stars_is_matched_quickly() -> None:
    start = time.process_time()
    assert not matches("a*" * 500 + "b", "a" * 2000)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("topicfilter/orders/ann/*", "orders/ann/#", True),
        ("topicfilter/orders/ann/*", "orders/ann/+", True),
        ("topicfilter/orders/ann/*", "orders/+/1", False),  # + is a character here
        ("topicfilter/orders/+/1", "orders/ann/1", False),
        ("topicfilter/orders/#", "orders/ann", False),
        ("topicfilter/orders/???", "orders/ann", True),
        ("topicfilter/${iot:ClientId}/*", "ann-1/x", True),
        ("topicfilter/${iot:ClientId}/*", "bob-1/x", False),
        ("topicfilter/${iot:Connection.Thing.ThingName}/*", "/x", False),  # no value: matches nothing
        ("topicfilter/a${*}b", "a*b", True),
        ("topicfilter/a${*}b", "axb", False),
    ],
)
def test_topic_filters_are_compared_as_text(pattern: str, text: str, expected: bool) -> None:
    assert may("iot:Subscribe", f"topicfilter/{text}", allow("iot:Subscribe", pattern)) is expected


def test_stars_of_a_variable_are_characters() -> None:
    policy = parse_policy({"Statement": allow("iot:Publish", "topic/${iot:ClientId}/x")})
    request = PolicyRequest("iot:Publish", f"{ARN}:topic/bob/x", {"iot:clientid": ("*",)})
    assert not allows([policy], request)


def test_deny_wins_and_unmentioned_actions_are_refused() -> None:
    own, no = allow("iot:*", "*"), {**allow("iot:Publish", "topic/secret*"), "Effect": "Deny"}
    assert may("iot:Publish", "topic/open", own, no)
    assert not may("iot:Publish", "topic/secrets", own, no)
    assert not may("iot:Publish", "topic/open")
    assert not may("iot:Receive", "topic/open", allow("iot:Publish", "*"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"iot:ClientId": "ann-1"}}, True),
        ({"StringEquals": {"iot:ClientId": ["x", "ann-?"]}}, False),
        ({"StringLike": {"iot:ClientId": "ann-?"}}, True),
        ({"StringNotEquals": {"iot:ClientId": "ann-1"}}, False),
        ({"StringEquals": {"iot:Unknown": "x"}}, False),
        ({"StringEqualsIfExists": {"iot:Unknown": "x"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}}, True),
        ({"ForAllValues:StringEquals": {"iot:ConnectAttributes": []}}, False),
        ({"ForAnyValue:StringEquals": {"iot:ConnectAttributes": ["PersistentConnect"]}}, False),
    ],
)
def test_policy_conditions_are_evaluated(condition: dict[str, Any], expected: bool) -> None:
    assert may("iot:Connect", "client/ann-1", allow("iot:Connect", "*", Condition=condition)) is expected


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "{",
        {"Statement": None},
        {"Version": "2008", "Statement": []},
        {"Statement": {"Effect": "Maybe", "Action": "a", "Resource": "b"}},
        {"Statement": {"Effect": "Allow", "Action": 1, "Resource": "b"}},
        {"Statement": {"Effect": "Allow", "Action": "a", "NotResource": "b"}},
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "a",
                "Resource": "b",
                "Condition": {"DateLike": {"a": "b"}},
            }
        },
    ],
)
def test_unsupported_policy_member_is_an_error(document: Any) -> None:
    with pytest.raises(PolicyInvalid):
        parse_policy(document)
