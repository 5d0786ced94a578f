"""HTTP APIs: routes, both payloads, authorizers, CORS, mappings, and what is called."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from localcloud.gateway.definitions.http import (
    Address,
    FunctionIntegration,
    HttpApi,
    HttpIntegration,
    HttpRoute,
    JwtAuthorizer,
    RequestAuthorizer,
    Version,
)
from localcloud.gateway.definitions.rest import Iam, Unsupported
from localcloud.gateway.definitions.urls import Cors
from tests.appsync.endpoint_support import POOL as POOL_ID
from tests.appsync.endpoint_support import REGION
from tests.gateway.support import ARN, POOL, ApiResponse, Gateway, Handler, Raised, answering, running

ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"


def function(name: str = "view", version: Version = "2.0", **others: Any) -> FunctionIntegration:
    return FunctionIntegration(ARN + name, version, **others)


def to(key: str, integration: HttpIntegration | None = None, **others: Any) -> HttpRoute:
    method, _, path = ("", "", "") if key == "$default" else key.partition(" ")
    return HttpRoute(key, method, path, integration or function(), **others)


def http(*routes: HttpRoute, **others: Any) -> HttpApi:
    return replace(HttpApi("http1", "web", {"$default": {}}, routes or (to("$default"),)), **others)


@asynccontextmanager
async def serving(api: HttpApi, handlers: Mapping[str, Handler] | None = None) -> AsyncIterator[Gateway]:
    async with running([api], {"view": lambda event: event, **(handlers or {})}) as gateway:
        yield gateway


async def ask(gateway: Gateway, path: str, method: str = "GET", **how: Any) -> ApiResponse:
    url = gateway.service.addresses()[0].url + path
    async with gateway.session.request(method, url, **how) as answer:
        return ApiResponse(answer.status, answer.headers, await answer.read())


async def test_payload_2_0_has_cookies_raw_path_and_joined_values() -> None:
    api = http(to("GET /items/{id}"), stages={"dev": {"colour": "blue"}})
    async with serving(api) as gateway:
        headers = {"Cookie": "a=1; b=2", "X-One": "1"}
        event = (await ask(gateway, "/items/7%201?x=1&x=2", headers=headers)).json()
    assert event["version"] == "2.0"
    assert (event["routeKey"], event["rawPath"]) == ("GET /items/{id}", "/dev/items/7%201")
    assert (event["cookies"], event["rawQueryString"]) == (["a=1", "b=2"], "x=1&x=2")
    assert (event["headers"]["x-one"], event["queryStringParameters"]) == ("1", {"x": "1,2"})
    assert (event["pathParameters"], event["stageVariables"]) == ({"id": "7 1"}, {"colour": "blue"})
    assert event["requestContext"]["http"]["method"] == "GET"
    assert "cookie" not in event["headers"]
    assert "body" not in event


async def test_payload_1_0_has_lists_and_nulls() -> None:
    api = http(to("POST /one", function(version="1.0")))
    view = {"view": lambda event: {"statusCode": 200, "body": json.dumps(event)}}
    async with serving(api, view) as gateway:
        event = (await ask(gateway, "/one?x=1&x=2", "POST", json={"a": 1})).json()
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/one", "/one")
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert (event["pathParameters"], event["stageVariables"]) == (None, None)
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


async def test_binary_bodies_are_base64_encoded() -> None:
    async with serving(http()) as gateway:
        event = (await ask(gateway, "/x", "POST", data={"a": "b"})).json()
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"a=b")


async def test_answers_are_inferred_in_payload_2_0_alone() -> None:
    api = http(to("GET /two"), to("GET /one", function(version="1.0")))
    async with serving(api, {"view": lambda _event: {"hi": 1}}) as gateway:
        two, first = await ask(gateway, "/two"), await ask(gateway, "/one")
    assert (two.status, two.headers["content-type"], two.body) == (200, "application/json", b'{"hi":1}')
    assert (first.status, first.body) == (500, b'{"message":"Internal Server Error"}')


async def test_answer_has_cookies_types_and_bytes() -> None:
    answer = {
        "statusCode": 201,
        "cookies": ["a=1", "b=2"],
        "headers": {"Content-Type": "image/png"},
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\x89PNG").decode(),
    }
    async with serving(http(), {"view": lambda _event: answer}) as gateway:
        response = await ask(gateway, "/")
    assert (response.status, response.body, response.headers["content-type"]) == (
        201,
        b"\x89PNG",
        "image/png",
    )
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert "apigw-requestid" in response.headers


async def test_failing_function_is_500_and_unknown_route_404() -> None:
    def fails(_event: Any) -> Any:
        raise Raised("no")

    async with serving(http(to("GET /x"), to("GET /y", Unsupported("z"))), {"view": fails}) as gateway:
        failed, unknown, wrong = (
            await ask(gateway, "/x"),
            await ask(gateway, "/z"),
            await ask(gateway, "/x", "POST"),
        )
        assert (await ask(gateway, "/y")).status == 501
    assert (failed.status, failed.json()) == (500, {"message": "Internal Server Error"})
    assert [(response.status, response.json()) for response in (unknown, wrong)] == [
        (404, {"message": "Not Found"})
    ] * 2


async def test_gateway_answers_preflights_and_adds_cors_headers() -> None:
    cors = Cors(("https://a.example",), ("GET",), ("x-a",), (), credentials=True, max_age=60)
    theirs = answering(headers={"Access-Control-Allow-Origin": "*"})
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    async with serving(http(to("GET /x"), cors=cors), {"view": theirs}) as gateway:
        preflight = await ask(gateway, "/x", "OPTIONS", headers=asks)
        plain = await ask(gateway, "/x", headers={"Origin": "https://a.example"})
        other = await ask(gateway, "/x", headers={"Origin": "https://b.example"})
    assert (preflight.status, preflight.headers["access-control-max-age"]) == (204, "60")
    assert preflight.headers["access-control-allow-methods"] == "GET"
    assert plain.headers.getall("access-control-allow-origin") == ["https://a.example"]
    assert "access-control-allow-origin" not in other.headers


async def test_jwt_opens_a_route_that_requires_its_scopes() -> None:
    guard = JwtAuthorizer("a1", "jwt", ISSUER, ("client",))
    api = http(
        to("GET /open", authorizer=guard),
        to("GET /scoped", authorizer=guard, scopes=("orders/read",)),
        to("GET /other", authorizer=replace(guard, audience=("else",))),
    )
    token = POOL.token(use="access", client_id="client", scope="orders/write")
    bearer = {"Authorization": f"Bearer {token}"}
    async with serving(api) as gateway:
        missing = await ask(gateway, "/open")
        opened = await ask(gateway, "/open", headers=bearer)
        scoped = await ask(gateway, "/scoped", headers=bearer)
        other = await ask(gateway, "/other", headers=bearer)
        wrong = await ask(gateway, "/open", headers={"Authorization": f"Bearer {token[:-9]}AAAAAAAAA"})
    assert (missing.status, missing.headers["www-authenticate"]) == (401, "Bearer")
    jwt = opened.json()["requestContext"]["authorizer"]["jwt"]
    assert (jwt["claims"]["client_id"], jwt["scopes"]) == ("client", None)
    assert (scoped.status, scoped.json()) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in scoped.headers["www-authenticate"]
    assert "does not have a valid audience" in other.headers["www-authenticate"]
    assert (wrong.status, wrong.json()) == (401, {"message": "Unauthorized"})


async def test_simple_authorizer_is_cached_by_identity() -> None:
    guard = RequestAuthorizer("a2", "fn", ARN + "guard", "2.0", True, ("$request.header.x-key",), 60)

    def allows(event: Any) -> Any:
        return {"isAuthorized": event["identitySource"] == ["k"], "context": {"n": 5}}

    async with serving(http(to("GET /x", authorizer=guard)), {"guard": allows}) as gateway:
        missing = await ask(gateway, "/x")
        first, second = [await ask(gateway, "/x", headers={"x-key": "k"}) for _ in range(2)]
        denied = await ask(gateway, "/x", headers={"x-key": "z"})
        assert len(gateway.fakes.events("guard")) == 2
    assert missing.status == 401
    assert first.json()["requestContext"]["authorizer"] == {"lambda": {"n": 5}}
    assert second.status == 200
    assert (denied.status, denied.json()) == (403, {"message": "Forbidden"})


async def test_authorizer_of_payload_1_0_returns_a_policy() -> None:
    guard = RequestAuthorizer("a3", "fn", ARN + "guard", "1.0", False, (), 0)

    def allows(event: Any) -> Any:
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        return {"principalId": "u", "policyDocument": {"Statement": [statement]}, "context": {"a": "b"}}

    api = http(to("GET /x", function(version="1.0"), authorizer=guard))
    view = {"view": lambda event: {"statusCode": 200, "body": json.dumps(event)}, "guard": allows}
    async with serving(api, view) as gateway:
        event = (await ask(gateway, "/x")).json()
        events = gateway.fakes.events("guard")[0]
    assert events["methodArn"].endswith(":http1/$default/GET/x")
    assert event["requestContext"]["authorizer"] == {"principalId": "u", "a": "b"}


async def test_iam_route_accepts_signed_requests_alone() -> None:
    async with serving(http(to("GET /x", authorizer=Iam()))) as gateway:
        refused = await ask(gateway, "/x")
        signed = await gateway.sent("GET", gateway.service.addresses()[0].url + "/x")
    assert (refused.status, refused.json()) == (403, {"message": "Forbidden"})
    assert "iam" in signed.json()["requestContext"]["authorizer"]


async def test_http_proxy_maps_and_forwards_to_this_machine_alone() -> None:
    requests: list[tuple[str, Any]] = []

    async def behind(request: web.BaseRequest) -> web.StreamResponse:
        requests.append((request.path_qs, request.headers))
        return web.Response(status=418, text="tea", headers={"X-Pot": "1"})

    runner = web.ServerRunner(web.Server(behind))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    mapping = {
        "append:header.x-who": "$request.header.user",
        "overwrite:querystring.q": "a-${request.path.id}",
    }
    answers = {"418": {"overwrite:statuscode": "200", "append:header.x-new": "$response.header.x-pot"}}
    here = Address(f"http://127.0.0.1:{port}/to/{{id}}", "GET", parameters=mapping, responses=answers)
    away = Address("https://example.com/", "ANY")
    async with serving(http(to("ANY /go/{id}", here), to("GET /away", away))) as gateway:
        response = await ask(gateway, "/go/7?q=1&r=2", "POST", headers={"user": "me"})
        refused = await ask(gateway, "/away")
    await runner.cleanup()
    assert (response.status, response.body, response.headers["x-new"]) == (200, b"tea", "1")
    ((path, headers),) = requests
    assert (path, headers["x-who"]) == ("/to/7?r=2&q=a-7", "me")
    assert refused.status == 501
    assert "sends nothing to example.com" in refused.json()["message"]
