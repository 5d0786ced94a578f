"""What becomes of a service's refusals, and of no answer at all: ctx.error, with AppSync's types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from localcloud.appsync.datasources import engine as engine_module
from localcloud.appsync.definition import JSON, DataSource, DynamoDBConfig, HttpConfig
from localcloud.aws import Credentials, EngineAddress
from tests.appsync.resolvers import NOWHERE, api, call, engine, unit

SEES = "export const response = (ctx) => ({ result: ctx.result, error: ctx.error });\n"
GET = "export const request = (ctx) => ({ operation: 'GetItem', key: { pk: { S: 'a' } } });\n"
FETCH = "export const request = (ctx) => ({ method: 'GET', resourcePath: '/' });\n"
TABLE = DataSource("table", "AMAZON_DYNAMODB", DynamoDBConfig("t", "eu-west-1"))


@dataclass
class FakeEngine:
    """Answers every call with one status and body, and keeps what it was sent."""

    address: EngineAddress
    status: int = 200
    body: JSON = field(default_factory=dict)
    silent: bool = False
    received: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
async def fake() -> AsyncIterator[FakeEngine]:
    async def answer(request: web.Request) -> web.Response:
        fake_engine.received.append(
            (await request.text(), {name.lower(): v for name, v in request.headers.items()})
        )
        if fake_engine.silent:
            await asyncio.Event().wait()
        return web.json_response(
            fake_engine.body, status=fake_engine.status, headers={"x-amzn-RequestId": "REQ1"}
        )

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        endpoint = str(server.make_url("/")).rstrip("/")
        fake_engine = FakeEngine(
            EngineAddress(endpoint, "eu-west-1", "000000000000", Credentials("KEY", "secret"))
        )
        yield fake_engine


async def ask(address: EngineAddress, source: DataSource, request: str) -> dict[str, JSON]:
    definition = api(unit(request + SEES, source=source.name), sources=(source,))
    async with engine(definition, address=address) as resolvers:
        outcome = await resolvers.resolve(call())
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    return outcome.value


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", None),
        (400, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded", None),
        (400, "ThrottlingException", None),
        (400, "com.amazon.coral.validate#ValidationException", "DynamoDbException"),
        (500, "com.amazonaws.dynamodb.v20120810#InternalServerError", None),
    ],
)
async def test_refusal_of_dynamodb_has_its_code(
    fake: FakeEngine, status: int, code: str, kind: str | None
) -> None:
    fake.status, fake.body = status, {"__type": code, "message": "Slow down"}
    assert await ask(fake.address, TABLE, GET) == {
        "result": None,
        "error": {
            "type": f"DynamoDB:{kind or code.rpartition('#')[2]}",
            "message": f"Slow down (Service: DynamoDb, Status Code: {status}, Request ID: REQ1)",
        },
    }


async def test_calls_of_dynamodb_are_signed_for_the_tables_region(fake: FakeEngine) -> None:
    assert await ask(fake.address, TABLE, GET) == {"result": None, "error": None}
    ((body, headers),) = fake.received
    assert json.loads(body) == {"TableName": "t", "Key": {"pk": {"S": "a"}}}
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=KEY/")
    assert "/eu-west-1/dynamodb/aws4_request" in headers["authorization"]


async def test_answer_that_is_no_json_is_a_service_error(fake: FakeEngine) -> None:
    fake.status, fake.body = 503, "busy"
    result = await ask(fake.address, TABLE, GET)
    assert isinstance(result["error"], dict)
    assert result["error"]["type"] == "DynamoDB:InternalServerError"


async def test_unreachable_engine_is_a_client_error() -> None:
    result = await ask(NOWHERE, TABLE, GET)
    assert isinstance(result["error"], dict)
    assert result["error"]["type"] == "DynamoDB:SdkClientException"
    assert str(result["error"]["message"]).startswith("DynamoDB cannot be reached at http://127.0.0.1:9: ")


@pytest.mark.parametrize("kind", ["table", "http"])
async def test_timeout_of_a_data_source_is_an_error(
    fake: FakeEngine, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "TIMEOUT", 0.1)
    fake.silent = True
    http = DataSource("http", "HTTP", HttpConfig(fake.address.endpoint))
    result = await ask(fake.address, *((TABLE, GET) if kind == "table" else (http, FETCH)))
    assert result == {
        "result": None,
        "error": {"message": "Execution timed out.", "type": "ExecutionTimeout"},
    }
