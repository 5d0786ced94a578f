"""Filter policies that SNS refuses, in its words (recorded from AWS, without the place that it adds)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.filters import Scope, parse_filter_policy
from localcloud.deliveries.messages import Attribute, Message


def reason(policy: Any, scope: Scope = "MessageBody") -> str:
    with pytest.raises(PolicyError) as refused:
        parse_filter_policy(policy if isinstance(policy, str) else json.dumps(policy), scope)
    return refused.value.reason


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([], "Empty arrays are not allowed"),
        ([["value"]], "Match value must be String, number, true, false, or null"),
        ([{"wrong-operator": True}], "Unrecognized match type wrong-operator"),
        ([{"wildcard": "a*"}], "Unrecognized match type wildcard"),
        ([{"suffix": "a", "prefix": "b"}], "Only one key allowed in match expression"),
        ([{"suffix": 100}], "suffix match pattern must be a string"),
        ([{"prefix": None}], "prefix match pattern must be a string"),
        ([{"exists": "no"}], "exists match pattern must be either true or false."),
        ([{"numeric": []}], "Invalid member in numeric match: ]"),
        ([{"numeric": ["operator"]}], "Unrecognized numeric range operator: operator"),
        ([{"numeric": [1, "<="]}], "Invalid member in numeric match: 1"),
        ([{"numeric": ["=", "000"]}], "Value of equals must be numeric"),
        ([{"numeric": [">="]}], "Value of >= must be numeric"),
        ([{"numeric": ["<", 100, ">", 10]}], "Too many elements in numeric expression"),
        ([{"numeric": [">=", 1, ">", 2]}], "Bad numeric range operator: >"),
        ([{"numeric": [">", 3, "<", 1]}], "Bottom must be less than top"),
        ([{"numeric": [">", 20, "<="]}], "Value of <= must be numeric"),
        ([{"numeric": [">", 20, 30]}], "Bad value in numeric range: 30"),
        ([{"numeric": [">", 20, "<", 30, "<", 50]}], "Too many terms in numeric range expression"),
        ([{"cidr": 1}], "prefix match pattern must be a string"),
        ([{"cidr": "10.0.0.0"}], "Malformed CIDR, one '/' required"),
        ([{"cidr": "10.0.0.0/x"}], "Malformed CIDR, mask bits must be an integer"),
        ([{"cidr": "xx.11.xx/8"}], "Nonstandard IP address: xx.11.xx"),
        ([{"anything-but": {"suffix": "a"}}], "Unsupported anything-but pattern: suffix"),
        ([{"anything-but": {"prefix": 100}}], "prefix match pattern must be a string"),
        ("value", '"key" must be an object or an array'),
        ({"suffix": "value"}, '"suffix" must be an object or an array'),
    ],
)
def test_invalid_filter_rule_is_refused(rules: Any, sentence: str) -> None:
    assert reason({"key": rules}) == f"FilterPolicy: {sentence}"


def test_filter_policy_has_at_most_five_keys() -> None:
    parse_filter_policy(json.dumps({f"k{number}": ["a"] for number in range(5)}), "MessageBody")
    six = {f"k{number}": ["a"] for number in range(6)}
    assert reason(six) == "FilterPolicy: Filter policy can not have more than 5 keys"


def test_filter_policy_has_at_most_150_combinations() -> None:
    complex_ = "FilterPolicy: Filter policy is too complex"

    def keys(*sizes: int) -> dict[str, list[int]]:
        return {f"k{number}": list(range(size)) for number, size in enumerate(sizes)}

    parse_filter_policy(json.dumps(keys(150)), "MessageAttributes")
    parse_filter_policy(json.dumps(keys(15, 10)), "MessageAttributes")
    assert reason(keys(151), "MessageAttributes") == complex_
    assert reason(keys(16, 10), "MessageAttributes") == complex_
    # AWS's own example: 3 values at two levels and 4 at three make 72.
    parse_filter_policy(
        json.dumps({"a": {"b": {"c": list(range(4))}}, "d": {"e": list(range(3))}}), "MessageBody"
    )
    assert reason({"a": {"b": {"c": list(range(9))}}, "d": {"e": list(range(3))}}) == complex_
    parse_filter_policy(json.dumps({"$or": [keys(75), keys(75)]}), "MessageBody")
    assert reason({"$or": [keys(75), keys(76)]}) == complex_


def test_attribute_filter_has_no_nested_keys() -> None:
    nested = {"a": {"b": ["c"]}}
    sentence = "Filter policy scope MessageAttributes does not support nested filter policy"
    assert reason(nested, "MessageAttributes") == sentence


def test_filter_policy_is_a_json_object() -> None:
    assert reason("invalid").startswith("FilterPolicy: failed to parse JSON. ")
    assert reason("[]") == "FilterPolicy: Filter policy must be an object"


operators = st.sampled_from(
    ["prefix", "suffix", "equals-ignore-case", "anything-but", "exists", "numeric", "cidr", "$or", "key"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(operators, inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(operators, anything, max_size=4), st.sampled_from(["MessageBody", "MessageAttributes"])
)
def test_any_json_is_a_policy_or_refused(policy: Any, scope: Scope) -> None:
    try:
        parsed = parse_filter_policy(json.dumps(policy), scope)
    except PolicyError as error:
        assert error.reason.startswith(("FilterPolicy: ", "Filter policy scope "))
    else:
        message = Message("m", "arn", json.dumps(policy), "now", attributes={"key": Attribute("String", "x")})
        assert parsed.takes(message) in {True, False}


def test_deeply_nested_document_is_no_policy() -> None:
    deep = "[" * 100_000
    assert reason(f'{{"a": {deep}').startswith("FilterPolicy: failed to parse JSON. ")
    policy = parse_filter_policy('{"a": [{"exists": true}]}', "MessageBody")
    assert not policy.takes(Message("m", "arn", f'{{"a": {deep}', "now"))
