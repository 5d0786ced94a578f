"""The static rules of state machine definitions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localcloud.engine.definitions import problems
from tests.engine.world import ROOT

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
END = {"Type": "Pass", "End": True}


def of(states: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"StartAt": next(iter(states), "A"), "States": states, **fields})


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (
            {},
            "SCHEMA_VALIDATION_FAILED: The field 'States' is required and must hold at least one state at /",
        ),
        (
            {"A": {"Type": "Pass"}},
            "SCHEMA_VALIDATION_FAILED: Exactly one of 'Next' and 'End: true' is required",
        ),
        (
            {"A": {**END, "Next": "A"}},
            "SCHEMA_VALIDATION_FAILED: Exactly one of 'Next' and 'End: true' is required",
        ),
        ({"A": {"Type": "Odd"}}, "SCHEMA_VALIDATION_FAILED: The field Type should have one of these values"),
        ({"A": END, "B": END}, 'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B'),
        ({"A": {**END, "Retry": []}}, "Field 'Retry' is not supported by state type Pass at /States/A/Retry"),
        ({"A": {"Type": "Choice", "Choices": []}}, "The field 'Choices' is required and must not be empty"),
        (
            {"A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "B"}]}},
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Choices[0]/Next",
        ),
        ({"A": {"Type": "Wait", "End": True}}, "Exactly one of 'Seconds', 'SecondsPath', 'Timestamp'"),
        ({"A": {"Type": "Task", "End": True}}, "The field 'Resource' is required and must be an ARN"),
        (
            {"A": {**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 5}},
            "HeartbeatSeconds must be smaller than TimeoutSeconds at /States/A",
        ),
        (
            {
                "A": {
                    **TASK,
                    "Catch": [
                        {"ErrorEquals": ["States.ALL"], "Next": "A"},
                        {"ErrorEquals": ["X"], "Next": "A"},
                    ],
                }
            },
            "States.ALL must appear alone, in the last handler at /States/A/Catch[0]/ErrorEquals",
        ),
        ({"A": {**TASK, "Retry": [{}]}}, "The field 'ErrorEquals' is required and must not be empty"),
        (
            {"A": {**TASK, "Parameters": {"a": {"b.$": "x"}}}},
            "The value for the field 'b.$' must be a valid JSONPath",
        ),
        (
            {"A": {**TASK, "Parameters": {"a": [{"b.$": "States.Upper('States.Lower(')"}]}}},
            "Unknown intrinsic function 'States.Upper' at /States/A/Parameters/a[0]/b.$",
        ),
        (
            {"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "A", "States": {"A": END}}]}},
            "DUPLICATE_STATE_NAME: Duplicate state name: A at /States/A/Branches[0]/States/A",
        ),
        (
            {"A": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "B", "States": {"C": END}}}},
            "MISSING_TRANSITION_TARGET: Missing 'StartAt' target: B at /States/A/ItemProcessor/StartAt",
        ),
    ],
)
def test_what_is_refused(states: dict[str, Any], expected: str) -> None:
    found = problems(of(states))
    assert any(expected in problem for problem in found), found


def test_express_cannot_wait_for_a_token() -> None:
    states = {"A": {**TASK, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}}
    assert problems(of(states)) == []
    [problem] = problems(of(states), express=True)
    assert "Express state machine does not support" in problem


def test_jsonata_states_have_no_payload_templates() -> None:
    states = {
        "A": {"Type": "Task", "Resource": TASK["Resource"], "Arguments": {"a.$": "{% 1 %}"}, "End": True}
    }
    assert problems(of(states, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "appsync/workflow").glob("*.json")), ids=lambda path: path.name
)
def test_the_projects_own_definitions_pass(path: Any) -> None:
    assert problems(path.read_text()) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["StartAt", "States", "Type", "Next", "End", "Choices", "Catch", "Branches", "Retry", "A"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
@example({"StartAt": [], "States": {"StartAt": None}})
@example({"StartAt": "A", "States": {"A": {"Type": {}, "Next": []}}})
@example({"StartAt": "A", "States": {"A": {"Type": "Task", "Next": [], "Catch": True, "Retry": 1}}})
@example({"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": 1, "End": True}}})
@example({"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": 1, "Default": {}}}})
def test_anything_gets_an_answer(document: Any) -> None:
    assert isinstance(problems(json.dumps(document)), list)
