"""Tasks that call an address."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.states.integrations import TaskReply
from tests.states.integrations.transports import Task, json_reply

CONNECTION = "arn:aws:events:us-east-1:000000000000:connection/shop/1b2c"
ENDPOINT = {"ApiEndpoint": "https://shop.example/orders", "Method": "POST"}
JSON = {"Content-Type": "application/json"}


# localstack: test_sfn_scenarios.py::TestFundamental::test_step_functions_calling_api_gateway
async def test_api_gateway_is_called_at_its_stage_and_path() -> None:
    task = Task("apigateway:invoke", TaskReply(200, JSON, b'{"a":1}'))
    result = await task.result(
        {
            "ApiEndpoint": "a1.execute-api.us-east-1.amazonaws.com",
            "Method": "POST",
            "Stage": "dev",
            "Path": "/orders/1",
            "QueryParameters": {"page": ["1", "2"]},
            "Headers": {"X-Kind": ["a"]},
            "RequestBody": {"fail": True},
        }
    )
    request = task.request
    assert request.path == "https://a1.execute-api.us-east-1.amazonaws.com/dev/orders/1?page=1&page=2"
    assert (request.headers["X-Kind"], request.body) == ("a", b'{"fail":true}')
    assert result == {
        "Headers": {"Content-Type": ["application/json"]},
        "ResponseBody": {"a": 1},
        "StatusCode": 200,
        "StatusText": "OK",
    }


@pytest.mark.parametrize(
    ("resource", "name"),
    [("apigateway:invoke", "ApiGateway.404"), ("http:invoke", "States.Http.StatusCode.404")],
)
async def test_unsuccessful_status_is_an_error(resource: str, name: str) -> None:
    error = await Task(resource, TaskReply(404, {}, b"nothing here")).error(ENDPOINT)
    assert (error.error, error.cause) == (name, "nothing here")


async def test_http_without_an_answer_is_an_error_of_the_socket() -> None:
    error = await Task("http:invoke", OSError("refused")).error(ENDPOINT)
    assert error.error == "States.Http.Socket"


@pytest.mark.parametrize(
    ("authorization", "header", "value"),
    [
        ({"BasicAuthParameters": {"Username": "u", "Password": "p"}}, "Authorization", "Basic dTpw"),
        ({"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k"}}, "X-Key", "k"),
    ],
)
async def test_http_adds_what_its_connection_holds(
    authorization: dict[str, Any], header: str, value: str
) -> None:
    more = {
        "InvocationHttpParameters": {
            "QueryStringParameters": [{"Key": "shop", "Value": "1"}],
            "BodyParameters": [{"Key": "origin", "Value": "us"}],
        }
    }
    task = Task(
        "http:invoke",
        json_reply({"AuthParameters": {**authorization, **more}}),
        TaskReply(200, {}, b"fine"),
    )
    arguments = {**ENDPOINT, "Authentication": {"ConnectionArn": CONNECTION}, "RequestBody": {"a": 1}}
    assert (await task.result(arguments))["ResponseBody"] == "fine"
    assert task.transport.requests[0].json == {"Name": "shop"}
    assert task.request.headers[header] == value
    assert task.request.path.endswith("?shop=1")
    assert task.request.json == {"a": 1, "origin": "us"}


async def test_http_asks_for_a_token_where_the_connection_speaks_oauth() -> None:
    oauth = {
        "AuthorizationEndpoint": "https://login.example/token",
        "HttpMethod": "POST",
        "ClientParameters": {"ClientID": "c", "ClientSecret": "s"},
    }
    task = Task(
        "http:invoke",
        json_reply({"AuthParameters": {"OAuthParameters": oauth}}),
        json_reply({"access_token": "t"}),
        TaskReply(204),
    )
    await task.result({**ENDPOINT, "Authentication": {"ConnectionArn": CONNECTION}})
    assert task.transport.requests[1].body == b"grant_type=client_credentials&client_id=c&client_secret=s"
    assert task.request.headers["Authorization"] == "Bearer t"


async def test_http_whose_connection_is_unknown_is_refused() -> None:
    task = Task("http:invoke", json_reply({"__type": "ResourceNotFoundException"}, 400))
    error = await task.error({**ENDPOINT, "InvocationConfig": {"ConnectionArn": CONNECTION}})
    assert error.error == "Events.ConnectionResource.ResourceNotFound"


async def test_http_encodes_its_body_as_a_form_when_the_transform_says_so() -> None:
    task = Task("http:invoke", TaskReply(200))
    await task.result(
        {
            **ENDPOINT,
            "Transform": {
                "RequestBodyEncoding": "URL_ENCODED",
                "RequestEncodingOptions": {"ArrayFormat": "BRACKETS"},
            },
            "RequestBody": {"a": {"b": "x y"}, "c": [1, 2]},
        }
    )
    assert task.request.body == b"a%5Bb%5D=x%20y&c%5B%5D=1&c%5B%5D=2"
    assert task.request.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_http_sends_the_headers_of_step_functions() -> None:
    task = Task("http:invoke", TaskReply(200))
    await task.result({**ENDPOINT, "Headers": {"X-A": ["1", "2"]}, "RequestBody": {"a": 1}})
    assert task.request.headers == {
        "X-A": "1,2",
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Amazon|StepFunctions|HttpInvoke|us-east-1",
        "Range": "bytes=0-262144",
    }


async def test_http_headers_of_the_connection_win_in_any_case() -> None:
    more = {"InvocationHttpParameters": {"HeaderParameters": [{"Key": "content-type", "Value": "text/x"}]}}
    task = Task("http:invoke", json_reply({"AuthParameters": more}), TaskReply(200))
    arguments = {**ENDPOINT, "InvocationConfig": {"ConnectionArn": CONNECTION}, "RequestBody": {}}
    await task.result({**arguments, "Headers": {"Content-Type": "text/y"}})
    assert task.request.headers["content-type"] == "text/x"
    assert "Content-Type" not in task.request.headers


async def test_http_cannot_merge_a_body_that_is_a_string() -> None:
    more = {"InvocationHttpParameters": {"BodyParameters": [{"Key": "a", "Value": "b"}]}}
    task = Task("http:invoke", json_reply({"AuthParameters": more}))
    arguments = {**ENDPOINT, "InvocationConfig": {"ConnectionArn": CONNECTION}, "RequestBody": "text"}
    assert (await task.error(arguments)).error == "States.Runtime"


@pytest.mark.parametrize("header", ["Authorization", "x-amz-date", "If-Match", "HOST"])
async def test_http_refuses_reserved_headers(header: str) -> None:
    error = await Task("http:invoke").error({**ENDPOINT, "Headers": {header: "x"}})
    assert error.error == "States.Runtime"


@pytest.mark.parametrize(
    "reply", [TaskReply(200, {"content-type": "image/png"}, b"x"), TaskReply(200, {}, b"\xff\xfe")]
)
async def test_http_cannot_take_what_is_no_text(reply: TaskReply) -> None:
    assert (await Task("http:invoke", reply).error(ENDPOINT)).error == "States.Runtime"


async def test_api_gateway_gets_nulls_only_when_they_are_allowed() -> None:
    body = {"a": None, "b": [None, {"c": None}]}
    without, allowed = Task("apigateway:invoke", TaskReply(200)), Task("apigateway:invoke", TaskReply(200))
    await without.result({**ENDPOINT, "RequestBody": body})
    await allowed.result({**ENDPOINT, "RequestBody": body, "AllowNullValues": True})
    assert (without.request.json, allowed.request.json) == ({"b": [{}]}, body)


async def test_api_gateway_without_an_answer_is_a_client_error() -> None:
    error = await Task("apigateway:invoke", OSError("refused")).error(ENDPOINT)
    assert error.error == "ApiGateway.SdkClientException"
