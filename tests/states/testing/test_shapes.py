"""Mocks are held to botocore's models of the APIs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.integrations import integration, models
from localcloud.states.integrations.optimized import ACTIONS, SUFFIXES, UNSERVED
from localcloud.states.testing.polls import operation
from localcloud.states.testing.shapes import misfits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
RESOURCES = [
    (action, patterns)
    for patterns, services in UNSERVED.items()
    for action in (f"{service}:{name}" for service, names in services.items() for name in names.split())
] + [(action, entry.patterns) for action, entry in ACTIONS.items()]


@pytest.mark.parametrize(("action", "patterns"), RESOURCES)
def test_every_integration_is_validated_by_an_existing_operation(
    action: str, patterns: tuple[str, ...]
) -> None:
    for suffix, pattern in SUFFIXES.items():
        if pattern not in patterns:
            continue
        resource = f"arn:aws:states:::{action}{f'.{suffix}' if suffix else ''}"
        target = operation(integration(resource))
        if target is None:
            free = action in {"http:invoke", "apigateway:invoke", "eks:call", "eks:runJob"}
            assert free or pattern == "WAIT_FOR_TASK_TOKEN"
        else:
            assert models.operation_model(*target).name == target[1]


def faults(service: str, name: str, value: Any, *, required: bool = True) -> list[str]:
    return list(misfits(models.operation_model(service, name).output_shape, value, required=required))


def test_members_are_spelt_as_step_functions_or_as_the_api_spells_them() -> None:
    for spelling in ("Md5OfMessageBody", "MD5OfMessageBody"):
        assert faults("sqs", "SendMessage", {spelling: 1}) == [f"Field '{spelling}' must be a string"]
    assert faults("sqs", "SendMessage", {"md5OfMessageBody": 1}) == []


def test_booleans_are_no_numbers() -> None:
    value = {"FailedEntryCount": True, "Entries": [{"EventId": 1}]}
    assert faults("events", "PutEvents", value) == [
        "Field 'FailedEntryCount' must be a number",
        "Field 'Entries[0].EventId' must be a string",
    ]


def test_payload_of_a_function_is_a_text() -> None:
    assert faults("lambda", "Invoke", {"Payload": "{}", "StatusCode": 200}) == []
    assert faults("lambda", "Invoke", {"Payload": {}}) == ["Field 'Payload' must be a string"]


def test_texts_have_the_apis_length() -> None:
    value = {"Version": "1", "ARN": "short", "Name": "n"}
    assert faults("secretsmanager", "GetSecretValue", value) == [
        "Field 'ARN' must have length greater than or equal to 20"
    ]


def test_operation_without_a_result_accepts_any_object() -> None:
    assert faults("sqs", "DeleteMessage", {"a": 1}) == []
    assert faults("sqs", "DeleteMessage", 1) == ["The result must be an object"]


@given(JSON)
def test_strict_mode_refuses_everything_that_lenient_mode_refuses(value: Any) -> None:
    present = faults("stepfunctions", "DescribeExecution", value, required=False)
    assert set(present) <= set(faults("stepfunctions", "DescribeExecution", value))
