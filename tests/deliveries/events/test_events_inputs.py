"""What targets get: inputs, paths and templates; and which targets are refused, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.deliveries.events.errors import InvalidRequest
from localcloud.deliveries.events.paths import Missing, find, parse_path
from localcloud.deliveries.events.retries import MOST_AGE, RetryPolicy
from localcloud.deliveries.events.target import parse_target
from localcloud.deliveries.events.templates import render
from tests.deliveries.events.house import ACCOUNT, EVENT, QUEUE, ROLE, RULE, House


def payload(**members: Any) -> str:
    return House().invocation(QUEUE, **members).payload


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.items"}, '[{"sku":"a"},{"sku":"b"}]'),
        ({"InputPath": "$.detail.items[1].sku"}, '"b"'),
        ({"InputPath": "$.detail-type"}, '"Ordered"'),
    ],
)
def test_input_is_built_as_the_target_configures(members: dict[str, str], text: str) -> None:
    assert payload(**members) == text


def test_input_path_without_a_match_passes_the_whole_event() -> None:
    assert json.loads(payload(InputPath="$.detail.nothing")) == EVENT


def test_event_text_keeps_non_ascii_characters() -> None:
    assert "ß" in payload(event={**EVENT, "detail": {"street": "Hauptstraße"}})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"order": <o>, "total": <t>}', '{"order": "o-1", "total": 7}'),
        ('{"order": "<o>"}', '{"order": "o-1"}'),
        ('"order <o>: <i>"', '"order o-1: [{sku:a},{sku:b}]"'),
        ('{"items": <i>}', '{"items": [{"sku":"a"},{"sku":"b"}]}'),
        ("order <o>", "order o-1"),
        ("<i>", '[{"sku":"a"},{"sku":"b"}]'),
        ('{"no": <n>}', '{"no": ""}'),
        ('{"rule": <aws.events.rule-name>}', '{"rule": "orders"}'),
        ('{"rule": "<aws.events.rule-arn>"}', f'{{"rule": "{RULE.arn}"}}'),
        ('{"at": <aws.events.event.ingestion-time>}', '{"at": "2026-01-31T12:00:01Z"}'),
    ],
)
def test_input_template_is_filled(template: str, text: str) -> None:
    paths = {"o": "$.detail.order", "t": "$.detail.total", "i": "$.detail.items", "n": "$.detail.nothing"}
    assert payload(InputTransformer={"InputPathsMap": paths, "InputTemplate": template}) == text


def test_template_may_contain_the_event() -> None:
    whole = payload(InputTransformer={"InputTemplate": '{"event": <aws.events.event.json>}'})
    assert json.loads(whole) == {"event": EVENT}
    head = payload(InputTransformer={"InputTemplate": '{"event": <aws.events.event>}'})
    assert json.loads(head) == {"event": {key: EVENT[key] for key in EVENT if key != "detail"}}


def refusal(**members: Any) -> str:
    with pytest.raises(InvalidRequest) as refused:
        parse_target({"Id": "t", "Arn": QUEUE, **members})
    return refused.value.message


@pytest.mark.parametrize("value", [-1, "queue", ["queue"]])
@pytest.mark.parametrize(
    "name", ["DeadLetterConfig", "RetryPolicy", "InputTransformer", "SqsParameters", "HttpParameters"]
)
def test_member_that_is_no_structure_is_refused(name: str, value: object) -> None:
    member = f"targets.1.member.{name[0].lower()}{name[1:]}"
    assert f"at '{member}' failed to satisfy constraint" in refusal(**{name: value})
    assert "InputPathsMap" in refusal(InputTransformer={"InputPathsMap": value, "InputTemplate": "x"})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Arn": "queue"},
            "Parameter queue is not valid. Reason: Provided Arn is not in correct format.",
        ),
        ({"Arn": f"{QUEUE}.fifo"}, "Parameter(s) SqsParameters must be specified for target: t."),
        (
            {"Input": "{}", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            {"RetryPolicy": {"MaximumRetryAttempts": 186}},
            "1 validation error detected: Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' "
            "failed to satisfy constraint: Member must have value less than or equal to 185",
        ),
        (
            {"RetryPolicy": {"MaximumEventAgeInSeconds": 59}},
            "1 validation error detected: Value '59' at "
            "'targets.1.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member "
            "must have value greater than or equal to 60",
        ),
        (
            {"Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
            f"RoleArn is required for target arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"a": "$.a"}, "InputTemplate": "<b>"}},
            "Invalid InputTemplate for target t : [Placeholder b is not defined in InputPathsMap].",
        ),
    ],
)
def test_invalid_target_is_refused_in_the_words_of_aws(members: dict[str, Any], message: str) -> None:
    assert refusal(**members) == message


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({"Id": "a b"}, "regular expression"),
        ({"Id": "x" * 65}, "less than or equal to 64"),
        ({"Input": "{"}, "JSON syntax error in input for target t"),
        ({"InputPath": "detail"}, "not a JSON path"),
        ({"InputTransformer": {"InputTemplate": ""}}, "InputTemplate must be specified"),
        ({"DeadLetterConfig": {"Arn": f"{QUEUE}.fifo"}}, "must be a standard queue"),
        ({"DeadLetterConfig": {"Arn": RULE.arn}}, "must be a queue"),
        (
            {"Arn": f"arn:aws:appsync:us-east-1:{ACCOUNT}:endpoints/graphql-api/a", "RoleArn": ROLE},
            "GraphQLOperation must be specified",
        ),
    ],
)
def test_other_faults_of_targets_are_refused(members: dict[str, Any], part: str) -> None:
    assert part in refusal(**members)


@given(st.integers(0, 185))
def test_all_retries_fit_into_a_day(retries: int) -> None:
    delays = list(RetryPolicy(retries=retries).delays())
    assert len(delays) == retries
    assert delays == sorted(delays)
    assert sum(delays) <= MOST_AGE + 1e-6


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)


@given(names, st.integers(0, 5), json_values)
def test_path_finds_the_value_at_its_place(name: str, index: int, value: Any) -> None:
    document = {"detail": {name: [None] * index + [value]}}
    assert find(f"$.detail.{name}[{index}]", document) == value
    assert find(f"$.detail['{name}'][{index}]", document) == value


@given(st.text(), json_values)
def test_any_text_is_a_path_or_refused(text: str, value: Any) -> None:
    try:
        parse_path(text)
        find(text, {"detail": value})
    except (ValueError, Missing):
        return


@given(json_values)
def test_value_in_a_json_template_round_trips(value: Any) -> None:
    assert json.loads(render('{"value": <v>}', {"v": value})) == {"value": value}


@given(st.text())
def test_any_template_is_rendered(template: str) -> None:
    assert render(template, {}) == template
