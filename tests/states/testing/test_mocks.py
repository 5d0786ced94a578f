"""Mocked Tasks: their results, the shapes of the API, and what Retry and Catch do with errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.states.testing.laboratory import (
    ACCOUNT,
    FUNCTION,
    REGION,
    Laboratory,
    failure,
    result,
    task,
)

EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:ship:e-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:ship"
JOB = {
    "ExecutionArn": EXECUTION,
    "StateMachineArn": MACHINE,
    "Status": "SUCCEEDED",
    "StartDate": "2026-01-01",
}
RETRY = [
    {"ErrorEquals": ["Unlikely"]},
    {"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2},
]
CATCH = [
    {"ErrorEquals": ["Unlikely"], "Next": "Never"},
    {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Refund"},
]


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory()


def put(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.id"}}},
        "End": True,
        **fields,
    }


def test_mocked_result_goes_through_the_state(laboratory: Laboratory) -> None:
    state = put(ResultSelector={"saved.$": "$.Attributes"}, ResultPath="$.put", OutputPath="$.put")
    answer = laboratory.call(state, '{"id":"o-1"}', mock=result({"Attributes": {}}), inspectionLevel="DEBUG")
    assert answer == {
        "status": "SUCCEEDED",
        "output": '{"saved":{}}',
        "inspectionData": {
            "input": '{"id":"o-1"}',
            "afterInputPath": '{"id":"o-1"}',
            "afterParameters": '{"TableName":"orders","Item":{"id":{"S":"o-1"}}}',
            "result": '{"Attributes":{}}',
            "afterResultSelector": '{"saved":{}}',
            "afterResultPath": '{"id":"o-1","put":{"saved":{}}}',
        },
    }


def test_jsonata_task_shows_its_arguments_and_result(laboratory: Laboratory) -> None:
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": "https://q", "MessageBody": "{% $states.input.id %}"},
        "Output": "{% $states.result.MessageId %}",
        "Assign": {"sent": "{% $states.result.MessageId %}"},
        "Next": "Ship",
    }
    answer = laboratory.call(state, {"id": "o-1"}, mock=result({"MessageId": "m"}), inspectionLevel="DEBUG")
    assert answer["output"] == '"m"'
    assert answer["inspectionData"] == {
        "input": '{"id": "o-1"}',
        "afterArguments": '{"QueueUrl":"https://q","MessageBody":"o-1"}',
        "result": '{"MessageId":"m"}',
        "variables": '{"sent":"m"}',
    }


@pytest.mark.parametrize(
    ("mocked", "fault"),
    [
        ({"Attributes": {"id": {"S": 1}}}, "Field 'Attributes.id.S' must be a string"),
        ({"Attributes": []}, "Field 'Attributes' must be an object"),
        ([], "The result must be an object"),
    ],
)
def test_mock_is_refused_without_the_form_of_the_api(laboratory: Laboratory, mocked: Any, fault: str) -> None:
    for mode in (None, "STRICT", "PRESENT"):
        refusal = laboratory.refusal(put(), {"id": "1"}, mock=result(mocked, mode))
        assert refusal.code == "ValidationException"
        assert refusal.message.endswith(fault)
    assert laboratory.call(put(), {"id": "1"}, mock=result(mocked, "NONE"))["status"] == "SUCCEEDED"


def test_unknown_members_of_a_mock_are_ignored(laboratory: Laboratory) -> None:
    mock = result({"Surprise": 1, "attributes": 2})
    assert laboratory.call(put(), {"id": "1"}, mock=mock)["status"] == "SUCCEEDED"


def test_job_is_mocked_as_the_service_describes_it(laboratory: Laboratory) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": MACHINE},
        "End": True,
    }
    whole = {**JOB, "Output": '{"a":1}'}
    assert json.loads(laboratory.call(state, mock=result(whole))["output"]) == whole
    part = result({"Status": "SUCCEEDED"}, "PRESENT")
    assert laboratory.call(state, mock=part)["output"] == '{"Status":"SUCCEEDED"}'
    refusal = laboratory.refusal(state, mock=result({"Status": "SUCCEEDED"}))
    assert "Required field 'ExecutionArn' is missing" in refusal.message
    refusal = laboratory.refusal(state, mock=result({**JOB, "Output": {"a": 1}}))
    assert refusal.message.endswith("Field 'Output' must be a string")
    # A date is a text.
    assert laboratory.refusal(state, mock=result({**JOB, "StartDate": 1})).code == "ValidationException"


def test_job_of_an_unsupported_service_is_tested_with_a_mock(laboratory: Laboratory) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": "nightly"},
        "End": True,
    }
    mock = result({"JobRun": {"JobRunState": "SUCCEEDED"}})
    assert laboratory.call(state, mock=mock)["status"] == "SUCCEEDED"
    plain = {**state, "Resource": "arn:aws:states:::glue:startJobRun"}
    reply = laboratory.call(plain, roleArn="arn:aws:iam::1:role/x")
    assert (reply["status"], reply["error"]) == ("FAILED", "Glue.UnknownOperationException")


@pytest.mark.parametrize(
    "resource",
    [
        FUNCTION,
        f"arn:aws:states:{REGION}:{ACCOUNT}:activity:pack",
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::http:invoke",
    ],
)
def test_result_of_an_unknown_form_may_be_anything(laboratory: Laboratory, resource: str) -> None:
    arguments: dict[str, Any] = {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}
    if "http" in resource:
        arguments = {"ApiEndpoint": "https://x", "Method": "GET", "InvocationConfig": {"ConnectionArn": "c"}}
    elif "lambda:invoke" not in resource:
        arguments = {}
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True}
    assert laboratory.call(state, mock=result({"StatusCode": "any"}))["output"] == '{"StatusCode":"any"}'


def test_given_context_is_the_context(laboratory: Laboratory) -> None:
    state = task(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "ask", "Payload": {"t.$": "$$.Task.Token", "e.$": "$$.Execution.Id"}},
    )
    context = {"Task": {"Token": "T"}, "Execution": {"Id": "E"}}
    data = laboratory.inspected(state, mock=result({}), context=context)
    assert json.loads(data["afterParameters"])["Payload"] == {"t": "T", "e": "E"}
    answer = laboratory.call(state, mock=result({}), context={"Task": {"Token": "T"}})
    assert answer["error"] == "States.Runtime"


def test_error_without_handlers_fails_the_state(laboratory: Laboratory) -> None:
    answer = laboratory.call(task(), mock=failure("Lambda.ServiceException", "Down"), inspectionLevel="DEBUG")
    assert answer == {
        "status": "FAILED",
        "error": "Lambda.ServiceException",
        "cause": "Down",
        "inspectionData": {
            "input": "{}",
            "afterInputPath": "{}",
            "afterParameters": '{"FunctionName":"pay"}',
        },
    }


@pytest.mark.parametrize(("retries", "seconds"), [(0, 2), (1, 4), (2, 8)])
def test_error_is_retriable_while_attempts_remain(laboratory: Laboratory, retries: int, seconds: int) -> None:
    answer = laboratory.call(
        task(Retry=RETRY, Catch=CATCH),
        mock=failure("Lambda.ServiceException", "Down"),
        stateConfiguration={"retrierRetryCount": retries},
        inspectionLevel="DEBUG",
    )
    details = {"retryIndex": 1, "retryBackoffIntervalSeconds": seconds}
    assert answer.pop("inspectionData")["errorDetails"] == details
    assert answer == {"status": "RETRIABLE", "error": "Lambda.ServiceException", "cause": "Down"}


def test_error_is_caught_when_no_attempt_remains(laboratory: Laboratory) -> None:
    answer = laboratory.call(
        task(Retry=RETRY, Catch=CATCH),
        {"id": 1},
        mock=failure("Lambda.ServiceException", "Down"),
        stateConfiguration={"retrierRetryCount": 3},
        inspectionLevel="DEBUG",
    )
    assert answer["status"] == "CAUGHT_ERROR"
    assert answer["nextState"] == "Refund"
    assert json.loads(answer["output"]) == {
        "id": 1,
        "error": {"Error": "Lambda.ServiceException", "Cause": "Down"},
    }
    assert (answer["error"], answer["cause"]) == ("Lambda.ServiceException", "Down")
    assert answer["inspectionData"]["errorDetails"] == {"catchIndex": 1}


def test_retry_count_shows_in_the_context(laboratory: Laboratory) -> None:
    state = task(Parameters={"FunctionName": "pay", "Payload": {"n.$": "$$.State.RetryCount"}})
    data = laboratory.inspected(state, mock=result({}), stateConfiguration={"retrierRetryCount": 2})
    assert json.loads(data["afterParameters"])["Payload"] == {"n": 2}


def test_error_in_the_data_reaches_the_catch(laboratory: Laboratory) -> None:
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": FUNCTION,
        "Output": "{% $states.result.a + 'x' %}",
        "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Mend"}],
        "End": True,
    }
    answer = laboratory.call(state, mock=result({"a": 1}))
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Mend")
