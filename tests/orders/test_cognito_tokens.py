"""Tokens of a user pool: each that holds, each that does not, and the signature against another's work."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from orders.adapters.cognito_tokens import AGAIN, CognitoTokens, Key
from orders.caller import Caller
from orders.errors import ConfigurationError, TryAgain
from orders.model import CustomerId

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC"
NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
PRIVATE = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
ACCESS: dict[str, Any] = {
    "sub": "ada",
    "iss": ISSUER,
    "client_id": "ours",
    "token_use": "access",
    "exp": int(NOW.timestamp()) + 60,
}
ID: dict[str, Any] = {"sub": "ada", "iss": ISSUER, "aud": "ours", "token_use": "id", "exp": ACCESS["exp"]}


def key_of(private: rsa.RSAPrivateKey) -> Key:
    numbers = private.public_key().public_numbers()
    return Key(numbers.n, numbers.e)


def jwk(private: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    def text(number: int) -> str:
        raw = number.to_bytes((number.bit_length() + 7) // 8)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    key = key_of(private)
    numbers = {"n": text(key.modulus), "e": text(key.exponent)}
    return {"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", **numbers}


class Pool:
    """Where the keys are, and how often it was asked."""

    def __init__(self) -> None:
        self.keys = [jwk(PRIVATE, "one"), jwk(SMALL, "small"), {"kty": "EC", "kid": "ec"}]
        self.answer: bytes | OSError | None = None
        self.asked: list[str] = []
        self.now = 0.0
        self.tokens = CognitoTokens(ISSUER, "https://keys", "ours", fetch=self.fetch, clock=lambda: self.now)

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer or json.dumps({"keys": self.keys}).encode()

    def caller(self, token: str) -> Caller | None:
        return self.tokens.caller(token, NOW)


@pytest.fixture
def pool() -> Pool:
    return Pool()


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey = PRIVATE, kid: str = "one") -> str:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def test_both_kinds_of_token_hold(pool: Pool) -> None:
    ada = Caller(CustomerId("ada"))
    assert pool.caller(signed(ACCESS)) == pool.caller(signed(ID)) == ada
    assert pool.caller(signed({**ID, "cognito:groups": ["staff"]})) == Caller(ada.customer_id, is_staff=True)
    assert pool.caller(signed({**ID, "cognito:groups": ["packers"]})) == ada
    assert pool.caller(signed({**ID, "cognito:groups": "staff"})) == ada
    assert pool.asked == ["https://keys"]


@pytest.mark.parametrize(
    "claims",
    [
        {**ACCESS, "exp": int(NOW.timestamp())},
        {**ACCESS, "exp": "soon"},
        {name: value for name, value in ACCESS.items() if name != "exp"},
        {**ACCESS, "iss": ISSUER + "d"},
        {**ACCESS, "client_id": "theirs"},
        {**ACCESS, "token_use": "id"},
        {**ACCESS, "token_use": "refresh"},
        {**ID, "aud": "theirs"},
        {**ACCESS, "sub": ""},
        {name: value for name, value in ACCESS.items() if name != "sub"},
    ],
)
def test_claims_that_do_not_hold(pool: Pool, claims: dict[str, Any]) -> None:
    assert pool.caller(signed(claims)) is None


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")
def test_signatures_that_do_not_hold(pool: Pool) -> None:
    good = signed(ACCESS)
    head, payload, signature = good.split(".")
    staff = base64.urlsafe_b64encode(json.dumps({**ACCESS, "cognito:groups": ["staff"]}).encode())
    for token in (
        signed(ACCESS, OTHER),
        signed(ACCESS, SMALL, "small"),
        signed(ACCESS, PRIVATE, "ec"),
        jwt.encode(ACCESS, "", algorithm="none", headers={"kid": "one"}),
        jwt.encode(ACCESS, "n" * 32, algorithm="HS256", headers={"kid": "one"}),
        f"{head}.{staff.decode().rstrip('=')}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{good}.x",
        "",
        "é.é.é",
        "..",
        "bnVsbA.bnVsbA.bnVsbA",
    ):
        assert pool.caller(token) is None, token
    assert pool.caller(good) is not None


def test_a_key_that_is_new_is_looked_for_but_not_at_every_token(pool: Pool) -> None:
    assert pool.caller(signed(ACCESS)) is not None
    for _ in range(3):
        assert pool.caller(signed(ACCESS, OTHER, "two")) is None
    assert len(pool.asked) == 1
    pool.keys.append(jwk(OTHER, "two"))
    pool.now += AGAIN
    assert pool.caller(signed(ACCESS, OTHER, "two")) is not None
    assert len(pool.asked) == 2


def test_keys_that_cannot_be_fetched_are_no_fault_of_the_token(pool: Pool) -> None:
    pool.answer = OSError("no route")
    with pytest.raises(TryAgain):
        pool.caller(signed(ACCESS))
    pool.answer = b"<html>"
    with pytest.raises(ConfigurationError, match="no keys"):
        pool.caller(signed(ACCESS))


@given(message=st.binary(), change=st.integers(0, 255), place=st.integers(0, 255))
def test_a_signature_verifies_exactly_when_cryptography_says_so(
    message: bytes, change: int, place: int
) -> None:
    signature = bytearray(PRIVATE.sign(message, padding.PKCS1v15(), hashes.SHA256()))
    signature[place] ^= change
    try:
        PRIVATE.public_key().verify(bytes(signature), message, padding.PKCS1v15(), hashes.SHA256())
        holds = True
    except InvalidSignature:
        holds = False
    assert key_of(PRIVATE).verifies(bytes(signature), message) == holds == (change == 0)


@given(message=st.binary(max_size=32))
def test_another_padding_or_digest_does_not_verify(message: bytes) -> None:
    key = key_of(PRIVATE)
    sha1 = PRIVATE.sign(message, padding.PKCS1v15(), hashes.SHA1())
    pss = PRIVATE.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert not key.verifies(sha1, message)
    assert not key.verifies(pss, message)
    good = PRIVATE.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert not key.verifies(b"\0" + good, message)
    assert not key.verifies((int.from_bytes(good) + key.modulus).to_bytes(257), message)
