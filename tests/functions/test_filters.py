"""FilterCriteria, by the examples of AWS's documentation."""

from __future__ import annotations

import json

import pytest

from localcloud.functions.mappings.filters import Filters, matches
from localcloud.functions.model import JSON
from localcloud.lambda_rules import mapping_problems


@pytest.mark.parametrize(
    ("pattern", "document", "expected"),
    [
        ({"a": ["x"]}, {"a": "x"}, True),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x"]}, {"a": "z"}, False),
        ({"a": ["x"]}, {}, False),
        ({"a": ["x"], "b": ["y"]}, {"a": "x", "b": "z"}, False),
        ({"a": {"b": ["x"]}}, {"a": {"b": "x"}}, True),
        ({"a": {"b": ["x"]}}, {"a": "x"}, False),
        ({"a": ["x"]}, {"a": ["w", "x"]}, True),
        ({"a": [None]}, {"a": None}, True),
        ({"a": [True]}, {"a": 1}, False),
        ({"a": [1]}, {"a": 1.0}, True),
        ({"a": [{"exists": True}]}, {"a": 0}, True),
        ({"a": [{"exists": True}]}, {}, False),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": [{"exists": False}]}, {"a": 0}, False),
        ({"a": [{"prefix": "ORDER#"}]}, {"a": "ORDER#1"}, True),
        ({"a": [{"prefix": "ORDER#"}]}, {"a": 1}, False),
        ({"a": [{"suffix": ".png"}]}, {"a": "x.png"}, True),
        ({"a": [{"equals-ignore-case": "YES"}]}, {"a": "yes"}, True),
        ({"a": [{"anything-but": ["x"]}]}, {"a": "y"}, True),
        ({"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xy"}, False),
        ({"a": [{"anything-but": ["x"]}]}, {}, False),
        ({"a": [{"numeric": ["=", 1]}]}, {"a": 1}, True),
        ({"a": [{"numeric": [">", 10, "<=", 20]}]}, {"a": 20}, True),
        ({"a": [{"numeric": [">", 10, "<=", 20]}]}, {"a": 10}, False),
        ({"a": [{"numeric": [">", 10]}]}, {"a": "11"}, False),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.9"}, True),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.9"}, False),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "x"}, False),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "z"}, False),
    ],
)
def test_filter_pattern_matches_its_records(pattern: JSON, document: JSON, expected: bool) -> None:
    assert matches(pattern, document) is expected


def test_any_pattern_of_a_mapping_may_match() -> None:
    filters = Filters(['{"eventName": ["INSERT"]}', '{"eventName": ["REMOVE"]}'])
    passed = [name for name in ("INSERT", "MODIFY", "REMOVE") if filters.pass_stream({"eventName": name})]
    assert passed == ["INSERT", "REMOVE"]
    assert Filters([]).pass_stream({})


def test_message_body_is_filtered_as_json_or_text() -> None:
    filters = Filters([json.dumps({"body": {"kind": ["order"]}})])
    assert filters.pass_queue({"body": '{"kind": "order"}'})
    assert not filters.pass_queue({"body": '{"kind": "other"}'})
    assert not filters.pass_queue({"body": "order"})
    assert Filters(['{"body": [{"prefix": "or"}]}']).pass_queue({"body": "order"})


def test_unsupported_operator_is_named() -> None:
    with pytest.raises(ValueError, match="the operator wildcard is not supported"):
        Filters(['{"a": [{"wildcard": "x*"}]}'])


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[1]", "not an object"),
        ("{", "not JSON"),
        ('{"a": 1}', '"a" must be an object or an array'),
        ('{"a": []}', '"a" is empty'),
        ('{"a": [[1]]}', "not an array"),
        ('{"a": [{}]}', "one operator"),
        ('{"a": [{"prefix": "x", "suffix": "y"}]}', "one operator"),
        ('{"a": [{"prefix": 1}]}', "operator prefix"),
        ('{"a": [{"exists": "yes"}]}', "operator exists"),
        ('{"a": [{"numeric": ["~", 1]}]}', "operator numeric"),
        ('{"a": [{"numeric": [">"]}]}', "operator numeric"),
        ('{"a": [{"numeric": [">", true]}]}', "operator numeric"),
        ('{"a": [{"numeric": [[], 1]}]}', "operator numeric"),
        ('{"a": [{"anything-but": {"numeric": [">", 1]}}]}', "operator anything-but"),
        ('{"a": [{"anything-but": []}]}', "operator anything-but"),
        ('{"$or": [1]}', "not an object"),
    ],
)
def test_invalid_pattern_is_refused_before_the_first_record(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Filters([pattern])
    [problem] = mapping_problems(
        {"StartingPosition": "LATEST", "FilterCriteria": {"Filters": [{"Pattern": pattern}]}},
        "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
    )
    assert problem.message.startswith("Invalid filter pattern definition: ") and message in problem.message


def test_deeply_nested_document_is_filtered_as_text() -> None:
    deep = "[" * 100_000
    assert not Filters(['{"body": {"kind": ["order"]}}']).pass_queue({"body": deep})
    assert Filters(['{"body": [{"prefix": "["}]}']).pass_queue({"body": deep})
