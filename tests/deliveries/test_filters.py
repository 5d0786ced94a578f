"""Filter policies in both scopes: what they take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.deliveries.filters import Scope, parse_filter_policy
from localcloud.deliveries.messages import Attribute, Message

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


def takes(policy: Any, body: Any = "", attributes: dict[str, Attribute] | None = None) -> bool:
    scope: Scope = "MessageAttributes" if attributes is not None else "MessageBody"
    text = body if isinstance(body, str) else json.dumps(body)
    message = Message("m", TOPIC, text, "2026-01-01T00:00:00.000Z", attributes=attributes or {})
    return parse_filter_policy(json.dumps(policy), scope).takes(message)


@pytest.mark.parametrize(
    ("rules", "fits", "others"),
    [
        (["a", 1], ["a", 1, 1.0], ["b", "A", "1", True, None]),
        ([True], [True], ["true", 1, False]),
        ([None], [None], ["null", "", 0]),
        ([301.5], [301.50], ["301.5", 301]),
        ([{"prefix": "ab"}], ["ab", "abc"], ["b", "AB", 1, None]),
        ([{"suffix": "bc"}], ["bc", "abc"], ["b", "BC", None]),
        ([{"equals-ignore-case": "Paid"}], ["paid", "PAID"], ["paid ", True]),
        ([{"anything-but": "a"}], ["b", 1, True], ["a", None]),
        ([{"anything-but": ["a", 1]}], ["b", 2], ["a", 1]),
        ([{"anything-but": {"prefix": "a"}}], ["b", 1], ["a", "ab"]),
        ([{"numeric": ["=", 5]}], [5, 5.0], ["5", 4, True]),
        ([{"numeric": [">", 0, "<=", 5]}], [0.1, 5], [0, 5.1, "3"]),
        ([{"numeric": [">=", 0, "<", 5]}], [0, 4.9], [-1, 5]),
        ([{"cidr": "10.0.0.0/24"}], ["10.0.0.255"], ["10.0.1.0", "no address", 10]),
        ([{"cidr": "2001:db8::/32"}], ["2001:db8::1"], ["2001:db9::1", "10.0.0.1"]),
        ([{"exists": True}], ["a", 0, False], ["", None]),
        ([{"exists": False}], [], ["", None]),
        (["a", {"numeric": [">", 5]}], ["a", 6], ["b", 5]),
    ],
)
def test_filter_operator_matches_its_values(rules: list[Any], fits: list[Any], others: list[Any]) -> None:
    assert [value for value in fits if not takes({"key": rules}, {"key": value})] == []
    assert [value for value in others if takes({"key": rules}, {"key": value})] == []


def test_every_key_of_a_filter_must_match() -> None:
    policy = {"status": ["paid"], "total": [{"numeric": [">", 10]}]}
    assert takes(policy, {"status": "paid", "total": 11})
    assert not takes(policy, {"status": "paid", "total": 10})
    assert not takes(policy, {"status": "paid"})


def test_any_element_of_an_array_may_match() -> None:
    assert takes({"to": ["b"]}, {"to": ["a", "b"]})
    assert not takes({"to": ["c"]}, {"to": ["a", "b"]})
    assert not takes({"to": ["c"]}, {"to": []})
    assert takes({"to": [{"exists": False}]}, {"to": [], "other": 1})


def test_keys_of_objects_in_arrays_are_matched() -> None:
    policy = {"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": ["Put"]}}
    assert takes(policy, {"Records": [{"s3": {"object": [[{"key": "auto-1"}]]}, "eventName": "Put"}]})
    assert not takes(policy, {"Records": [{"s3": {"object": {"key": "home-1"}}, "eventName": "Put"}]})


@pytest.mark.parametrize(
    "body",
    [
        {"a": {"b": {"c": "x"}}},
        {"a.b.c": "x"},
        {"a.b": {"c": "x"}},
        {"a": {"b.c": "x"}},
    ],
)
@pytest.mark.parametrize("policy", [{"a.b.c": ["x"]}, {"a": {"b": {"c": ["x"]}}}])
def test_dotted_and_nested_keys_are_equal(policy: Any, body: Any) -> None:
    assert takes(policy, body)


def test_one_alternative_of_an_or_must_match() -> None:
    policy = {
        "$or": [{"name": ["cpu", "disk"]}, {"space": ["ec2"]}],
        "detail": {"scope": ["service"], "$or": [{"source": ["watch"]}, {"type": ["alarm"]}]},
    }
    detail = {"scope": "service", "source": "watch"}
    assert takes(policy, {"name": "cpu", "detail": detail})
    assert takes(policy, {"space": "ec2", "detail": {"scope": "service", "type": "alarm"}})
    assert not takes(policy, {"name": "net", "detail": detail})
    assert not takes(policy, {"name": "cpu", "detail": {"scope": "service"}})


def test_malformed_or_is_a_plain_key() -> None:
    assert takes({"$or": ["a"]}, {"$or": "a"})


@pytest.mark.parametrize("body", ["no json", "[1]", '"text"', "1"])
def test_body_that_is_no_object_does_not_match(body: str) -> None:
    assert not takes({"key": [{"anything-but": "x"}]}, body)


def test_attributes_are_matched_by_their_types() -> None:
    attributes = {
        "status": Attribute("String", "paid"),
        "total": Attribute("Number", "12.50"),
        "tags": Attribute("String.Array", '["a", 1, true, null]'),
        "blob": Attribute("Binary", "YQ=="),
    }
    assert takes({"status": ["paid"], "total": [{"numeric": ["=", 12.5]}]}, attributes=attributes)
    for value in ("a", 1, True, None):
        assert takes({"tags": [value]}, attributes=attributes)
    assert not takes({"total": ["12.50"]}, attributes=attributes)
    assert takes({"blob": [{"exists": False}]}, attributes=attributes)


def test_missing_attributes_do_not_match_exists_false() -> None:
    assert not takes({"key": [{"exists": False}]}, attributes={})
    assert takes({"key": [{"exists": False}]}, attributes={"other": Attribute("String", "x")})


leaf = st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=3)


@given(leaf, leaf)
def test_plain_value_matches_itself_alone(first: Any, second: Any) -> None:
    same = type(first) is type(second) and first == second
    assert takes({"key": [first]}, {"key": second}) is same


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_range_matches_the_values_within_it(low: int, high: int, value: int) -> None:
    if low >= high:
        low, high = high, low + 1
    policy = {"n": [{"numeric": [">=", low, "<", high]}]}
    if low < high:
        assert takes(policy, {"n": value}) is (low <= value < high)
