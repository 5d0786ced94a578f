"""What TestState refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.testing.laboratory import ACCOUNT, REGION, ROLE, Laboratory, failure, result, task

ACTIVITY = f"arn:aws:states:{REGION}:{ACCOUNT}:activity:pack"
PASS = {"Type": "Pass", "End": True}
BRANCH = {"StartAt": "A", "States": {"A": PASS}}
PARALLEL = {"Type": "Parallel", "Branches": [BRANCH], "End": True}
MAP = {"Type": "Map", "ItemProcessor": BRANCH, "End": True}


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory()


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ('{"Type": "Pass"', "INVALID_JSON_DESCRIPTION"),
        ({"Type": "Pass"}, "SCHEMA_VALIDATION_FAILED"),
        ({"StartAt": "A", "States": {"A": PASS}}, "These fields are required: [Type] at /"),
        ({**PASS, "Parameters": {"a.$": "$.["}}, "SCHEMA_VALIDATION_FAILED"),
    ],
)
def test_invalid_definition_of_a_machine_is_refused(
    laboratory: Laboratory, definition: Any, message: str
) -> None:
    refusal = laboratory.refusal(definition)
    assert refusal.code == "InvalidDefinition"
    assert refusal.message.startswith("Invalid State Machine Definition: '")
    assert message in refusal.message


def test_state_name_needs_a_whole_machine_that_has_the_state(laboratory: Laboratory) -> None:
    assert laboratory.refusal(PASS, stateName="A").code == "InvalidDefinition"
    refusal = laboratory.refusal(BRANCH, stateName="B")
    assert (refusal.code, refusal.message) == ("ValidationException", "State not found in definition")


def test_input_must_be_json(laboratory: Laboratory) -> None:
    assert laboratory.refusal(PASS, "{").code == "InvalidExecutionInput"


def test_role_must_be_the_arn_of_a_role(laboratory: Laboratory) -> None:
    assert laboratory.refusal(PASS, roleArn="arn:aws:s3:::bucket").code == "InvalidArn"


def test_task_needs_a_role_or_a_mock(laboratory: Laboratory) -> None:
    assert laboratory.refusal(task()).code == "ValidationException"
    assert laboratory.call(task(), mock=result({}))["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "state",
    [
        PARALLEL,
        MAP,
        {"Type": "Task", "Resource": ACTIVITY, "End": True},
        task(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken"),
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": "arn"},
            "End": True,
        },
    ],
)
def test_waiting_state_needs_a_mock(laboratory: Laboratory, state: Any) -> None:
    assert laboratory.refusal(state, roleArn=ROLE).code == "ValidationException"


@pytest.mark.parametrize(
    "state",
    [
        PASS,
        {"Type": "Succeed"},
        {"Type": "Fail"},
        {"Type": "Wait", "Seconds": 1, "End": True},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "B"}]},
    ],
)
def test_states_without_a_call_accept_no_mock(laboratory: Laboratory, state: Any) -> None:
    refusal = laboratory.refusal(state, mock=result({}))
    assert refusal.code == "ValidationException"


@pytest.mark.parametrize(
    "request_",
    [
        {"mock": {**result({}), **failure("E")}},
        {"mock": {}},
        {"mock": {"result": "{"}},
        {"mock": {"errorOutput": {"cause": "no error"}}},
        {"mock": result({}), "revealSecrets": True},
        {"mock": result({}), "context": "[]"},
        {"mock": result({}), "context": "{"},
        {"mock": result({}), "variables": "1"},
        {"context": "{}", "roleArn": ROLE},
        {"mock": result({}), "stateConfiguration": {"errorCausedByState": "A"}},
        {"mock": result({}), "stateConfiguration": {"mapIterationFailureCount": 1}},
        {"mock": result({}), "stateConfiguration": {"mapItemReaderData": "[]"}},
        {"mock": result({}), "stateConfiguration": {"retrierRetryCount": -1}},
        {"mock": result({}, "LAX")},
    ],
)
def test_conflicting_parts_are_refused(laboratory: Laboratory, request_: dict[str, Any]) -> None:
    assert laboratory.refusal(task(), **request_).code == "ValidationException"


def test_result_must_be_json_even_when_nothing_is_validated(laboratory: Laboratory) -> None:
    mock = {"result": "nope", "fieldValidationMode": "NONE"}
    assert laboratory.refusal(task(), mock=mock).code == "ValidationException"
