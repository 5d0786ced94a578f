"""OpenID Connect: tokens verified against what their issuer really serves, and whom they show."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import jwt
import pytest

from localcloud.appsync.definition import AuthMode, OpenIdConfig, UserPoolConfig
from localcloud.auth.issuers import IssuerKeys, IssuerUnreachable
from localcloud.auth.tokens import Claims
from localcloud.auth.verified import VerifiedTokens
from tests.appsync.auth_support import SDL, Clock, Issuer, ec_key, jwk, rsa_key, serving
from tests.appsync.endpoint_support import (
    POOL,
    REGION,
    FakeResolvers,
    Pool,
    Running,
    definition,
    jwks_server,
    resolvers,
    running,
)

IDENTITY = {"query": "{ identity }"}
REFUSED = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}
EXPIRED = {"errorType": "UnauthorizedException", "message": "Token has expired."}


def api(*modes: AuthMode) -> Any:
    return definition(schema_sdl=SDL, default_auth=modes[0], additional_auth=modes[1:])


def fakes() -> FakeResolvers:
    return resolvers()


async def answer(up: Running, token: str) -> tuple[int, Any]:
    status, document = await up.post(IDENTITY, authorization=token)
    if status == 200:
        return status, json.loads(document["data"]["identity"])
    return status, document["errors"][0]


async def test_identity_has_the_claims_of_an_oidc_token() -> None:
    async with serving() as issuer, running(api(issuer.mode())) as up:
        token = issuer.token(scope="openid email", roles=["a", "b"])
        for sent in (token, f"Bearer {token}"):
            status, identity = await answer(up, sent)
            assert (status, identity) == (
                200,
                {
                    "claims": jwt.decode(token, options={"verify_signature": False}),
                    "issuer": issuer.name,
                    "sub": "ada",
                },
            )
        assert issuer.requests == ["/.well-known/openid-configuration", "/keys"]
        assert up.service.warnings() == []


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256"])
async def test_rsa_and_elliptic_curve_keys_verify_tokens(algorithm: str) -> None:
    how: dict[str, Any] = {"algorithm": algorithm}
    if algorithm == "ES256":
        how |= {"key": ec_key(), "key_id": "ec1"}
    async with serving() as issuer, running(api(issuer.mode())) as up:
        assert (await answer(up, issuer.token(**how)))[0] == 200


async def test_invalid_oidc_tokens_are_refused() -> None:
    now = int(time.time())
    public = rsa_key().public_key().public_numbers().n.to_bytes(256)
    async with serving() as issuer, running(api(issuer.mode())) as up:
        valid = issuer.token()
        cases: list[tuple[str, dict[str, str]]] = [
            (issuer.token(exp=now - 10), EXPIRED),
            (issuer.token(exp=None), REFUSED),
            (issuer.token(iat=None), REFUSED),
            (issuer.token(nbf=now + 600), REFUSED),
            (issuer.token(iss="https://example.org"), REFUSED),
            (issuer.token(iss=None), REFUSED),
            (issuer.token(key=rsa_key(1)), REFUSED),
            (issuer.token(key_id="unknown"), REFUSED),
            (issuer.token(key_id=None), REFUSED),
            # What is public of the key as if it were a shared secret, which it is for nobody.
            (issuer.token(key=public, algorithm="HS256"), REFUSED),
            (issuer.token(key=ec_key(), algorithm="ES256"), REFUSED),
            (valid[:-6] + "AAAAAA", REFUSED),
            (valid.rpartition(".")[0] + ".", REFUSED),
            (
                "not-a-token",
                {"errorType": "UnauthorizedException", "message": "Unable to parse JWT token."},
            ),
        ]
        for token, expected in cases:
            assert await answer(up, token) == (401, expected), token
        assert (await answer(up, valid))[0] == 200


async def test_key_with_an_algorithm_verifies_no_other_algorithm() -> None:
    async with serving() as issuer, running(api(issuer.mode())) as up:
        issuer.keys = [jwk(rsa_key(), "rsa1", alg="RS256")]
        assert (await answer(up, issuer.token()))[0] == 200
        assert (await answer(up, issuer.token(algorithm="RS512")))[0] == 401


@pytest.mark.parametrize(
    ("pattern", "claims", "status"),
    [
        ("web|app", {"aud": "app"}, 200),
        ("web|app", {"aud": ["other", "web"]}, 200),
        ("web|app", {"aud": "api", "azp": "web"}, 200),
        ("web", {"aud": "website"}, 401),
        ("web", {"aud": None}, 401),
        ("web", {"aud": ["x"], "azp": 7}, 401),
        ("(", {"aud": "("}, 401),
    ],
)
async def test_token_of_another_client_is_refused(pattern: str, claims: dict[str, Any], status: int) -> None:
    async with serving() as issuer, running(api(issuer.mode(client_id=pattern))) as up:
        assert (await answer(up, issuer.token(**claims)))[0] == status


async def test_token_older_than_its_times_to_live_is_refused() -> None:
    now = int(time.time())
    async with serving() as issuer:
        config = {"iat_ttl_ms": 60_000, "auth_ttl_ms": 600_000}
        async with running(api(issuer.mode(**config))) as up:
            assert (await answer(up, issuer.token(iat=now - 20, auth_time=now - 500)))[0] == 200
            assert await answer(up, issuer.token(iat=now - 90, auth_time=now - 500)) == (401, EXPIRED)
            assert await answer(up, issuer.token(iat=now - 20, auth_time=now - 700)) == (401, EXPIRED)
            assert await answer(up, issuer.token(iat=now - 20)) == (401, EXPIRED)


async def test_unreachable_issuer_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as issuer:
        url, token = issuer.url, issuer.token()
    mode = AuthMode("OPENID_CONNECT", open_id=OpenIdConfig(url))
    async with running(api(mode)) as up:
        with caplog.at_level(logging.WARNING):
            assert await answer(up, token) == (401, REFUSED)
    assert [
        record.getMessage().startswith(f"OpenID Connect issuer {url}: It cannot be reached (")
        for record in caplog.records
    ] == [True]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://issuer.example", "is neither https nor http on this machine"),
        ("ftp://127.0.0.1", "is neither https nor http on this machine"),
        ("nowhere", "is neither https nor http on this machine"),
    ],
)
async def test_remote_issuer_must_use_https(url: str, message: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(IssuerUnreachable):
        await IssuerKeys().key(url, "k")
    assert message in caplog.text


async def test_issuer_keeps_the_slash_at_its_end() -> None:
    async with serving(slash="/") as issuer, running(api(issuer.mode())) as up:
        assert (await answer(up, issuer.token()))[0] == 200
        # The discovery document decides how the issuer is written.
        assert (await answer(up, issuer.token(iss=issuer.url)))[0] == 401


async def test_two_issuers_and_two_pools_accept_only_their_own_tokens() -> None:
    other = "us-east-1_Other"
    pool = AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION))
    second = AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(other, REGION))
    async with (
        serving() as service,
        serving() as two,
        running(api(service.mode(), pool, two.mode(client_id="app"), second)) as up,
    ):
        assert (await answer(up, service.token()))[1]["issuer"] == service.name
        assert (await answer(up, two.token(aud="app")))[1]["issuer"] == two.name
        assert (await answer(up, two.token(aud="web")))[0] == 401
        assert (await answer(up, up.pool.token()))[1]["username"] == "ada"
        # The test's pool server knows POOL alone: the other's tokens are looked for at its own address.
        iss = f"https://cognito-idp.{REGION}.amazonaws.com/{other}"
        assert (await answer(up, up.pool.token(iss=iss)))[0] == 401


async def test_user_pool_as_an_issuer_has_its_keys_at_the_engine() -> None:
    pool = Pool()
    async with jwks_server(pool) as endpoint:
        keys = IssuerKeys(endpoint)
        name = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}"
        key = await keys.key(name, pool.key_id)
    assert key is not None
    assert key[0] == name


# Keys ------------------------------------------------------------------------------------------------------


def fetches(issuer: Issuer) -> int:
    return issuer.requests.count("/keys")


async def test_keys_are_fetched_once_and_again_for_an_unknown_key() -> None:
    clock = Clock()
    async with serving() as issuer:
        keys = IssuerKeys(monotonic=clock)
        answers = await asyncio.gather(*(keys.key(issuer.url, "rsa1") for _ in range(20)))
        assert all(answers)
        assert fetches(issuer) == 1
        issuer.keys = [jwk(rsa_key(1), "rsa2")]
        clock.now += 1
        assert await keys.key(issuer.url, "rsa2") is None  # guessing must not make us ask without end
        clock.now += 6
        assert await keys.key(issuer.url, "rsa2") is not None
        assert await keys.key(issuer.url, "rsa1") is None
        assert fetches(issuer) == 2
        clock.now += 1000
        assert await keys.key(issuer.url, "rsa2") is not None
        assert fetches(issuer) == 3


async def test_failed_fetch_is_soon_repeated_and_known_keys_outlast_it() -> None:
    clock = Clock()
    async with serving() as issuer:
        keys = IssuerKeys(monotonic=clock)
        issuer.failing = True
        for _ in range(3):
            with pytest.raises(IssuerUnreachable):
                await keys.key(issuer.url, "rsa1")
        assert len(issuer.requests) == 1
        issuer.failing = False
        clock.now += 2
        assert await keys.key(issuer.url, "rsa1") is not None
        issuer.failing = True
        clock.now += 1000
        assert await keys.key(issuer.url, "rsa1") is not None


async def test_key_set_skips_invalid_documents() -> None:
    clock = Clock()
    async with serving() as issuer:
        keys = IssuerKeys(monotonic=clock)
        issuer.keys = [{"kid": "x"}, "text", None, {"kty": "RSA"}]  # type: ignore[list-item]
        assert await keys.key(issuer.url, "x") is None
        issuer.name = None  # type: ignore[assignment]
        clock.now += 6
        assert await keys.key(issuer.url, "y") is None  # what was known stays
        with pytest.raises(IssuerUnreachable):
            await IssuerKeys().key(issuer.url, "x")


async def test_unusable_keys_verify_no_token() -> None:
    async with serving() as issuer, running(api(issuer.mode())) as up:
        issuer.keys = [{"kid": "rsa1", "kty": "RSA", "n": 5, "e": []}]
        assert (await answer(up, issuer.token()))[0] == 401


def test_verified_token_is_cached_until_it_expires_or_for_15_minutes() -> None:
    clock = Clock()
    remembered, mode = VerifiedTokens[object](longest=900, now=clock), AuthMode("OPENID_CONNECT")

    def hold(token: str, claims: Claims) -> None:
        remembered.hold(token, claims, (mode, claims))

    hold("short", {"exp": clock.now + 10})
    hold("long", {"exp": clock.now + 5000})
    hold("endless", {})
    assert remembered.of("short") == (mode, {"exp": clock.now + 10})
    assert remembered.of("endless") is None
    clock.now += 11
    assert (remembered.of("short"), remembered.of("long") is None) == (None, False)
    clock.now += 900
    assert remembered.of("long") is None
    for number in range(1001):
        hold(str(number), {"exp": clock.now + 10})
    assert (remembered.of("0"), remembered.of("1000") is None) == (None, False)
