"""Which mode a credential asks for, which modes count, and that no text makes the gate fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.auth.gate import CallerGate, Credential
from localcloud.appsync.auth.invoking import asking
from localcloud.appsync.auth.lambda_authorizer import LambdaAuthorizers
from localcloud.appsync.definition import (
    AuthMode,
    AuthType,
    LambdaAuthorizerConfig,
    OpenIdConfig,
    UserPoolConfig,
)
from localcloud.appsync.errors import RequestError, Unauthorized
from localcloud.auth.principals import Principals
from tests.appsync.abuse import QUICK, json_documents
from tests.appsync.auth_support import FakeFunctions
from tests.appsync.endpoint_support import API_KEY, ENGINE, EXPIRED_KEY, POOL, REGION, definition

MODES: dict[AuthType, AuthMode] = {
    "API_KEY": AuthMode("API_KEY"),
    "AWS_IAM": AuthMode("AWS_IAM"),
    "AMAZON_COGNITO_USER_POOLS": AuthMode(
        "AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION)
    ),
    "OPENID_CONNECT": AuthMode("OPENID_CONNECT", open_id=OpenIdConfig("ftp://nowhere")),
    "AWS_LAMBDA": AuthMode("AWS_LAMBDA", lambda_authorizer=LambdaAuthorizerConfig("fn")),
}


class NoKeys:
    async def key(self, user_pool_id: str, key_id: str) -> None:
        return None


def gate(*modes: AuthType) -> CallerGate:
    first, *others = [MODES[mode] for mode in modes]
    return CallerGate(
        definition(default_auth=first, additional_auth=tuple(others)),
        principals=Principals(ENGINE),
        keys=NoKeys(),
        authorizers=LambdaAuthorizers(asking(FakeFunctions())),
    )


def bearing(**headers: str) -> Credential:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Credential(named, b"{}", "127.0.0.1")


@pytest.mark.parametrize(
    ("modes", "headers", "mode"),
    [
        (("API_KEY",), {"x_api_key": API_KEY}, "API_KEY"),
        # An API without another mode does not look at what else is sent along.
        (("API_KEY",), {"x_api_key": API_KEY, "authorization": "Bearer a.b.c"}, "API_KEY"),
        (("API_KEY", "AWS_IAM"), {"x_api_key": API_KEY, "authorization": "something"}, "API_KEY"),
        (("API_KEY", "AWS_LAMBDA"), {"x_api_key": API_KEY, "authorization": "t"}, "AWS_LAMBDA"),
        (("API_KEY", "AWS_LAMBDA"), {"x_api_key": API_KEY}, "API_KEY"),
        (("API_KEY", "AWS_LAMBDA"), {"x_api_key": API_KEY, "authorization": "  "}, "API_KEY"),
    ],
)
async def test_gate_selects_the_mode_by_the_credential(
    modes: tuple[AuthType, ...], headers: dict[str, str], mode: AuthType
) -> None:
    assert (await gate(*modes).admit(bearing(**headers))).mode == mode


@pytest.mark.parametrize(
    ("modes", "headers", "message"),
    [
        (("API_KEY",), {}, "Valid authorization header not provided."),
        (("API_KEY",), {"authorization": "t"}, "Valid authorization header not provided."),
        (("AWS_IAM",), {"x_api_key": API_KEY}, "Valid authorization header not provided."),
        (("API_KEY",), {"x_api_key": "da2-other"}, "You are not authorized to make this call."),
        (("API_KEY",), {"x_api_key": EXPIRED_KEY}, "You are not authorized to make this call."),
        (("AMAZON_COGNITO_USER_POOLS",), {"authorization": "t"}, "Unable to parse JWT token."),
        (
            ("AMAZON_COGNITO_USER_POOLS", "AWS_LAMBDA"),
            {"authorization": "Bearer t"},
            "Unable to parse JWT token.",
        ),
    ],
)
async def test_gate_refuses_credentials_of_no_mode(
    modes: tuple[AuthType, ...], headers: dict[str, str], message: str
) -> None:
    with pytest.raises(Unauthorized) as refused:
        await gate(*modes).admit(bearing(**headers))
    assert refused.value.message == message


async def test_gate_admits_a_mode_only_for_the_operations_that_allow_it() -> None:
    api_gate = gate("API_KEY", "AWS_LAMBDA")
    key, token = bearing(x_api_key=API_KEY), bearing(authorization="t")
    assert (await api_gate.admit(key, {"API_KEY"})).mode == "API_KEY"
    assert (await api_gate.admit(token, {"AWS_LAMBDA", "AWS_IAM"})).mode == "AWS_LAMBDA"
    for credential, modes in ((key, {"AWS_LAMBDA"}), (token, {"API_KEY"}), (token, set[AuthType]())):
        with pytest.raises(Unauthorized):
            await api_gate.admit(credential, modes)  # type: ignore[arg-type]


async def test_authorizer_receives_requests_of_event_apis() -> None:
    functions = FakeFunctions(lambda _event: {"isAuthorized": True, "handlerContext": {"a": "b"}})
    api_gate = CallerGate(
        definition(default_auth=MODES["AWS_LAMBDA"], additional_auth=()),
        principals=Principals(ENGINE),
        keys=NoKeys(),
        authorizers=LambdaAuthorizers(asking(functions)),
        context_name="handlerContext",
    )
    about = {"operation": "EVENT_PUBLISH", "channel": "/a/b"}
    caller = await api_gate.admit(Credential({"authorization": "t"}, b"", "::1", request_context=about))
    assert (caller.identity, caller.resolver_context) == ({"handlerContext": {"a": "b"}}, {"a": "b"})
    context: dict[str, Any] = functions.events[0]["requestContext"]
    del context["requestId"]
    assert context == {"apiId": "api1", "accountId": ENGINE.account, **about}


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


documents = st.dictionaries(
    st.sampled_from(["alg", "kid", "iss", "exp", "iat", "aud", "crit", "b64"]),
    st.sampled_from(["RS256", "HS256", "none", "ftp://nowhere", "k"]) | json_documents,
)
parts = st.one_of(
    documents.map(lambda document: part(json.dumps(document).encode())),
    st.binary(max_size=20).map(part),
    st.text(max_size=10),
    st.just(part(b"[" * 5000)),
)
tokens = st.one_of(
    st.text(max_size=40),
    st.lists(parts, min_size=3, max_size=3).map(".".join),
    st.lists(parts, max_size=4).map(lambda segments: "Bearer " + ".".join(segments)),
    st.text(max_size=60).map(lambda text: "AWS4-HMAC-SHA256 " + text),
)
names = st.sampled_from(["authorization", "x-api-key", "x-amz-date", "x-amz-security-token", "host"])


@QUICK
@given(headers=st.dictionaries(names, tokens), body=st.binary(max_size=30))
async def test_gate_admits_or_refuses_any_text(headers: dict[str, str], body: bytes) -> None:
    api_gate = gate("AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_IAM", "API_KEY", "AWS_LAMBDA")
    try:
        caller = await api_gate.admit(Credential(headers, body, "127.0.0.1"))
    except RequestError as problem:
        assert problem.status in {401, 403}
    else:
        assert caller.mode == "AWS_LAMBDA"  # its function lets everybody in
