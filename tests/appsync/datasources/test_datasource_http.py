"""The HTTP data source: AWS's own hosts at the real engine, and a plain server on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from localcloud.appsync.definition import JSON, DataSource, HttpConfig
from localcloud.appsync.resolving import FieldError, FieldOutcome
from localcloud.aws import EngineAddress
from tests.appsync.resolvers import api, call, engine, unit

RESPONSE = "export const response = (ctx) => ({ result: ctx.result, error: ctx.error });\n"


async def ask(
    address: EngineAddress, config: HttpConfig, request: str, arguments: dict[str, JSON] | None = None
) -> FieldOutcome:
    code = f"export const request = (ctx) => ({request});\n{RESPONSE}"
    definition = api(unit(code, source="http"), sources=(DataSource("http", "HTTP", config),))
    async with engine(definition, address=address) as resolvers:
        return await resolvers.resolve(call(arguments))


def value(outcome: FieldOutcome) -> dict[str, JSON]:
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    return outcome.value


STATES = HttpConfig("https://states.eu-west-1.amazonaws.com/", "states", "eu-west-1")
START = """{
    method: 'POST', resourcePath: '/',
    params: {
      headers: { 'content-type': 'application/x-amz-json-1.0',
                 'x-amz-target': 'AWSStepFunctions.StartExecution' },
      body: { stateMachineArn: ctx.args.machine, name: 'one', input: '{}' },
    },
}"""


@pytest.mark.integration
async def test_http_data_source_starts_a_step_functions_execution(address: EngineAddress) -> None:
    states = address.client("stepfunctions")  # type: ignore[call-overload]
    machine = states.create_state_machine(
        name="direct",
        roleArn="arn:aws:iam::123456789012:role/r",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
    )["stateMachineArn"]
    result = value(await ask(address, STATES, START, {"machine": machine}))["result"]
    assert isinstance(result, dict)
    assert result["statusCode"] == 200
    started = json.loads(str(result["body"]))
    assert started["executionArn"] == machine.replace(":stateMachine:", ":execution:") + ":one"
    assert states.describe_execution(executionArn=started["executionArn"])["name"] == "one"


@pytest.mark.integration
async def test_refusal_of_step_functions_is_a_result_and_no_error(address: EngineAddress) -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:nowhere"
    document = value(await ask(address, STATES, START, {"machine": arn}))
    assert document["error"] is None
    assert isinstance(document["result"], dict)
    assert document["result"]["statusCode"] == 400
    assert json.loads(str(document["result"]["body"]))["__type"].endswith("StateMachineDoesNotExist")


async def test_aws_host_without_signing_is_refused_as_on_aws(address: EngineAddress) -> None:
    config = HttpConfig("https://states.eu-west-1.amazonaws.com/")
    result = value(await ask(address, config, START, {"machine": "m"}))["result"]
    assert result == {
        "statusCode": 403,
        "headers": {},
        "body": '{"__type": "MissingAuthenticationTokenException", '
        '"message": "Missing Authentication Token"}',
    }


async def test_unknown_form_of_an_aws_host_is_named(address: EngineAddress) -> None:
    config = HttpConfig("https://x.execute-api.eu-west-1.amazonaws.com/", "execute-api", "eu-west-1")
    assert value(await ask(address, config, "{ method: 'GET', resourcePath: '/' }"))["error"] == {
        "message": f"{config.endpoint}: the local cloud serves SERVICE.REGION.amazonaws.com alone",
        "type": "UnsupportedEndpoint",
    }


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def echo(request: web.Request) -> web.Response:
        received = {
            "method": request.method,
            "host": request.headers.get("host"),
            "target": request.raw_path,
            "accept": request.headers.get("accept"),
            "type": request.headers.get("content-type"),
            "signed": "authorization" in request.headers,
            "body": (await request.read()).decode(),
        }
        return web.json_response(received, status=418, headers={"X-Seen": "yes"})

    app = web.Application(client_max_size=2**21)
    app.router.add_route("*", "/{tail:.*}", echo)
    async with TestServer(app, host="127.0.0.1") as running:
        yield str(running.make_url("/")).rstrip("/")


async def test_other_host_receives_the_request_of_the_document(server: str, address: EngineAddress) -> None:
    request = """{
        method: 'PUT', resourcePath: '/a%20b/c',
        params: { query: { q: 'x y', list: ['1', '2'], n: 3 }, headers: { accept: 'text/plain', 'x-n': 1 },
                  body: 'text' },
    }"""
    result = value(await ask(address, HttpConfig(server), request))["result"]
    assert isinstance(result, dict)
    assert isinstance(result["headers"], dict)
    assert (result["statusCode"], result["headers"]["X-Seen"]) == (418, "yes")
    echo = json.loads(str(result["body"]))
    assert echo["method"] == "PUT"
    assert echo["target"] == "/a%20b/c?q=x%20y&list=1&list=2&n=3"
    assert (echo["accept"], echo["body"], echo["signed"]) == ("text/plain", "text", False)


async def test_own_host_receives_a_signed_request_when_the_data_source_signs(
    server: str, address: EngineAddress
) -> None:
    request = "{ method: 'GET', resourcePath: '/' }"
    result = value(await ask(address, HttpConfig(server, "execute-api", "eu-west-1"), request))["result"]
    assert isinstance(result, dict)
    assert json.loads(str(result["body"]))["signed"] is True


@pytest.mark.parametrize("service", [None, "execute-api"])
async def test_address_of_a_local_api_leads_to_its_port(
    server: str, address: EngineAddress, service: str | None
) -> None:
    # The server stands for the proxy, which takes requests for all names.
    led = replace(address, proxy=server.removeprefix("http://"))
    config = HttpConfig("https://abc.execute-api.eu-west-1.amazonaws.com/prod", service)
    result = value(await ask(led, config, "{ method: 'GET', resourcePath: '/a%20b' }"))["result"]
    assert isinstance(result, dict)
    arrived = json.loads(str(result["body"]))
    assert (arrived["host"], arrived["target"]) == (
        "abc.execute-api.eu-west-1.amazonaws.com",
        "/prod/a%20b",
    )
    assert arrived["signed"] is (service is not None)


async def test_response_of_more_than_a_megabyte_fails_the_field(server: str, address: EngineAddress) -> None:
    request = "{ method: 'POST', resourcePath: ctx.args.path, params: { body: ctx.args.body } }"
    config = HttpConfig(server)
    fits = await ask(address, config, request, {"path": "/", "body": "x" * 1_000_000})
    assert fits.errors == []
    (error,) = (await ask(address, config, request, {"path": "/", "body": "x" * 1_048_577})).errors
    assert error.error_type == "MappingTemplate"
    assert error.message == (
        "Transformation too large: the request's body has 1,048,577 bytes of 1,048,576 at most"
    )
    # The echo is longer than what it was sent.
    (error,) = (await ask(address, config, request, {"path": "/", "body": "x" * 1_048_570})).errors
    assert error.message == f"Transformation too large: {server} answered more than 1,048,576 bytes"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [("iso-8859-1", b"gr\xfcn", "grün"), ("nobody-knows", b"gr\xc3\xbcn", "grün"), ("", b"\xff", "\ufffd")],
)
async def test_response_is_decoded_by_its_character_set(
    address: EngineAddress, charset: str, body: bytes, text: str
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        kind = f"text/plain; charset={charset}" if charset else "text/plain"
        return web.Response(body=body, headers={"content-type": kind})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app, host="127.0.0.1") as running:
        config = HttpConfig(str(running.make_url("/")).rstrip("/"))
        result = value(await ask(address, config, "{ method: 'GET', resourcePath: '/' }"))["result"]
    assert isinstance(result, dict)
    assert result["body"] == text


async def test_missing_answer_becomes_ctx_error(address: EngineAddress, unused_tcp_port: int) -> None:
    endpoint = f"http://127.0.0.1:{unused_tcp_port}"
    document = value(await ask(address, HttpConfig(endpoint), "{ method: 'GET', resourcePath: '/' }"))
    assert document["result"] is None
    assert isinstance(document["error"], dict)
    assert document["error"]["type"] == "HttpConnectionError"
    assert str(document["error"]["message"]).startswith(f"{endpoint} cannot be reached: ")


@pytest.mark.parametrize(
    ("request_document", "message"),
    [
        ("{ resourcePath: '/' }", "Value for field '$[method]' not found."),
        ("{ method: 'GET' }", "Value for field '$[resourcePath]' not found."),
        ("{ method: 'GET', resourcePath: 'x' }", "resourcePath 'x' must begin with '/'."),
        ("{ method: 'TRACE', resourcePath: '/' }", "Unsupported method 'TRACE' for an HTTP data source."),
    ],
)
async def test_invalid_document_fails_the_field(
    address: EngineAddress, request_document: str, message: str
) -> None:
    outcome = await ask(address, HttpConfig("http://127.0.0.1:9"), request_document)
    assert outcome.errors == [FieldError(message, "MappingTemplate")]
