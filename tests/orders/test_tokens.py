"""Tokens hold exactly when PyJWT says that they do."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from orders.tokens import JSON, NoKeys, Person, PublicKey, TokenRefused, key_id_of, read_keys, verified

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


def test_valid_access_and_id_tokens_are_accepted() -> None:
    assert check(signed(CLAIMS)) == Person("ada-1", frozenset({"staff"}), NOW + 60)
    identity = {**CLAIMS, "token_use": "id", "aud": CLIENT, "client_id": "x", "cognito:groups": None}
    assert check(signed(identity)).groups == frozenset()


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"iss": ISSUER + "x"},
        {"client_id": "another"},
        {"token_use": "refresh"},
        {"token_use": "id"},
        {"token_use": ["access"]},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_token_with_unsuitable_claims_is_refused(changes: dict[str, Any]) -> None:
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


@given(st.integers(0, 700), st.characters(max_codepoint=127))
def test_any_changed_character_invalidates_a_token(at: int, character: str) -> None:
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


@pytest.mark.parametrize(
    "token", ["", "..", ".", "é.é.é", "bnVsbA.bnVsbA.bnVsbA", "e30.e30.e30", f"{signed(CLAIMS)}.x"]
)
def test_text_without_three_parts_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        check(token)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"keys": {}},
        {"keys": [{"kty": "RSA", "kid": "one", "n": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"}]},
    ],
)
def test_document_without_readable_keys_is_no_key_set(document: JSON) -> None:
    with pytest.raises(NoKeys):
        read_keys(document)


def key_of(private: rsa.RSAPrivateKey) -> PublicKey:
    numbers = private.public_key().public_numbers()
    return PublicKey(numbers.n, numbers.e)


@given(message=st.binary(), change=st.integers(0, 255), place=st.integers(0, 255))
def test_signature_verifies_exactly_when_cryptography_agrees(message: bytes, change: int, place: int) -> None:
    signature = bytearray(KEY.sign(message, padding.PKCS1v15(), hashes.SHA256()))
    signature[place] ^= change
    try:
        KEY.public_key().verify(bytes(signature), message, padding.PKCS1v15(), hashes.SHA256())
        holds = True
    except InvalidSignature:
        holds = False
    assert key_of(KEY).verifies(bytes(signature), message) == holds == (change == 0)


@given(message=st.binary(max_size=32))
def test_other_padding_digest_or_length_does_not_verify(message: bytes) -> None:
    key = key_of(KEY)
    sha1 = KEY.sign(message, padding.PKCS1v15(), hashes.SHA1())
    pss = KEY.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert not key.verifies(sha1, message)
    assert not key.verifies(pss, message)
    genuine = KEY.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert not key.verifies(b"\0" + genuine, message)
    assert not key.verifies((int.from_bytes(genuine) + key.modulus).to_bytes(257), message)


def test_key_of_1024_bits_verifies_nothing() -> None:
    small = rsa.generate_private_key(65537, 1024)
    assert not key_of(small).verifies(small.sign(b"x", padding.PKCS1v15(), hashes.SHA256()), b"x")
