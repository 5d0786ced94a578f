"""DynamoDB, SQS, EventBridge and nested executions by their optimized integrations."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.states.integrations import TaskReply, nested_result
from localcloud.states.language.errors import EvaluationError, StatesError
from tests.states.integrations.transports import CONTEXT, Task, json_reply

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:pay:p-1"
ITEM = {"TableName": "orders", "Item": {"id": {"S": "o-1"}}}


async def test_dynamodb_sends_its_arguments_as_they_are_and_adds_the_metadata() -> None:
    task = Task("dynamodb:updateItem", json_reply({"Attributes": {"n": {"N": "1"}}}))
    arguments = {"TableName": "orders", "Key": {"id": {"S": "o-1"}}, "ReturnValues": None}
    result = await task.result(arguments)
    assert task.request.headers["X-Amz-Target"] == "DynamoDB_20120810.UpdateItem"
    assert task.request.json == {"TableName": "orders", "Key": {"id": {"S": "o-1"}}}
    assert result["Attributes"] == {"n": {"N": "1"}}
    assert result["SdkResponseMetadata"] == {"RequestId": "R1"}
    assert result["SdkHttpMetadata"]["HttpHeaders"]["x-amzn-RequestId"] == "R1"
    assert "x-amz-crc32" in result["SdkHttpMetadata"]["AllHttpHeaders"]


# localstack: test_task_service_dynamodb.py::TestTaskServiceDynamoDB
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"),
        ("RequestLimitExceeded", "DynamoDB.RequestLimitExceededException"),
        ("ValidationException", "DynamoDB.AmazonDynamoDBException"),
    ],
)
async def test_dynamodb_refusal_is_named_as_its_sdk_names_it(code: str, name: str) -> None:
    refusal = json_reply({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}, 400)
    error = await Task("dynamodb:putItem", refusal).error(ITEM)
    assert error.error == name
    assert error.cause == (
        f"no (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: {code}; Request ID: R1; Proxy: null)"
    )


# localstack: test_task_service_dynamodb.py::TestTaskServiceDynamoDB::test_invalid_param
async def test_dynamodb_without_an_item_is_refused() -> None:
    error = await Task("dynamodb:putItem").error({"TableName": "orders", "Item": None})
    assert error.error == "DynamoDB.AmazonDynamoDBException"
    assert error.cause is not None
    assert error.cause.startswith(
        "1 validation error detected: Value null at 'item' failed to satisfy constraint: "
        "Member must not be null (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: ValidationException; Request ID: "
    )


async def test_dynamodb_number_that_is_no_text_is_refused() -> None:
    error = await Task("dynamodb:putItem").error({"TableName": "t", "Item": {"n": {"N": 5}}})
    assert isinstance(error, EvaluationError)
    assert error.error == "States.Runtime"
    assert error.cause == (
        'The Parameters \'{"TableName":"t","Item":{"n":{"N":5}}}\' could not be used to start the Task: '
        "[The value for the field 'N' must be a STRING]"
    )


@pytest.mark.parametrize(("body", "text"), [("hi", "hi"), ({"a": 1}, '{"a":1}'), (5, "5")])
async def test_sqs_sends_a_body_as_text(body: Any, text: str) -> None:
    task = Task("sqs:sendMessage", json_reply({"MessageId": "m-1"}))
    result = await task.result({"QueueUrl": "http://x/q", "MessageBody": body, "MessageGroupId": "g"})
    assert task.request.json == {"QueueUrl": "http://x/q", "MessageBody": text, "MessageGroupId": "g"}
    assert result["MessageId"] == "m-1"


# localstack: test_task_service_sqs.py::TestTaskServiceSqs::test_send_message_empty_body
async def test_sqs_without_a_body_is_refused() -> None:
    error = await Task("sqs:sendMessage").error({"QueueUrl": "http://x/q", "MessageBody": None})
    assert error.error == "SQS.AmazonSQSException"
    assert error.cause is not None
    assert error.cause.startswith(
        "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400; "
        "Error Code: MissingParameter; Request ID: "
    )


# localstack: test_task_service_sqs.py::TestTaskServiceSqs::test_send_message_no_such_queue
async def test_sqs_queue_url_that_is_no_address_is_a_client_error() -> None:
    error = await Task("sqs:sendMessage").error({"QueueUrl": "nowhere", "MessageBody": "x"})
    assert error.error == "SQS.SdkClientException"
    assert error.cause == "Unable to execute HTTP request: nowhere: Name or service not known"


async def test_sqs_refusal_has_the_code_of_its_query_protocol() -> None:
    refusal = json_reply(
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "none"},
        400,
        x_amzn_query_error="AWS.SimpleQueueService.NonExistentQueue;Sender",
    )
    error = await Task("sqs:sendMessage", refusal).error({"QueueUrl": "http://x/q", "MessageBody": "x"})
    assert error.error == "SQS.QueueDoesNotExistException"
    assert error.cause is not None
    assert "Error Code: AWS.SimpleQueueService.NonExistentQueue;" in error.cause


async def test_events_get_their_detail_as_text_and_the_executions_arns() -> None:
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}
    task = Task("events:putEvents", json_reply(answer))
    event = {"Detail": {"a": 1}, "Source": "orders", "Resources": ["r"], "Time": "1970-01-01T00:00:02Z"}
    result = await task.result({"Entries": [event, {"Detail": "{}"}]})
    origin = [CONTEXT["Execution"]["Id"], CONTEXT["StateMachine"]["Id"]]
    assert task.request.json["Entries"] == [
        {"Detail": '{"a":1}', "Source": "orders", "Resources": ["r", *origin], "Time": 2.0},
        {"Detail": "{}", "Resources": origin},
    ]
    assert event["Resources"] == ["r"]
    assert {name: result[name] for name in answer} == answer


async def test_partly_refused_events_fail_the_task() -> None:
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    error = await Task("events:putEvents", json_reply(answer)).error({"Entries": [{}]})
    assert error.error == "EventBridge.FailedEntry"
    assert error.cause == '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}'


async def test_nested_execution_gets_its_input_as_text() -> None:
    task = Task("states:startExecution.sync:2", json_reply({"executionArn": EXECUTION, "startDate": 1.5}))
    result = await task.result({"StateMachineArn": "m", "Input": {"a": 1}, "Name": "p-1"})
    assert task.request.json == {"stateMachineArn": "m", "input": '{"a":1}', "name": "p-1"}
    assert (result["ExecutionArn"], result["StartDate"]) == (EXECUTION, 1500)
    assert result["SdkHttpMetadata"]["HttpStatusCode"] == 200


# localstack: test_task_service_sfn.py::TestTaskServiceSfn::test_start_execution_no_such_arn
async def test_nested_execution_of_no_machine_is_refused() -> None:
    refusal = json_reply(
        {"__type": "StateMachineDoesNotExist", "message": "State Machine Does Not Exist: 'm'"}, 400
    )
    error = await Task("states:startExecution", refusal).error({"StateMachineArn": "m", "Input": None})
    assert error.error == "StepFunctions.StateMachineDoesNotExistException"
    assert error.cause == (
        "State Machine Does Not Exist: 'm' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: StateMachineDoesNotExist; Request ID: R1; Proxy: null)"
    )


async def test_reply_that_is_no_json_still_fails_the_task() -> None:
    error = await Task("dynamodb:putItem", TaskReply(503, {}, b"<html>")).error(ITEM)
    assert error.error == "DynamoDB.AmazonDynamoDBException"
    assert error.cause is not None
    assert error.cause.startswith("null (Service: AmazonDynamoDBv2; Status Code: 503; Error Code: 503;")


DESCRIPTION = {
    "executionArn": EXECUTION,
    "input": '{"a": 1}',
    "inputDetails": {"included": True},
    "output": "[2]",
    "startDate": 1.0,
    "stopDate": 2.5,
    "status": "SUCCEEDED",
}


def test_nested_result_has_the_output_as_text_or_read() -> None:
    plain, read = nested_result(DESCRIPTION, "RUN_JOB"), nested_result(DESCRIPTION, "RUN_JOB_2")
    assert (plain["Output"], plain["Input"]) == ("[2]", '{"a": 1}')
    assert (read["Output"], read["Input"]) == ([2], {"a": 1})
    assert (plain["StartDate"], plain["StopDate"], plain["InputDetails"]) == (1000, 2500, {"Included": True})


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
def test_failed_nested_execution_is_an_error(status: str) -> None:
    with pytest.raises(StatesError) as failure:
        nested_result({"status": status, "error": "E", "cause": "c"}, "RUN_JOB_2")
    assert failure.value.error == "States.TaskFailed"
    assert failure.value.cause == f'{{"Cause":"c","Error":"E","Status":"{status}"}}'


async def test_invalid_arguments_of_an_expression_are_refused() -> None:
    error = await Task("sqs:sendMessage").error({"QueueUrl": "http://x/q", "Body": "x"})
    assert isinstance(error, EvaluationError)
    assert error.cause == (
        'The Parameters \'{"QueueUrl":"http://x/q","Body":"x"}\' could not be used to start the Task: '
        '[The field "Body" is not supported by Step Functions, '
        "The field 'MessageBody' is required but was missing]"
    )


async def test_unsupported_integration_fails_its_task() -> None:
    error = await Task("batch:submitJob").error({})
    assert (error.error, error.cause) == (
        "Batch.UnknownOperationException",
        "The local cloud does not serve the integration arn:aws:states:::batch:submitJob: "
        "no containers run here",
    )
