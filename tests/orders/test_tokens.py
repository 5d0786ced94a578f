"""Tokens hold exactly when PyJWT says that they do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from orders.adapters.pool_tokens import REFETCH_AFTER, PoolTokens
from orders.tokens import JSON, Person, TokenRefused, key_id_of, read_keys, verified

ISSUER, CLIENT, NOW = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1", "client", 1_000_000.0
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
CLAIMS: dict[str, Any] = {
    "sub": "ada-1",
    "iss": ISSUER,
    "client_id": CLIENT,
    "token_use": "access",
    "exp": NOW + 60,
    "cognito:groups": ["staff"],
}


def jwks(*keys: tuple[str, rsa.RSAPrivateKey]) -> JSON:
    each = [
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name}
        for name, key in keys
    ]
    return {"keys": [*each, {"kty": "EC", "kid": "curve"}, "no key"]}


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey = KEY, **header: Any) -> str:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one", **header})


def check(token: str) -> Person:
    return verified(token, read_keys(jwks(("one", KEY)))["one"], issuer=ISSUER, client_id=CLIENT, now=NOW)


def test_access_and_id_tokens_hold() -> None:
    assert check(signed(CLAIMS)) == Person("ada-1", frozenset({"staff"}), NOW + 60)
    identity = {**CLAIMS, "token_use": "id", "aud": CLIENT, "client_id": "x", "cognito:groups": None}
    assert check(signed(identity)).groups == frozenset()


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW},
        {"exp": None},
        {"exp": True},
        {"iss": ISSUER + "x"},
        {"client_id": "another"},
        {"token_use": "refresh"},
        {"token_use": "id"},
        {"token_use": ["access"]},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_claims_that_do_not_fit_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        # PyJWT itself would refuse to write some of these.
        check(jwt.PyJWS().encode(json.dumps({**CLAIMS, **changes}).encode(), KEY, "RS256", {"kid": "one"}))


def test_other_signatures_and_algorithms_are_refused() -> None:
    head, body, signature = signed(CLAIMS).split(".")
    staff = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "sub": "eve"}).encode()).decode().rstrip("=")
    none = jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "one"})
    secret = jwt.encode(CLAIMS, "x" * 32, algorithm="HS256", headers={"kid": "one"})
    for forged in (
        signed(CLAIMS, OTHER),
        f"{head}.{staff}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}",
        f"{head}.{body}.{signature}AAAA",
        none,
        secret,
        jwt.encode(CLAIMS, KEY, algorithm="RS512", headers={"kid": "one"}),
        jwt.encode(CLAIMS, KEY, algorithm="PS256", headers={"kid": "one"}),
    ):
        with pytest.raises(TokenRefused):
            check(forged)


@given(st.integers(0, 700), st.characters(codec="ascii"))
def test_a_changed_character_never_makes_another_token_hold(at: int, character: str) -> None:
    token = signed(CLAIMS)
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    key = KEY.public_key()
    try:
        jwt.decode(changed, key, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False})
    except (jwt.PyJWTError, UnicodeError, ValueError):
        with pytest.raises(TokenRefused):
            check(changed)
    else:
        assert check(changed).customer_id == "ada-1"


@given(st.text(max_size=60))
def test_any_text_is_refused_as_a_token(text: str) -> None:
    with pytest.raises(TokenRefused):
        key_id_of(text)


class Pool:
    """A pool whose keys change, and a clock."""

    def __init__(self) -> None:
        self.keys: JSON = jwks(("one", KEY))
        self.fetched = 0
        self.now = NOW

    def load(self, url: str) -> JSON:
        assert url == "https://keys"
        self.fetched += 1
        return self.keys

    def tokens(self) -> PoolTokens:
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        return PoolTokens(ISSUER, CLIENT, "https://keys", load=self.load, now=clock)


def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_for_each_guess() -> None:
    pool = Pool()
    tokens = pool.tokens()
    for _ in range(3):
        assert tokens.person(signed(CLAIMS)).customer_id == "ada-1"
    assert pool.fetched == 1
    renewed = signed(CLAIMS, OTHER, kid="two")
    with pytest.raises(TokenRefused):
        tokens.person(renewed)
    assert pool.fetched == 1
    pool.keys = jwks(("two", OTHER))
    pool.now += REFETCH_AFTER + 1
    assert tokens.person(renewed).customer_id == "ada-1"
    assert pool.fetched == 2
