"""Who may call a REST API: user pool tokens, Lambda authorizers' policies, IAM signatures."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from localcloud.gateway.authorizers.cognito import UserPoolTokens
from localcloud.gateway.authorizers.policy import PolicyVerdict, judge
from localcloud.gateway.definitions.rest import CognitoAuthorizer, Iam, LambdaAuthorizer
from localcloud.gateway.errors import AuthorizerFailed, Unauthorized
from localcloud.gateway.requests import Incoming
from tests.appsync import endpoint_support
from tests.appsync.endpoint_support import ACCOUNT, REGION, Pool
from tests.gateway.support import ARN, POOL, ApiResponse, Gateway, Raised, rest, route, running

CUSTOMERS = CognitoAuthorizer("a1", "customers", (endpoint_support.POOL,))
SCOPED = CognitoAuthorizer(
    "a2", "scoped", (endpoint_support.POOL,), header="X-Token", scopes=("orders/read",)
)
TOKEN = LambdaAuthorizer("a3", "token", "TOKEN", ARN + "auth", header="X-Key", validation="[a-z]+")
REQUEST = LambdaAuthorizer(
    "a4",
    "request",
    "REQUEST",
    ARN + "auth",
    identity_sources=("method.request.header.X-Key", "method.request.querystring.who"),
)
FORGETFUL = LambdaAuthorizer("a5", "forgetful", "TOKEN", ARN + "auth", header="X-Key", ttl_seconds=0)
API = rest(
    route("GET", "/mine", authorizer=CUSTOMERS),
    route("GET", "/scoped", authorizer=SCOPED),
    route("GET", "/token/{id}", authorizer=TOKEN),
    route("GET", "/request", authorizer=REQUEST),
    route("GET", "/forgetful", authorizer=FORGETFUL),
    route("POST", "/signed", authorizer=Iam()),
)
METHOD = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:rest1/api"
UNAUTHORIZED = (401, "UnauthorizedException", b'{"message":"Unauthorized"}')


def summary_of(response: ApiResponse) -> tuple[int, str, bytes]:
    return response.status, response.headers["x-amzn-ErrorType"], response.body


def policy(effect: str, resource: str, **others: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **others}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(resource: str = "*", **others: Any) -> Any:
    return lambda _event: {
        "principalId": "ada",
        "policyDocument": policy("Allow", resource),
        **others,
    }


# User pools ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
async def test_token_claims_are_strings_in_the_event(prefix: str) -> None:
    async with running([API]) as gateway:
        token = POOL.token(groups=["staff", "night"], email_verified=True, auth_time=7, exp=4102444800)
        response = await gateway.get("/mine", headers={"Authorization": prefix + token})
        assert response.status == 200
        (event,) = gateway.fakes.events("view")
        claims = event["requestContext"]["authorizer"]["claims"]
        assert claims.pop("iat").endswith(f" {time.gmtime().tm_year}")
        assert claims == {
            "sub": "5f4b8c1e-0000-4000-8000-000000000001",
            "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{endpoint_support.POOL}",
            "token_use": "id",
            "exp": "Fri Jan 01 00:00:00 UTC 2100",
            "aud": endpoint_support.CLIENT,
            "cognito:username": "ada",
            "cognito:groups": "staff,night",
            "email_verified": "true",
            "auth_time": "7",
        }


# Signed when they are sent: keys take a while to make.
BAD_TOKENS: dict[str, Callable[[], str]] = {
    "none": lambda: "",
    "only the scheme": lambda: "Bearer ",
    "nonsense": lambda: "nonsense",
    "three parts": lambda: "a.b.c",
    "no ASCII": lambda: "\u00e9",
    "access": lambda: POOL.token(use="access"),
    "refresh": lambda: POOL.token(use="refresh"),
    "another pool's": lambda: POOL.token(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"),
    "another key": lambda: Pool().token(),
    "an unknown key": lambda: Pool("key2").token(),
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_invalid_tokens_are_unauthorized(token: Callable[[], str]) -> None:
    async with running([API]) as gateway:
        assert summary_of(await gateway.get("/mine", headers={"Authorization": token()})) == UNAUTHORIZED
        assert summary_of(await gateway.get("/mine")) == UNAUTHORIZED
        assert not gateway.fakes.calls


async def test_expired_token_is_refused_with_its_own_message() -> None:
    async with running([API]) as gateway:
        response = await gateway.get(
            "/mine", headers={"Authorization": POOL.token(exp=int(time.time()) - 60)}
        )
        message = b'{"message":"The incoming token has expired"}'
        assert summary_of(response) == (401, "UnauthorizedException", message)


async def test_cached_token_is_verified_again_after_its_expiry() -> None:
    class Keys:
        calls = 0

        async def key(self, _pool: str, key_id: str) -> jwt.PyJWK | None:
            self.calls += 1
            return jwt.PyJWKSet.from_dict(POOL.jwks())[key_id]

    clock, keys = [time.time()], Keys()
    tokens = UserPoolTokens(keys, now=lambda: clock[0])
    incoming = Incoming("GET", "/", "", (("authorization", POOL.token()),), b"", "")
    for _ in range(3):
        assert (await tokens.admit(CUSTOMERS, incoming))["token_use"] == "id"
    assert keys.calls == 1
    other = CognitoAuthorizer("a9", "other", ("us-east-1_Other",))
    with pytest.raises(Unauthorized):
        await tokens.admit(other, incoming)  # what held for one authorizer is nothing to another
    clock[0] += 3601
    await tokens.admit(CUSTOMERS, incoming)
    assert keys.calls == 2


async def test_scoped_method_needs_an_access_token_with_the_scope() -> None:
    async with running([API]) as gateway:
        tokens = {
            POOL.token(use="access", scope="openid orders/read"): 200,
            POOL.token(use="access", scope="openid"): 401,
            POOL.token(use="access"): 401,
            POOL.token(scope="orders/read"): 401,
        }
        for token, status in tokens.items():
            assert (await gateway.get("/scoped", headers={"x-token": token})).status == status


# Lambda authorizers ----------------------------------------------------------------------------------------


async def test_token_authorizer_receives_its_event_and_passes_its_context() -> None:
    async with running([API], {"auth": allowing(context={"tier": 1, "vip": True, "name": "Ada"})}) as gateway:
        assert (await gateway.get("/token/7?x=1", headers={"X-Key": "secret"})).status == 200
        assert gateway.fakes.events("auth") == [
            {"type": "TOKEN", "methodArn": f"{METHOD}/GET/token/7", "authorizationToken": "secret"}
        ]
        (event,) = gateway.fakes.events("view")
        authorizer = event["requestContext"]["authorizer"]
        assert isinstance(authorizer.pop("integrationLatency"), int)
        assert authorizer == {"principalId": "ada", "tier": "1", "vip": "true", "name": "Ada"}


async def test_request_authorizer_receives_the_whole_request() -> None:
    async with running([API], {"auth": allowing()}) as gateway:
        assert (await gateway.get("/request?who=ada", headers={"X-Key": "k"})).status == 200
        (event,) = gateway.fakes.events("auth")
        (passed,) = gateway.fakes.events("view")
        assert (event.pop("type"), event.pop("methodArn")) == ("REQUEST", f"{METHOD}/GET/request")
        # All of the proxy event but the body.
        del passed["body"], passed["isBase64Encoded"], passed["requestContext"]["authorizer"]
        assert event == passed


async def test_request_without_the_identity_source_is_refused_before_the_authorizer() -> None:
    async with running([API], {"auth": allowing()}) as gateway:
        assert summary_of(await gateway.get("/token/7")) == UNAUTHORIZED
        assert summary_of(await gateway.get("/token/7", headers={"X-Key": "NOT LOWER"})) == UNAUTHORIZED
        assert summary_of(await gateway.get("/request", headers={"X-Key": "k"})) == UNAUTHORIZED
        assert summary_of(await gateway.get("/request?who=ada")) == UNAUTHORIZED
        assert not gateway.fakes.calls


async def test_cached_policy_is_evaluated_for_each_method() -> None:
    async with running([API], {"auth": allowing(f"{METHOD}/GET/token/7")}) as gateway:
        statuses = [
            (await gateway.get(path, headers={"X-Key": key})).status
            for path, key in (("/token/7", "a"), ("/token/7", "a"), ("/token/8", "a"), ("/token/7", "b"))
        ]
        assert statuses == [200, 200, 403, 200]
        assert len(gateway.fakes.events("auth")) == 2


async def test_policy_is_not_cached_without_a_time_to_live() -> None:
    async with running([API], {"auth": allowing()}) as gateway:
        for _ in range(2):
            assert (await gateway.get("/forgetful", headers={"X-Key": "a"})).status == 200
        assert len(gateway.fakes.events("auth")) == 2


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            policy("Deny", "*"),
            b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
        ),
        (policy("Allow", "arn:else"), b'{"Message":"User is not authorized to access this resource"}'),
    ],
)
async def test_denying_policy_refuses_access(document: Any, message: bytes) -> None:
    answer = {"principalId": "ada", "policyDocument": document}
    async with running([API], {"auth": lambda _event: answer}) as gateway:
        response = await gateway.get("/token/7", headers={"X-Key": "a"})
        assert summary_of(response) == (403, "AccessDeniedException", message)


def says_unauthorized(_event: Any) -> Any:
    raise Raised("Unauthorized")


def fails(_event: Any) -> Any:
    raise Raised("else")


@pytest.mark.parametrize(
    "handler",
    [
        fails,
        lambda _event: None,
        lambda _event: {"policyDocument": policy("Allow", "*")},
        lambda _event: {"principalId": "a"},
        lambda _event: {"principalId": "a", "policyDocument": {"Statement": [{"Effect": "Maybe"}]}},
        lambda _event: {"principalId": "a", "policyDocument": policy("Allow", "*"), "context": {"a": []}},
        lambda _event: b"no json",
    ],
)
async def test_failing_authorizer_is_a_configuration_error(handler: Any) -> None:
    async with running([API], {"auth": handler}) as gateway:
        response = await gateway.get("/token/7", headers={"X-Key": "a"})
        assert summary_of(response) == (500, "AuthorizerConfigurationException", b'{"message":null}')


async def test_authorizer_may_answer_unauthorized() -> None:
    async with running([API], {"auth": says_unauthorized}) as gateway:
        assert summary_of(await gateway.get("/token/7", headers={"X-Key": "a"})) == UNAUTHORIZED


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, PolicyVerdict.ALLOWED),
        (
            {"Effect": "Allow", "Action": "EXECUTE-API:invoke", "Resource": [f"{METHOD}/*"]},
            PolicyVerdict.ALLOWED,
        ),
        ({"Effect": "Allow", "Action": ["execute-api:*"], "Resource": "arn:*/G?T/a"}, PolicyVerdict.ALLOWED),
        ({"Effect": "Allow", "Action": "*", "NotResource": "*/GET/b"}, PolicyVerdict.ALLOWED),
        ({"Effect": "Allow", "NotAction": "execute-api:*", "Resource": "*"}, PolicyVerdict.DENIED),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, PolicyVerdict.DENIED),
        ({"Effect": "Allow", "Action": "*", "Resource": f"{METHOD}/[G]ET/a"}, PolicyVerdict.DENIED),
        (
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}},
            PolicyVerdict.DENIED,
        ),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, PolicyVerdict.EXPLICITLY_DENIED),
    ],
)
def test_statement_is_evaluated_for_a_method_arn(statement: Any, verdict: PolicyVerdict) -> None:
    assert judge({"Statement": statement}, f"{METHOD}/GET/a") is verdict


def test_explicit_deny_wins() -> None:
    both = [policy("Allow", "*")["Statement"][0], policy("Deny", "*/GET/*")["Statement"][0]]
    assert judge({"Statement": both}, f"{METHOD}/GET/a") is PolicyVerdict.EXPLICITLY_DENIED
    assert judge({"Statement": both}, f"{METHOD}/PUT/a") is PolicyVerdict.ALLOWED


@pytest.mark.parametrize("document", [None, [], {}, {"Statement": "x"}, {"Statement": [3]}])
def test_invalid_policy_is_refused(document: Any) -> None:
    with pytest.raises(AuthorizerFailed):
        judge(document, "arn")


# IAM -------------------------------------------------------------------------------------------------------


async def test_signed_request_reaches_the_function_with_its_identity() -> None:
    async with running([API]) as gateway:
        url = f"{gateway.url}/signed?b=2&a=%20x"
        assert (await gateway.sent("POST", url, b"{}")).status == 200
        (event,) = gateway.fakes.events("view")
        identity = event["requestContext"]["identity"]
        assert identity["userArn"] == f"arn:aws:iam::{ACCOUNT}:user/administrator"
        assert (identity["accountId"], identity["accessKey"]) == (ACCOUNT, ACCOUNT)


async def test_invalid_signatures_are_refused() -> None:
    async with running([API]) as gateway:
        url = f"{gateway.url}/signed"

        async def refused(**how: Any) -> tuple[int, str]:
            response = await gateway.sent("POST", url, b"{}", **how)
            return response.status, response.headers["x-amzn-ErrorType"]

        assert await refused(secret="guessed") == (403, "InvalidSignatureException")
        assert await refused(service="appsync") == (403, "InvalidSignatureException")
        unsigned = await gateway.request("POST", "/signed", data=b"{}")
        assert summary_of(unsigned) == (
            403,
            "MissingAuthenticationTokenException",
            b'{"message":"Missing Authentication Token"}',
        )
        bearer = await gateway.request("POST", "/signed", headers={"Authorization": "Bearer x"})
        assert (bearer.status, bearer.headers["x-amzn-ErrorType"]) == (403, "IncompleteSignatureException")
        assert not gateway.fakes.calls


async def test_deployment_empties_the_authorizer_cache(gateway_with_token: Gateway) -> None:
    gateway = gateway_with_token
    assert (await gateway.get("/token/7", headers={"X-Key": "a"})).status == 200
    gateway.apis[0] = rest(*API.routes, name="renamed")
    await gateway.service.load_all()
    assert (await gateway.get("/token/7", headers={"X-Key": "a"})).status == 200
    assert len(gateway.fakes.events("auth")) == 2


@pytest.fixture
async def gateway_with_token() -> Any:
    async with running([API], {"auth": allowing()}) as up:
        yield up
