"""A REST API's rules at its endpoint: validators, keys, gateway responses, JWT."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.gateway.definitions.rest import ClaimRule, JwtAuthorizer, JwtIssuer, LambdaAuthorizer
from localcloud.gateway.mapping.definition import HttpProxy
from localcloud.gateway.rules.definition import ApiKey, GatewayResponse, Limit, Rules, UsagePlan, Validation
from tests.appsync.endpoint_support import POOL as POOL_ID
from tests.appsync.endpoint_support import REGION
from tests.gateway.support import ARN, POOL, rest, route, running

ORDER = '{"type": "object", "required": ["sku"], "properties": {"n": {"type": "integer"}}}'
VALIDATION = Validation(
    ("method.request.querystring.page", "method.request.header.X-Shop", "method.request.path.id"),
    {"application/json": "Order"},
    body=True,
    required=True,
)
PLAN = UsagePlan("p", {"api": {}}, frozenset({"k"}))
KEYED = Rules(keys=(ApiKey("k", "the-key"),), plans=(PLAN,))
VALID = {"params": {"page": "1"}, "headers": {"X-Shop": "s"}, "json": {"sku": "a"}}
PATH = "integration.request.path.proxy"
ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"


def token(**claims: Any) -> str:
    """Return a token of a trusted issuer; a user pool's, whose keys the engine has."""
    return POOL.token(use="access", client_id=claims.pop("client_id", None), **claims)


def validated(**responses: GatewayResponse) -> Any:
    rules = Rules(responses=responses, schemas={"Order": ORDER})
    return rest(route("POST", "/orders/{id}", validation=VALIDATION), rules=rules)


async def test_validator_requires_its_parameters_and_its_model() -> None:
    async with running([validated()]) as gateway:

        async def post(**changed: Any) -> tuple[int, str | None]:
            answer = await gateway.request("POST", "/orders/7", **{**VALID, **changed})
            return answer.status, None if answer.status == 200 else answer.json()["message"]

        assert await post() == (200, None)
        missing = "Missing required request parameters: [page, X-Shop]"
        assert await post(params={}, headers={}) == (400, missing)
        assert await post(json={"n": "x"}) == (400, "Invalid request body")
        assert await post(json=None, data=b"{") == (200, None)  # of another type than JSON
        typed = {"X-Shop": "s", "Content-Type": "application/json"}
        assert await post(json=None, data=b"{", headers=typed) == (400, "Invalid request body")
        answer = await gateway.request("POST", "/orders/7", **{**VALID, "json": {}})
        assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"


async def test_gateway_response_has_its_status_headers_and_body() -> None:
    template = '{"error": $context.error.messageString, "why": "$context.error.validationErrorString"}'
    response = GatewayResponse(
        422,
        {
            "X-Origin": "method.request.header.Origin",
            "X-Stage": "context.stage",
            "X-None": "method.request.header.No",
        },
        {
            "application/json": template,
            "text/plain": "$context.error.responseType at ${stageVariables.shop}.",
        },
    )
    api = replace(validated(BAD_REQUEST_BODY=response), stages={"api": {"shop": "s1"}})
    async with running([api]) as gateway:
        bad = {**VALID, "json": {}, "headers": {"X-Shop": "s", "Origin": "http://a.test"}}
        answer = await gateway.request("POST", "/orders/7", **bad)
        assert (answer.status, answer.headers["X-Origin"], answer.headers["X-Stage"]) == (
            422,
            "http://a.test",
            "api",
        )
        assert "X-None" not in answer.headers
        assert b'"why": "[object has missing required properties (["sku"])]"' in answer.body
        bad["headers"] |= {"Accept": "text/plain"}
        answer = await gateway.request("POST", "/orders/7", **bad)
        assert (answer.body, answer.headers["Content-Type"]) == (b"BAD_REQUEST_BODY at s1.", "text/plain")


async def test_gateway_response_for_an_unknown_path_has_the_stage_alone() -> None:
    response = GatewayResponse(
        404, {}, {"application/json": '{"at": "$context.path", "res": "$context.resourcePath"}'}
    )
    async with running([rest(rules=Rules(responses={"DEFAULT_4XX": response}), routes=())]) as gateway:
        answer = await gateway.get("/nowhere")
    assert (answer.status, answer.json()) == (404, {"at": "/api/nowhere", "res": ""})


async def test_method_with_a_required_key_is_refused_without_it() -> None:
    api = rest(route("GET", "/keyed", key_required=True), route("GET", "/open"), rules=KEYED)
    async with running([api]) as gateway:
        assert (await gateway.get("/open")).status == 200
        for headers in ({}, {"x-api-key": "another"}):
            answer = await gateway.get("/keyed", headers=headers)
            assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})
        assert (await gateway.get("/keyed", headers={"X-Api-Key": "the-key"})).status == 200
        identity = gateway.fakes.events("view")[-1]["requestContext"]["identity"]
        assert (identity["apiKey"], identity["apiKeyId"]) == ("the-key", "k")


async def test_authorizer_supplies_the_api_key_when_configured() -> None:
    guard = LambdaAuthorizer("a", "guard", "TOKEN", ARN + "guard", ttl_seconds=0)
    api = rest(
        route("GET", "/keyed", key_required=True, authorizer=guard),
        rules=replace(KEYED, key_source="AUTHORIZER"),
    )
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

    def answer(event: Any) -> Any:
        return {
            "principalId": "u",
            "policyDocument": allow,
            "usageIdentifierKey": event["authorizationToken"],
        }

    async with running([api], {"guard": answer}) as gateway:
        assert (await gateway.get("/keyed", headers={"Authorization": "the-key"})).status == 200
        headers = {"Authorization": "another", "x-api-key": "the-key"}
        assert (await gateway.get("/keyed", headers=headers)).status == 403


async def test_request_beyond_the_limit_is_429() -> None:
    rules = replace(KEYED, limits={"api": {"*/*": Limit(0.001, 1)}})
    async with running([rest(route("GET", "/a"), rules=rules)]) as gateway:
        assert (await gateway.get("/a")).status == 200
        answer = await gateway.get("/a")
        assert (answer.status, answer.json()) == (429, {"message": "Too Many Requests"})


def trusting(**changed: Any) -> JwtAuthorizer:
    issuer = JwtIssuer(ISSUER, ("client",), (ClaimRule("tenant", required=True, values=("a",)),))
    return replace(JwtAuthorizer("j", "tokens", (issuer,), ("RS256",)), **changed)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": "client", "tenant": "a", "scope": "orders/read"}, 200),
        ({"client_id": "client", "tenant": "a", "scope": "orders/read"}, 200),
        ({"aud": "client", "tenant": "a", "scope": "other"}, 403),
        ({"aud": "another", "tenant": "a", "scope": "orders/read"}, 401),
        ({"aud": "client", "tenant": "b", "scope": "orders/read"}, 401),
        ({"aud": "client", "scope": "orders/read"}, 401),
        ({"aud": "client", "tenant": "a", "exp": 1}, 401),
        ({"aud": "client", "tenant": "a", "iss": "https://else.test"}, 401),
    ],
)
async def test_jwt_needs_a_trusted_issuer_audience_and_claims(claims: dict[str, Any], status: int) -> None:
    api = rest(route("GET", "/mine", authorizer=trusting(scopes=("orders/read",))))
    text = token(**claims)
    async with running([api]) as gateway:
        answer = await gateway.get("/mine", headers={"Authorization": f"Bearer {text}"})
        assert answer.status == status
        if status == 200:
            authorizer = gateway.fakes.events("view")[-1]["requestContext"]["authorizer"]
            assert authorizer["claims"]["tenant"] == "a"


async def test_jwt_of_another_algorithm_is_refused() -> None:
    api = rest(route("GET", "/mine", authorizer=trusting(algorithms=("ES256",))))
    text = token(aud="client", tenant="a")
    async with running([api]) as gateway:
        assert (await gateway.get("/mine", headers={"Authorization": text})).status == 401
        assert (await gateway.get("/mine")).json() == {"message": "Unauthorized"}


async def test_http_proxy_passes_the_request_and_an_unreachable_address_is_an_error() -> None:
    here = rest(route("ANY", "/{proxy+}"), stages={"v1": {}}, id="rest2")
    proxy = HttpProxy(
        "http://${stageVariables.host}/v1/{proxy}", parameters={PATH: "method.request.path.proxy"}
    )
    there = rest(route("ANY", "/{proxy+}", proxy), route("GET", "/", HttpProxy("http://127.0.0.1:9/")))
    away = route("GET", "/away", HttpProxy("https://example.com/"))
    async with running([here, replace(there, routes=(*there.routes, away))]) as gateway:
        host = gateway.address("rest2").url.partition("//")[2].partition("/")[0]
        gateway.apis[1] = replace(gateway.apis[1], stages={"api": {"host": host}})
        await gateway.service.load_all()
        answer = await gateway.request("PUT", "/orders/7?a=1&a=2", data=b"body", headers={"X-Mine": "m"})
        assert (answer.status, answer.body) == (200, b"ok")
        event = gateway.fakes.events("view")[-1]
        assert (event["httpMethod"], event["path"], event["body"]) == ("PUT", "/orders/7", "body")
        assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
        assert event["headers"]["X-Mine"] == "m"
        answer = await gateway.get("/")
        assert (answer.status, answer.json()) == (
            504,
            {"message": "Network error communicating with endpoint"},
        )
        answer = await gateway.get("/away")
        assert (answer.status, "example.com: it is not on this machine" in answer.json()["message"]) == (
            501,
            True,
        )


async def test_identity_source_may_be_in_the_context() -> None:
    sources = ("context.identity.sourceIp", "context.nothing")
    guard = LambdaAuthorizer("a", "guard", "REQUEST", ARN + "guard", identity_sources=sources[:1])
    blind = replace(guard, id="b", identity_sources=sources)
    api = rest(route("GET", "/a", authorizer=guard), route("GET", "/b", authorizer=blind))
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    async with running([api], {"guard": lambda _: {"principalId": "u", "policyDocument": allow}}) as gateway:
        assert [(await gateway.get(path)).status for path in ("/a", "/a", "/b")] == [200, 200, 401]
        assert len(gateway.fakes.events("guard")) == 1
