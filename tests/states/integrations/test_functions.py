"""Tasks that call functions."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.states.integrations import InvokeReply
from tests.states.integrations.transports import Task

ARN = "arn:aws:lambda:us-east-1:000000000000:function:stock"
FAILED = b'{"errorMessage": "gone", "errorType": "SoldOut", "stackTrace": []}'


@pytest.mark.parametrize(
    ("arguments", "payload"),
    [
        ({}, b"{}"),
        ({"Payload": None}, b"{}"),
        ({"Payload": {"a": [1, "\u00e9"]}}, '{"a":[1,"\u00e9"]}'.encode()),
        ({"Payload": '{"a": 1}'}, b'{"a": 1}'),
        ({"Payload": "plain text"}, b'"plain text"'),
        ({"Payload": []}, b"[]"),
    ],
)
async def test_invoke_sends_the_payload_as_json(arguments: dict[str, Any], payload: bytes) -> None:
    task = Task("lambda:invoke", InvokeReply(200, b"null", executed_version="$LATEST"))
    await task.result({"FunctionName": "stock", **arguments})
    assert task.invocation["payload"] == payload


async def test_invoke_passes_the_qualifier_the_type_the_context_and_the_limit() -> None:
    task = Task("lambda:invoke", InvokeReply(202))
    arguments = {
        "FunctionName": "stock",
        "Qualifier": "live",
        "InvocationType": "Event",
        "ClientContext": "e30=",
    }
    result = await task.result(arguments, limit=3)
    assert task.invocation == {
        "function": "stock:live",
        "payload": b"{}",
        "kind": "Event",
        "client_context": "e30=",
        "limit": 3,
    }
    assert result["StatusCode"] == 202
    assert "Payload" not in result


# localstack: test_base_evaluate_expressions.py::TestBaseEvaluateJsonata::test_base_task
async def test_invoke_returns_the_payload_with_the_metadata_of_the_exchange() -> None:
    task = Task("lambda:invoke", InvokeReply(200, b'{"left": 3}', executed_version="7"))
    result = await task.result({"FunctionName": "stock"})
    metadata = result.pop("SdkHttpMetadata")
    request = result.pop("SdkResponseMetadata")["RequestId"]
    assert result == {"ExecutedVersion": "7", "Payload": {"left": 3}, "StatusCode": 200}
    assert metadata["HttpStatusCode"] == 200
    assert metadata["HttpHeaders"].keys() == {
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
        "X-Amz-Executed-Version",
        "x-amzn-Remapped-Content-Length",
        "x-amzn-RequestId",
        "X-Amzn-Trace-Id",
    }
    assert metadata["AllHttpHeaders"]["Content-Length"] == ["11"]
    assert metadata["HttpHeaders"]["x-amzn-RequestId"] == request


# localstack: test_task_service_lambda.py::TestTaskServiceLambda::test_raise_custom_exception
async def test_invoke_fails_with_the_functions_error_and_its_compact_record() -> None:
    error = await Task("lambda:invoke", InvokeReply(200, FAILED, "Unhandled")).error({"FunctionName": "f"})
    assert error.error == "SoldOut"
    assert error.cause == '{"errorMessage":"gone","errorType":"SoldOut","stackTrace":[]}'


# localstack: test_task_lambda.py::TestTaskLambda::test_raise_custom_exception
async def test_function_by_its_arn_fails_with_the_record_as_the_function_wrote_it() -> None:
    error = await Task(ARN, InvokeReply(200, FAILED, "Unhandled")).error({"a": 1})
    assert (error.error, error.cause) == ("SoldOut", FAILED.decode())


async def test_function_by_its_arn_gets_the_input_and_gives_what_it_returns() -> None:
    task = Task(ARN, InvokeReply(200, b"[1]"))
    assert await task.result([{"a": 1}]) == [1]
    assert (task.invocation["function"], task.invocation["payload"]) == (ARN, b'[{"a":1}]')


async def test_invoke_without_an_error_type_fails_as_unknown() -> None:
    payload = b'{"errorMessage":"RequestId: 1 Error: killed"}'
    error = await Task("lambda:invoke", InvokeReply(200, payload, "Unhandled")).error({"FunctionName": "f"})
    assert error.error == "Lambda.Unknown"
    assert error.cause == (
        "The cause could not be determined because Lambda did not return an error type. "
        f"Returned payload: {payload.decode()}"
    )


# localstack: test_task_service_lambda.py::TestTaskServiceLambda::test_no_such_function
async def test_invoke_of_a_missing_function_fails_with_the_words_of_the_service() -> None:
    reply = InvokeReply(404, f'{{"Message":"Function not found: {ARN}","Type":"User"}}'.encode())
    error = await Task("lambda:invoke", reply).error({"FunctionName": ARN})
    assert error.error == "Lambda.ResourceNotFoundException"
    assert error.cause is not None
    head, _, tail = error.cause.partition("Request ID: ")
    assert head == (
        f"Function not found: {ARN}:$LATEST (Service: AWSLambda; Status Code: 404; "
        "Error Code: ResourceNotFoundException; "
    )
    assert tail.endswith("; Proxy: null)")


async def test_invoke_names_throttling_and_unmodelled_errors() -> None:
    throttled = await Task("lambda:invoke", InvokeReply(429)).error({"FunctionName": "f"})
    denied = await Task("lambda:invoke", InvokeReply(403)).error({"FunctionName": "f"})
    assert throttled.error == "Lambda.TooManyRequestsException"
    assert denied.error == "Lambda.AWSLambdaException"


# localstack: test_task_service_lambda.py::TestTaskServiceLambda::test_invoke_timeout
async def test_invoke_that_ran_out_of_time_is_a_timeout_without_a_cause() -> None:
    error = await Task("lambda:invoke", InvokeReply(504)).error({"FunctionName": "f"})
    assert (error.error, error.cause) == ("States.Timeout", None)


# localstack: test_states_errors.py::TestStatesErrors
@pytest.mark.parametrize(
    ("resource", "name"),
    [("lambda:invoke", "lambda"), (ARN, ARN), ("aws-sdk:lambda:invoke", "aws-sdk:lambda")],
)
async def test_result_over_the_limit_is_refused(resource: str, name: str) -> None:
    large = InvokeReply(200, b'"' + b"x" * 262_144 + b'"')
    error = await Task(resource, large).error({"FunctionName": "f"})
    assert error.error == "States.DataLimitExceeded"
    assert error.cause == (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )


async def test_sdk_invoke_returns_the_payload_as_text_and_the_functions_error_as_a_result() -> None:
    task = Task("aws-sdk:lambda:invoke", InvokeReply(200, FAILED, "Unhandled", "$LATEST"))
    assert await task.result({"FunctionName": "f", "Payload": {"a": 1}}) == {
        "ExecutedVersion": "$LATEST",
        "FunctionError": "Unhandled",
        "Payload": FAILED.decode(),
        "StatusCode": 200,
    }
