"""A user pool's tokens, verified without a package: RS256 is one power and one comparison.

Only a public key is used here, so that nothing has to be protected from timing attacks; and only the one
algorithm that Cognito signs with is taken, whatever a token's header says. Tests compare with PyJWT.

Sources: RFC 7515 (JWS), RFC 8017 section 8.2.2 (RSASSA-PKCS1-v1_5), "Verifying JSON web tokens" in the Amazon
Cognito developer guide.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from orders.caller import STAFF

JSON: TypeAlias = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None

# What stands before a SHA-256 digest in the signed block: its algorithm, in DER (RFC 8017, 9.2, note 1).
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALLEST_KEY = 2048


class TokenRefused(Exception):
    """A token that does not hold; the message says why, and nothing of the token."""


class NoKeys(ValueError):
    """A document that is no JSON Web Key Set."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key of a pool: its modulus and exponent."""

    modulus: int
    exponent: int

    @property
    def size(self) -> int:
        """How many bytes a signature has."""
        return (self.modulus.bit_length() + 7) // 8

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether a signature is that of a message (RFC 8017, 8.2.2)."""
        if self.modulus.bit_length() < _SMALLEST_KEY or len(signature) != self.size:
            return False
        number = int.from_bytes(signature)
        if number >= self.modulus:
            return False
        block = pow(number, self.exponent, self.modulus).to_bytes(self.size)
        # The whole block is built and compared: to pick the digest out of it is what forgers wait for.
        ending = b"\x00" + _SHA256_PREFIX + hashlib.sha256(message).digest()
        expected = b"\x00\x01" + b"\xff" * (self.size - 2 - len(ending)) + ending
        return hmac.compare_digest(block, expected)


@dataclass(frozen=True, slots=True)
class Person:
    """Who a token speaks of: a customer's id, the groups, and until when, in seconds since the epoch."""

    customer_id: str
    groups: frozenset[str]
    expires: float

    @property
    def is_staff(self) -> bool:
        """Whether they may see everyone's orders."""
        return STAFF in self.groups


def read_keys(document: JSON) -> dict[str, PublicKey]:
    """Return a JSON Web Key Set's RSA keys by their ids; keys of other kinds are left out.

    Raises
    ------
    NoKeys
        It is no such set, or one of its RSA keys cannot be read.

    Examples
    --------
    >>> read_keys({"keys": [{"kty": "RSA", "kid": "one", "n": "Dw", "e": "Aw"}, {"kty": "EC", "kid": "two"}]})
    {'one': PublicKey(modulus=15, exponent=3)}
    """
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list):
        raise NoKeys("there is no list of keys")
    by_id: dict[str, PublicKey] = {}
    for key in keys:
        if not isinstance(key, Mapping) or key.get("kty") != "RSA":
            continue
        key_id, modulus, exponent = key.get("kid"), key.get("n"), key.get("e")
        if not (isinstance(key_id, str) and isinstance(modulus, str) and isinstance(exponent, str)):
            raise NoKeys("an RSA key lacks its id, its modulus or its exponent")
        try:
            by_id[key_id] = PublicKey(_number(modulus), _number(exponent))
        except ValueError:
            raise NoKeys("an RSA key's numbers cannot be read") from None
    return by_id


def key_id_of(token: str) -> str:
    """Return which key a token says that it was signed with.

    Raises
    ------
    TokenRefused
        It is no JSON Web Token, or of another algorithm.
    """
    header = _document(_parts(token)[0])
    if header.get("alg") != "RS256":
        raise TokenRefused("the token is not signed with RS256")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise TokenRefused("the token names no key")
    return key_id


def verified(token: str, key: PublicKey, *, issuer: str, client_id: str, now: float) -> Person:
    """Return who a token speaks of.

    Parameters
    ----------
    token : str
        An id or an access token.
    issuer, client_id : str
        The pool that must have signed it, and the client that it must have been made for.
    now : float
        Seconds since the epoch.

    Raises
    ------
    TokenRefused
    """
    key_id_of(token)
    head, body, signature = _parts(token)
    try:
        genuine = key.verifies(_bytes(signature), f"{head}.{body}".encode())
    except ValueError:
        raise TokenRefused("this is no JSON Web Token") from None
    if not genuine:
        raise TokenRefused("the token's signature is not the pool's")
    claims = _document(body)
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, (int, float)) or expires <= now:
        raise TokenRefused("the token's time is over")
    if claims.get("iss") != issuer:
        raise TokenRefused("the token is another pool's")
    made_for = {"id": claims.get("aud"), "access": claims.get("client_id")}
    use = claims.get("token_use")
    if not isinstance(use, str) or made_for.get(use) != client_id:
        raise TokenRefused("the token was issued to another client")
    subject, groups = claims.get("sub"), claims.get("cognito:groups")
    if not isinstance(subject, str) or not subject:
        raise TokenRefused("the token names no user")
    names = groups if isinstance(groups, list) else []
    return Person(subject, frozenset(name for name in names if isinstance(name, str)), float(expires))


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("this is no JSON Web Token")
    return parts[0], parts[1], parts[2]


def _bytes(text: str) -> bytes:
    # Strict: characters outside of the alphabet would be skipped silently.
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text))


def _document(text: str) -> dict[str, JSON]:
    try:
        document: JSON = json.loads(_bytes(text))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise TokenRefused("this is no JSON Web Token")
    return document
