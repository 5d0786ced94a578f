"""The fields of each type of state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.validation.definitions import END, INVOKE, JSONATA, TASK, state_errors

WAIT = {"Type": "Wait", "End": True}
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"
WAITS = "[SecondsPath, Seconds, TimestampPath, Timestamp]"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"Type": "Pass"}, "This object should have only one of the following fields: [Next, End]"),
        ({"Type": "Pass", "End": False}, "This object should have only one of the following fields"),
        ({**END, "Next": "B"}, "There should only be one of the following fields: [Next, End]"),
        ({**END, "End": "yes"}, "Expected value of type Boolean at /States/A/End"),
        ({**END, "Comment": 1}, "Expected value of type String at /States/A/Comment"),
        ({**END, "Retry": []}, "Field 'Retry' is not supported at /States/A"),
        ({"Type": "Succeed", "End": True}, "Field 'End' is not supported at /States/A"),
        ({"Type": "Succeed", "Assign": {}}, "Field 'Assign' is not supported at /States/A"),
        ({"Type": "Fail", "OutputPath": "$"}, "Field 'OutputPath' is not supported at /States/A"),
        ({**END, "InputPath": "a"}, "Value must be a valid JSONPath. at /States/A/InputPath"),
        ({**END, "OutputPath": 1}, "Expected value of type String at /States/A/OutputPath"),
        ({**END, "InputPath": "States.UUID()"}, "Value must be a valid JSONPath."),
        ({**END, "ResultPath": "a"}, "Value is not a Reference Path: Reference path didn't start with '$'"),
        ({**END, "ResultPath": "$.a[*]"}, "Value is not a Reference Path at /States/A/ResultPath"),
        ({**END, "ResultPath": "$$.a"}, "Value is not a Reference Path at /States/A/ResultPath"),
        ({**WAIT}, f"This object should have only one of the following fields: {WAITS} at /States/A"),
        ({**WAIT, "Seconds": 1, "SecondsPath": "$"}, "There should only be one of the following fields"),
        ({**WAIT, "Seconds": -1}, "Minimum value is 0 at /States/A/Seconds"),
        ({**WAIT, "Seconds": 100_000_000}, "Maximum value is 99999999 at /States/A/Seconds"),
        ({**WAIT, "Seconds": 1.5}, "Expected value of type Integer at /States/A/Seconds"),
        ({**WAIT, "Seconds": True}, "Expected value of type Integer at /States/A/Seconds"),
        ({**WAIT, "Seconds": "{% 1 %}"}, "Expected value of type Integer at /States/A/Seconds"),
        ({**WAIT, "TimestampPath": "when"}, "Value must be a valid JSONPath. at /States/A/TimestampPath"),
        ({"Type": "Fail", "Cause": 1}, "Expected value of type String at /States/A/Cause"),
        (
            {"Type": "Fail", "Error": "a", "ErrorPath": "$.a"},
            "one of the following fields: [Error, ErrorPath]",
        ),
        ({"Type": "Parallel", "End": True}, "These fields are required: [Branches] at /States/A"),
        ({"Type": "Parallel", "Branches": [], "End": True}, "Value cannot be empty at /States/A/Branches"),
        ({"Type": "Task", "End": True}, "These fields are required: [Resource] at /States/A"),
        ({**TASK, "Resource": 1}, "Expected value of type String at /States/A/Resource"),
        ({**TASK, "Resource": "pay"}, "Value is not a valid resource ARN at /States/A/Resource"),
        ({**TASK, "Resource": "arn:aws:sqs:us-east-1:1:q"}, "Value is not a valid resource ARN"),
        ({**TASK, "TimeoutSeconds": 0}, "Minimum value is 1 at /States/A/TimeoutSeconds"),
        ({**TASK, "HeartbeatSeconds": 100_000_000}, "Maximum value is 99999999"),
        ({**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 5}, "HeartbeatSeconds must be smaller than"),
        ({**TASK, "TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"}, "There should only be one of"),
        ({**TASK, "Credentials": {}}, "The field 'RoleArn' is required but was missing"),
        ({**TASK, "Credentials": {"RoleArn.$": "x"}}, "The value for the field 'RoleArn.$' must be"),
        ({**TASK, "Credentials": {"Role": 1, "RoleArn": ""}}, "Field 'Role' is not supported"),
        (
            {**TASK, "Resource": ACTIVITY, "Credentials": {"RoleArn": "r"}},
            "The field 'Credentials' is not supported for activities at /States/A/Credentials",
        ),
    ],
)
def test_invalid_state_is_refused(state: dict[str, Any], expected: str) -> None:
    [error] = state_errors(state)
    assert expected in error


@pytest.mark.parametrize(
    "state",
    [
        {**END, "End": False, "Next": "B"},
        {**END, "InputPath": None, "OutputPath": None, "ResultPath": None},
        {**END, "InputPath": "$$.Execution.Input", "ResultPath": "$.a['b c'][0]"},
        {**END, "Result": {"any": [None]}, "Parameters": {"n.$": "$.a[?(@.b > 1)].c"}},
        {**WAIT, "Seconds": 0},
        {**WAIT, "TimestampPath": "$.when"},
        {"Type": "Fail", "ErrorPath": "States.Format('{}', $.e)", "CausePath": "$.c"},
        {**TASK, "Resource": ACTIVITY, "TimeoutSeconds": 6, "HeartbeatSeconds": 5},
        {**TASK, "Resource": INVOKE, "Parameters": {"FunctionName": "f"}},
        {**TASK, "Credentials": {"RoleArn.$": "$.role"}, "HeartbeatSecondsPath": "$.h"},
    ],
)
def test_valid_state_is_accepted(state: dict[str, Any]) -> None:
    assert state_errors(state) == []


# localstack: test_base_scenarios.py::TestBaseScenarios::test_wait_timestamp_invalid
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29 10:00:00Z",
        "2026-11-29T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-11-29T24:30:00Z",
        "29-11-2026T10:00:00Z",
        "2026-11-29t10:00:00z",
        "{% $now() %}",
    ],
)
def test_a_timestamp_that_is_not_rfc3339_is_refused(text: str) -> None:
    expected = "String does not match RFC3339 timestamp at /States/A/Timestamp"
    assert state_errors({**WAIT, "Timestamp": text}) == [expected]


@pytest.mark.parametrize(
    "text", ["2026-11-29T10:00:00Z", "2026-11-29T10:00:00.123456789Z", "2026-11-29T10:00:00+01:00"]
)
def test_rfc3339_timestamp_is_accepted(text: str) -> None:
    assert state_errors({**WAIT, "Timestamp": text}) == []


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (ACTIVITY, "Express state machine does not support Activity ARN"),
        (f"{INVOKE}.waitForTaskToken", "does not support '.waitForTaskToken' service integration"),
        ("arn:aws:states:::states:startExecution.sync:2", "does not support '.sync' service integration"),
    ],
)
def test_express_machine_refuses_waiting_states(resource: str, expected: str) -> None:
    state = {**TASK, "Resource": resource, "Parameters": {"FunctionName": "f", "StateMachineArn": "m"}}
    assert any(f"{expected} at /States/A/Resource" in error for error in state_errors(state, kind="EXPRESS"))
    assert not any(expected in error for error in state_errors(state))


def test_jsonata_computes_times_of_a_wait() -> None:
    assert state_errors({**TASK, "TimeoutSeconds": "{% 1 %}", "HeartbeatSeconds": 5}, **JSONATA) == []
    assert state_errors({**WAIT, "Timestamp": "{% $now() %}"}, **JSONATA) == []
    assert state_errors({**WAIT, "Seconds": "{% 1 %}"}, **JSONATA) == []
    [error] = state_errors({**WAIT, "Seconds": "1"}, **JSONATA)
    assert "Expected value of type Integer" in error
