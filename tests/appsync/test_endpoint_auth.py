"""Credentials really verified, identities as AppSync shows them, and the directives that guard fields."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.appsync.definition import AuthMode, UserPoolConfig
from localcloud.appsync.resolving import FieldOutcome
from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.principals import Principal
from localcloud.auth.sigv4 import SignedRequest, verify_signature
from tests.appsync.endpoint_support import (
    ACCOUNT,
    API_KEY,
    CLIENT,
    ENGINE,
    POOL,
    REGION,
    Pool,
    Running,
    definition,
    resolvers,
    running,
)

SECRET = ENGINE.credentials.secret_access_key


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


def signed(
    url: str,
    body: str,
    *,
    secret: str = SECRET,
    key: str = ACCOUNT,
    token: str | None = None,
    region: str = REGION,
) -> dict[str, str]:
    request = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    SigV4Auth(Credentials(key, secret, token), "appsync", region).add_auth(request)
    return dict(request.headers.items())


async def as_iam(up: Running, query: str, **how: Any) -> tuple[int, Any]:
    body = json.dumps({"query": query})
    return await up.post(body, **signed(up.address.graphql, body, **how))


# Cognito ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["id", "access"])
async def test_identity_has_the_claims_and_groups_of_a_user(cloud: Running, use: str) -> None:
    token = cloud.pool.token(use=use, groups=["staff", "night"])
    answer = await cloud.query("{ identity }", authorization=token)
    identity = json.loads(answer["data"]["identity"])
    claims = identity.pop("claims")
    assert identity == {
        "sub": "5f4b8c1e-0000-4000-8000-000000000001",
        "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}",
        "username": "ada",
        "sourceIp": ["127.0.0.1"],
        "defaultAuthStrategy": "ALLOW",
        "groups": ["staff", "night"],
    }
    assert claims["token_use"] == use
    assert claims["cognito:groups"] == ["staff", "night"]


async def test_bearer_prefix_is_optional_and_groups_may_be_missing(cloud: Running) -> None:
    answer = await cloud.query("{ identity }", authorization=f"Bearer {cloud.pool.token()}")
    assert json.loads(answer["data"]["identity"])["groups"] is None


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": int(time.time()) - 10}, "Token has expired."),
        ({"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"}, None),
        ({"token_use": "refresh"}, None),
        ({"sub": None}, None),
        ({"exp": None}, None),
    ],
)
async def test_invalid_user_pool_tokens_are_refused(
    cloud: Running, claims: dict[str, Any], message: str | None
) -> None:
    status, answer = await cloud.post({"query": "{ identity }"}, authorization=cloud.pool.token(**claims))
    assert (status, answer["errors"]) == (
        401,
        [
            {
                "errorType": "UnauthorizedException",
                "message": message or "You are not authorized to make this call.",
            }
        ],
    )


async def test_token_signed_with_another_key_is_refused(cloud: Running) -> None:
    for forger in (Pool(), Pool("key2")):
        status, _ = await cloud.post({"query": "{ identity }"}, authorization=forger.token())
        assert status == 401
    unsigned = cloud.pool.token().rpartition(".")[0] + "."
    status, _ = await cloud.post({"query": "{ identity }"}, authorization=unsigned)
    assert status == 401


@pytest.mark.parametrize(
    ("pattern", "status"), [(CLIENT, 200), ("client.*", 200), ("other", 401), ("client", 401)]
)
async def test_token_is_refused_when_its_client_does_not_match_the_pattern(pattern: str, status: int) -> None:
    mode = AuthMode(
        "AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION, app_id_client_regex=pattern)
    )
    async with running(definition(default_auth=mode, additional_auth=())) as up:
        for use in ("id", "access"):
            result, _ = await up.post({"query": "{ __typename }"}, authorization=up.pool.token(use=use))
            assert result == status


# IAM -------------------------------------------------------------------------------------------------------


async def test_identity_of_an_iam_caller_has_account_and_arn(cloud: Running) -> None:
    status, answer = await as_iam(cloud, "{ identity }")
    assert status == 200
    assert json.loads(answer["data"]["identity"]) == {
        "accountId": ACCOUNT,
        "cognitoIdentityPoolId": None,
        "cognitoIdentityId": None,
        "cognitoIdentityAuthType": None,
        "cognitoIdentityAuthProvider": None,
        "sourceIp": ["127.0.0.1"],
        "username": "administrator",
        "userArn": f"arn:aws:iam::{ACCOUNT}:user/administrator",
    }


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"secret": "guessed"}, "InvalidSignatureException"),
        ({"key": "AKIAUNKNOWN"}, "UnrecognizedClientException"),
        ({"token": "a-token-of-nobody"}, "UnrecognizedClientException"),
        ({"region": "eu-west-1"}, "InvalidSignatureException"),
    ],
)
async def test_invalid_signatures_are_refused(cloud: Running, how: dict[str, str], kind: str) -> None:
    status, answer = await as_iam(cloud, "{ identity }", **how)
    assert (status, answer["errors"][0]["errorType"]) == (403, kind)


async def test_body_changed_after_signing_is_refused(cloud: Running) -> None:
    headers = signed(cloud.address.graphql, '{"query": "{ __typename }"}')
    status, _ = await cloud.post('{"query": "{ identity }  "}', **headers)
    assert status == 403


NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WORKER = Principal("ASIA1", "s3cret", ACCOUNT, "arn:aws:sts::0:assumed-role/w/s", "w:s", session_token="tok")
APPSYNC: Any = {"find": lambda _key: WORKER, "region": REGION, "service": "appsync"}


def signed_at(
    moment: datetime, monkeypatch: pytest.MonkeyPatch, *, token: str | None = "tok"
) -> SignedRequest:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: moment)
    request = AWSRequest("POST", "http://127.0.0.1:9/graphql?b=2&a=1%20x", data="{}")
    SigV4Auth(Credentials("ASIA1", "s3cret", token), "appsync", REGION).add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": "127.0.0.1:9"}
    return SignedRequest("POST", "/graphql", "b=2&a=1%20x", headers, b"{}")


@pytest.mark.parametrize(
    ("seconds", "holds"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)]
)
def test_signature_expires_after_five_minutes(
    seconds: int, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = signed_at(NOW, monkeypatch)
    now = NOW + timedelta(seconds=seconds)
    if holds:
        assert verify_signature(request, **APPSYNC, now=now) is WORKER
    else:
        with pytest.raises(SignatureInvalid, match="expired"):
            verify_signature(request, **APPSYNC, now=now)


def test_signature_of_a_session_needs_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SignatureInvalid, match="security token"):
        verify_signature(
            signed_at(NOW, monkeypatch, token=None),
            find=lambda _k: WORKER,
            region=REGION,
            service="appsync",
            now=NOW,
        )


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=a/20261120/us-east-1/appsync/aws4_request, SignedHeaders=, Signature=",
    ],
)
def test_malformed_signature_header_is_refused(authorization: str) -> None:
    request = SignedRequest("POST", "/graphql", "", {"authorization": authorization}, b"")
    with pytest.raises(SignatureInvalid) as refused:
        verify_signature(request, **APPSYNC)
    assert refused.value.error_type == "IncompleteSignatureException"


# Modes and fields ------------------------------------------------------------------------------------------


def not_authorized(path: list[str | int], field: str, kind: str, column: int) -> dict[str, Any]:
    return {
        "path": path,
        "data": None,
        "errorType": "Unauthorized",
        "errorInfo": None,
        "locations": [{"line": 1, "column": column, "sourceName": None}],
        "message": f"Not Authorized to access {field} on type {kind}",
    }


async def test_credential_of_an_unconfigured_mode_is_refused() -> None:
    async with running(definition(additional_auth=())) as up:
        status, answer = await up.post({"query": "{ __typename }"}, authorization=up.pool.token())
        assert (status, answer["errors"][0]["message"]) == (401, "Valid authorization header not provided.")
        status, _ = await as_iam(up, "{ __typename }")
        assert status == 401


async def test_field_without_directives_is_visible_to_the_default_mode_alone(cloud: Running) -> None:
    query = "{ message(id: 1) { id } }"
    answer = await cloud.query(query, authorization=cloud.pool.token())
    assert answer == {
        "data": {"message": None},
        "errors": [not_authorized(["message"], "message", "Query", 3)],
    }
    assert cloud.resolvers.calls == []
    assert (await cloud.query(query, x_api_key=API_KEY))["data"] == {"message": {"id": "1"}}


async def test_iam_field_is_refused_to_other_modes(cloud: Running) -> None:
    for headers in ({"x_api_key": API_KEY}, {"authorization": cloud.pool.token()}):
        _, answer = await cloud.post({"query": "mutation { backendSay(id: 1) { id } }"}, **headers)
        assert answer["errors"] == [not_authorized(["backendSay"], "backendSay", "Mutation", 12)]
    assert (await as_iam(cloud, "{ forBackend }"))[1] == {"data": {"forBackend": "backend only"}}


async def test_group_directive_admits_members_of_its_groups_alone(cloud: Running) -> None:
    staff = await cloud.query("{ forStaff }", authorization=cloud.pool.token(groups=["night", "staff"]))
    assert staff == {"data": {"forStaff": "staff only"}}
    for groups in (None, [], ["night"]):
        other = await cloud.query("{ forStaff }", authorization=cloud.pool.token(groups=groups))
        assert other["errors"] == [not_authorized(["forStaff"], "forStaff", "Query", 3)]


async def test_directives_protect_nested_fields_and_types(cloud: Running) -> None:
    cloud.resolvers.handlers["Query", "message"] = lambda _c: FieldOutcome(
        {"id": "1", "backendNote": "psst", "author": {"name": "Ada"}}
    )
    assert await cloud.query("{ message(id: 1) { id backendNote author { name } } }") == {
        "data": {"message": {"id": "1", "backendNote": None, "author": {"name": None}}},
        "errors": [
            not_authorized(["message", "backendNote"], "backendNote", "Message", 23),
            not_authorized(["message", "author", "name"], "name", "Author", 44),
        ],
    }


async def test_pool_with_default_deny_refuses_fields_without_directives() -> None:
    mode = AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION, "DENY"))
    async with running(definition(default_auth=mode, additional_auth=()), resolvers()) as up:
        answer = await up.query(
            "{ message(id: 1) { id } forStaff }", authorization=up.pool.token(groups=["staff"])
        )
    assert answer["data"] == {"message": None, "forStaff": "staff only"}


async def test_unsupported_modes_are_named() -> None:
    served = definition(additional_auth=(AuthMode("OPENID_CONNECT"), AuthMode("AWS_LAMBDA")))
    async with running(served) as up:
        await up.query("{ __typename }")
        assert up.service.warnings() == [
            "AppSync API tests: authorization mode OPENID_CONNECT names no issuer; its callers are refused.",
            "AppSync API tests: authorization mode AWS_LAMBDA has nobody to run its function; "
            "its callers are refused.",
        ]
