"""REST APIs over HTTP: the event a function gets, the answers, the limits, the gateway's own words."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.gateway.definitions.rest import CognitoAuthorizer, Mock, Unsupported
from tests.appsync import endpoint_support
from tests.gateway.support import POOL, Gateway, Raised, answering, proxy, rest, route, running

EVENTS = Path(__file__).parent.parent / "events"
CUSTOMERS = CognitoAuthorizer("auth1", "customers", (endpoint_support.POOL,))
API = rest(
    route("PUT", "/orders/{order_id}", authorizer=CUSTOMERS),
    route("ANY", "/echo/{proxy+}"),
    route("GET", "/slow", proxy("slow", 0.05)),
    route("GET", "/missing", proxy("nobody")),
    route("OPTIONS", "/orders", Mock(200, {"Access-Control-Allow-Origin": "*"})),
    route("GET", "/vtl", Unsupported("HTTP_PROXY to https://example.com")),
    stages={"api": {"colour": "green"}, "test": {}},
    binary_media_types=("image/png",),
)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running([API]) as up:
        yield up


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def shape(value: Any) -> Any:
    """Return the names and types of a document; values and the names of headers are left out."""
    if isinstance(value, dict):
        free = {"headers", "multiValueHeaders"}
        return {name: type(v).__name__ if name in free else shape(v) for name, v in sorted(value.items())}
    return [shape(value[0])] if isinstance(value, list) else type(value).__name__


async def test_rest_event_has_the_shape_of_aws(gateway: Gateway) -> None:
    token = POOL.token(groups=["staff", "night"])
    await gateway.request(
        "PUT", "/orders/7?after=1", data="{}", headers={"Authorization": token, "Content-Type": "text/json"}
    )
    (event,) = gateway.fakes.events("view")
    assert shape(event) == shape(recorded("apigateway_rest"))
    host = gateway.url.removeprefix("http://").removesuffix("/api")
    context = event["requestContext"]
    assert (event["resource"], event["path"]) == ("/orders/{order_id}", "/orders/7")
    assert (context["path"], context["stage"], context["domainName"]) == ("/api/orders/7", "api", host)
    assert event["pathParameters"] == {"order_id": "7"}
    assert event["stageVariables"] == {"colour": "green"}
    assert (event["body"], event["isBase64Encoded"]) == ("{}", False)
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"


async def test_missing_parts_of_the_event_are_null(gateway: Gateway) -> None:
    await gateway.request("GET", "/echo/a")
    url = gateway.url.removesuffix("api") + "test/echo/a"
    await (await gateway.session.get(url)).read()
    of_api, of_test = gateway.fakes.events("view")
    names = ("queryStringParameters", "multiValueQueryStringParameters", "body")
    assert [of_api[name] for name in names] == [None, None, None]
    assert "authorizer" not in of_api["requestContext"]
    assert of_test["stageVariables"] is None


async def test_repeated_parameters_and_headers_are_multi_values(gateway: Gateway) -> None:
    await gateway.get(
        "/echo/a?x=1&y=%C3%A9+b&x=2&z", headers=[("X-One", "a"), ("X-One", "b"), ("x-two", "é")]
    )
    (event,) = gateway.fakes.events("view")
    assert event["queryStringParameters"] == {"x": "2", "y": "é b", "z": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["é b"], "z": [""]}
    assert (event["headers"]["X-One"], event["multiValueHeaders"]["X-One"]) == ("b", ["a", "b"])
    assert event["headers"]["x-two"] == "é"


async def test_binary_bodies_are_base64_encoded(gateway: Gateway) -> None:
    await gateway.request("POST", "/echo/a", data=b"\x00\xff", headers={"Content-Type": "image/png"})
    await gateway.request("POST", "/echo/a", data=b"\x00\xff", headers={"Content-Type": "text/plain"})
    binary, text = gateway.fakes.events("view")
    assert (binary["body"], binary["isBase64Encoded"]) == ("AP8=", True)
    assert (text["body"], text["isBase64Encoded"]) == ("\x00\ufffd", False)


async def test_compressed_body_is_passed_unchanged(gateway: Gateway) -> None:
    headers = {"Content-Type": "image/png", "Content-Encoding": "gzip"}
    await gateway.request("POST", "/echo/a", data=b"no gzip", headers=headers)
    (event,) = gateway.fakes.events("view")
    assert event["body"] == "bm8gZ3ppcA=="


async def test_answer_has_the_headers_of_function_and_gateway(gateway: Gateway) -> None:
    gateway.fakes.handlers["view"] = answering("[1]", multiValueHeaders={"Set-Cookie": ["a=1", "b=2"]})
    response = await gateway.get("/echo/a")
    assert (response.status, response.body) == (200, b"[1]")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    (event,) = gateway.fakes.events("view")
    assert response.headers["x-amzn-RequestId"] == event["requestContext"]["requestId"]
    assert response.headers["x-amz-apigw-id"] == event["requestContext"]["extendedRequestId"]
    assert response.headers["X-Amzn-Trace-Id"] == event["headers"]["X-Amzn-Trace-Id"]


@pytest.mark.parametrize(("status", "method"), [(304, "GET"), (204, "DELETE"), (200, "HEAD")])
async def test_statuses_without_a_body_omit_it(gateway: Gateway, status: int, method: str) -> None:
    gateway.fakes.handlers["view"] = lambda _e: {
        "statusCode": status,
        "headers": {"ETag": '"3"'},
        "body": "ignored",
    }
    response = await gateway.request(method, "/echo/a")
    assert (response.status, response.headers["ETag"], response.body) == (status, '"3"', b"")
    assert (await gateway.request(method, "/echo/a")).status == status  # the connection is still in step


async def test_mock_integration_answers_preflights(gateway: Gateway) -> None:
    response = await gateway.request("OPTIONS", "/orders")
    assert (response.status, response.headers["Access-Control-Allow-Origin"], response.body) == (
        200,
        "*",
        b"",
    )
    assert not gateway.fakes.calls


MISSING = b'{"message":"Missing Authentication Token"}'
FAILED = b'{"message": "Internal server error"}'


@pytest.mark.parametrize(
    ("path", "status", "kind", "body"),
    [
        (
            "/nowhere",
            403,
            "MissingAuthenticationTokenException",
            b'{"message":"Missing Authentication Token"}',
        ),
        ("/../other/x", 403, "ForbiddenException", b'{"message":"Forbidden"}'),
        ("/slow", 504, "InternalServerErrorException", b'{"message": "Endpoint request timed out"}'),
        ("/missing", 500, "InternalServerErrorException", FAILED),
        (
            "/vtl",
            501,
            "NotImplementedException",
            b'{"message":"The gateway does not serve this integration: HTTP_PROXY to https://example.com."}',
        ),
    ],
)
async def test_gateway_errors_have_type_and_message(
    gateway: Gateway, path: str, status: int, kind: str, body: bytes
) -> None:
    answered = asyncio.Event()

    async def slow(_event: Any) -> Any:
        await answered.wait()

    gateway.fakes.handlers["slow"] = slow
    response = await gateway.get(path)
    assert (response.status, response.headers["x-amzn-ErrorType"], response.body) == (status, kind, body)
    assert response.headers["x-amzn-RequestId"]
    assert response.headers["x-amz-apigw-id"]
    answered.set()


async def test_function_continues_after_the_gateway_timeout(gateway: Gateway) -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def slow(_event: Any) -> Any:
        await go_on.wait()
        ended.set()

    gateway.fakes.handlers["slow"] = slow
    assert (await gateway.get("/slow")).status == 504
    go_on.set()
    async with asyncio.timeout(60):
        await ended.wait()


@pytest.mark.parametrize("result", [b"", b"no json", b"null", b'{"statusCode": "x"}', b'{"body": "x"}'])
async def test_malformed_answer_is_502(gateway: Gateway, result: bytes) -> None:
    gateway.fakes.handlers["view"] = lambda _event: result
    response = await gateway.get("/echo/a")
    assert (response.status, response.body) == (502, FAILED)
    assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (b'"hello"', "it is no JSON object with a statusCode"),
        (b'{"body": "hello"}', "statusCode is no number from 200 to 599"),
        (b'{"statusCode": 200, "body": {}}', "body is no string (json.dumps makes one)"),
        (b'{"statusCode": 200, "headers": {"X-A": null}}', "a header's value is no text, number or boolean"),
        (b"{", "it is no JSON"),
    ],
)
async def test_log_explains_a_malformed_answer(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, result: bytes, why: str
) -> None:
    gateway.fakes.handlers["view"] = lambda _event: result
    await gateway.get("/echo/a")
    assert [record.getMessage() for record in caplog.records] == [
        f"Malformed answer of a function to GET /api/echo/a: {why}"
    ]


async def test_failing_function_is_502_without_its_message(gateway: Gateway) -> None:
    def fail(_event: Any) -> Any:
        raise Raised("secret of the inside")

    gateway.fakes.handlers["view"] = fail
    response = await gateway.get("/echo/a")
    assert (response.status, response.body) == (502, FAILED)


async def test_body_over_ten_megabytes_or_six_of_lambda_is_refused(gateway: Gateway) -> None:
    for size in (10 * 1024 * 1024 + 1, 7 * 1024 * 1024):
        response = await gateway.request("POST", "/echo/a", data=io.BytesIO(b"x" * size))
        assert (response.status, response.body) == (413, b'{"message":"Request Too Long"}')
        assert response.headers["x-amzn-ErrorType"] == "RequestEntityTooLargeException"
    assert not gateway.fakes.calls


async def test_chunked_body_over_the_limit_is_refused(gateway: Gateway) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    assert (await gateway.request("POST", "/echo/a", data=chunks())).status == 413


async def test_headers_over_10240_bytes_are_refused(gateway: Gateway) -> None:
    assert (await gateway.get("/echo/a", headers={"X-Long": "x" * 9_500})).status == 200
    response = await gateway.get("/echo/a", headers={"X-Long": "x" * 10_240})
    assert (response.status, response.body) == (431, b'{"message":"HTTP header is larger than 10240 bytes."}')


async def test_client_that_expects_100_continue_is_answered(gateway: Gateway) -> None:
    response = await gateway.request("POST", "/echo/a", data=b"body", expect100=True)
    assert response.status == 200
    assert gateway.fakes.events("view")[0]["body"] == "body"


async def test_waiting_request_delays_no_other(gateway: Gateway) -> None:
    waiting = asyncio.Event()

    async def slow(event: Any) -> Any:
        if event["path"] == "/echo/slow":
            await waiting.wait()
        return {"statusCode": 200}

    gateway.fakes.handlers["view"] = slow
    polls = [asyncio.create_task(gateway.get("/echo/slow")) for _ in range(20)]
    await gateway.until(lambda: len(gateway.fakes.calls) == 20)
    assert (await gateway.get("/echo/quick")).status == 200
    assert not any(poll.done() for poll in polls)
    waiting.set()
    assert [poll.status for poll in await asyncio.gather(*polls)] == [200] * 20
