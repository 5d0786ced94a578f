"""Every request that the application makes of DynamoDB is one that AWS takes."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_rules.conftest import Recorded
from tests.aws_rules.expression_parts import BadExpression
from tests.aws_rules.expression_rules import reserved_words
from tests.aws_rules.expressions import parse
from tests.aws_rules.recording import call_sites, integration
from tests.aws_rules.rules import Request, broken
from tests.aws_rules.samples import (
    KEY,
    ONE_VALUE,
    PUT,
    SAMPLES,
    batch_write,
    deep,
    key,
    put,
    query,
    scan,
    transaction,
    update,
)
from tests.aws_rules.tables import tables
from tests.aws_rules.values import item_size
from tests.shape import shape
from tools import workflow

TABLES = tables()


def test_no_request_breaks_a_rule(recorded: Recorded) -> None:
    broken_rules = {
        (call.request.origin, rule, what)
        for call in recorded.calls
        for rule, what in broken(call.request, TABLES)
    }
    assert broken_rules == set()


def test_no_request_failed_except_by_its_condition(recorded: Recorded) -> None:
    assert {call.outcome for call in recorded.calls} == {
        "OK",
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
    }


# --- nothing was left out ---


def test_every_call_of_the_adapters_was_driven(recorded: Recorded) -> None:
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    expected = call_sites(dict(client.meta.method_to_api_mapping))
    assert len(expected) >= 20
    assert expected == recorded.sites


def data_sources(value: Any) -> set[str]:
    """Return the data sources that a resolver may have, on either side of a condition."""
    match value:
        case {"Fn::If": [str(), there, otherwise]}:
            return data_sources(there) | data_sources(otherwise)
    return {shape.reference(value)}


def test_every_resolver_of_the_table_was_driven(recorded: Recorded) -> None:
    code, steps = shape.javascript(), shape.resources("AWS::AppSync::FunctionConfiguration")
    expected: set[tuple[str, str]] = set()
    for body in shape.resources("AWS::AppSync::Resolver").values():
        functions = [
            steps[shape.reference(function_reference)]
            for function_reference in body.get("PipelineConfig", {}).get("Functions", [])
        ]
        for part in [body, *functions]:
            if "DataSourceName" in part and "OrdersSource" in data_sources(part["DataSourceName"]):
                operation = re.search(r"operation: '(\w+)'", code[part["CodeS3Location"]])
                assert operation is not None
                expected.add((f"{body['TypeName']}.{body['FieldName']}", operation[1]))
    assert len(expected) >= 8
    assert expected == recorded.fields


def test_every_workflow_task_that_writes_was_driven(recorded: Recorded) -> None:
    assert recorded.states == {name for name, state in shape.states().items() if integration(state)}
    assert "MarkDelivered" in recorded.states


def test_express_claim_breaks_no_rule() -> None:
    """It is written in JSONata, so it is filled in here."""
    text = json.dumps(json.loads(workflow.EXPRESS.read_text("utf-8"))["States"]["Claim"]["Arguments"])
    numbers = re.sub(r'"N": "\{%.*?%\}"', '"N": "1764450000000"', text)
    filled_in = json.loads(re.sub(r"\{%.*?%\}", "x", numbers).replace("${OrdersTable}", "OrdersTable"))
    assert broken(Request("PutItem", filled_in), TABLES) == []


def test_list_of_reserved_words_is_complete() -> None:
    assert len(reserved_words()) == 573
    assert {"ABORT", "ITEMS", "STATUS", "TOTAL", "ZONE"} <= reserved_words()
    assert not {"VERSION", "HISTORY", "REASON"} & reserved_words()


# --- each rule has a sample that it catches ---


@pytest.mark.parametrize(
    ("rule", "request_"), SAMPLES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(SAMPLES)]
)
def test_dynamodb_rule_reports_its_violation(rule: str, request_: Request) -> None:
    assert rule in {name for name, _ in broken(request_, TABLES)}


def test_valid_expression_is_accepted() -> None:
    fine = [
        update(
            "SET #s = :s, n = if_not_exists(n, :one) + :one, h = list_append(h, :l) "
            "REMOVE a[1], a[2].b ADD c :one",
            {":s": {"S": ""}, ":l": {"L": []}, **ONE_VALUE},
            {"#s": "status"},
            ConditionExpression="NOT (#s IN (:s, :one) OR size(h) > :one) AND attribute_exists(pk)",
            ReturnValues="ALL_NEW",
        ),
        put(a={"N": "-1.5E+125"}, b={"M": {}}, c={"SS": ["x"]}, d=deep(30)),
        query("pk = :a AND sk BETWEEN :b AND :c", ":a", ":b", ":c"),
        query(
            "pk = :a AND begins_with(sk, :b)", ":a", ":b", FilterExpression="reason = :a", ConsistentRead=True
        ),
        transaction(PUT),
        batch_write({"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": key(1)}}),
        scan("sk = :x", Limit=1),
    ]
    assert [broken(request, TABLES) for request in fine] == [[]] * len(fine)


@given(
    st.lists(
        st.sampled_from(
            [
                "SET",
                "REMOVE",
                "a",
                "#b",
                ":c",
                "=",
                ",",
                "(",
                ")",
                ".",
                "[",
                "1",
                "]",
                "AND",
                "NOT",
                "IN",
                "size",
            ]
        )
    ).map(" ".join)
    | st.text(),
    st.sampled_from(["update", "condition", "projection"]),
)
def test_any_expression_is_parsed_or_refused(text: str, kind: Any) -> None:
    with contextlib.suppress(BadExpression):
        parse(text, kind)


def test_state_item_costs_one_write_unit_throughout_its_life(recorded: Recorded) -> None:
    """An update is charged by the whole item's size, in units of 1 KB."""
    states = recorded.engine.dynamodb().scan(
        TableName="OrdersTable",
        FilterExpression="sk = :state",
        ExpressionAttributeValues={":state": {"S": "STATE"}},
    )["Items"]
    assert max(len(state["history"]["L"]) for state in states) == 7
    assert max(item_size(state) for state in states) <= 1024
