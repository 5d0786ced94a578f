"""Tokens of a user pool, verified here: API Gateway's authorizers see no message of a WebSocket.

A signature is checked with the pool's public keys alone, by RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017,
8.2.2): the encoding that it must have is built whole and compared, never parsed. A test holds it
against the ``cryptography`` package, which is 16 MB of compiled code that nothing else here needs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orders.caller import Caller
from orders.errors import ConfigurationError, TryAgain
from orders.model import CustomerId

STAFF: Final = "staff"
SECONDS = 3.0
"""For fetching the pool's keys, once in a function's life."""

AGAIN = 60.0
"""Seconds after which an unknown key is looked for again: pools change their keys now and then."""

_SHA256: Final = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALLEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """An RSA public key."""

    modulus: int
    exponent: int

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` is that of ``message``."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature)
        if self.modulus.bit_length() < _SMALLEST or len(signature) != size or number >= self.modulus:
            return False
        encoded = pow(number, self.exponent, self.modulus).to_bytes(size)
        digest = _SHA256 + hashlib.sha256(message).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return hmac.compare_digest(encoded, expected)


class CognitoTokens:
    """The tokens of one client of one user pool.

    Parameters
    ----------
    issuer : str
        What the tokens name as ``iss``: ``https://cognito-idp.REGION.amazonaws.com/POOL``.
    keys_url : str
        Where the pool's keys are.
    client_id : str
        The client that the tokens were made for.
    fetch : callable
        Returns what is at an address.
    """

    def __init__(
        self,
        issuer: str,
        keys_url: str,
        client_id: str,
        *,
        fetch: Callable[[str], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._keys_url = keys_url
        self._client_id = client_id
        self._fetch = fetch or _fetch
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._look_again = 0.0
        self._lock = threading.Lock()

    def caller(self, token: str, at: datetime) -> Caller | None:
        """Return whose token it is; None when it does not hold, for whatever reason.

        Raises
        ------
        TryAgain
            The pool's keys cannot be fetched.
        """
        try:
            head, payload, signature = token.split(".")
            header, claims = _json(head), _json(payload)
            given = _decoded(signature)
        except ValueError:
            return None
        key_id = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(key_id, str):
            return None
        key = self._key(key_id)
        if key is None or not key.verifies(given, f"{head}.{payload}".encode()):
            return None
        return self._holder(claims, at)

    def _holder(self, claims: Mapping[str, object], at: datetime) -> Caller | None:
        # An id token calls its client `aud`, an access token `client_id`.
        client = claims.get({"id": "aud", "access": "client_id"}.get(str(claims.get("token_use")), ""))
        expires, customer = claims.get("exp"), claims.get("sub")
        if claims.get("iss") != self._issuer or client != self._client_id:
            return None
        if not isinstance(expires, int | float) or expires <= at.timestamp():
            return None
        if not isinstance(customer, str) or not customer:
            return None
        groups = claims.get("cognito:groups")
        return Caller(CustomerId(customer), isinstance(groups, list) and STAFF in groups)

    def _key(self, key_id: str) -> Key | None:
        with self._lock:
            if key_id not in self._keys and self._clock() >= self._look_again:
                try:
                    self._keys = _read_keys(self._fetch(self._keys_url))
                except OSError as error:
                    raise TryAgain("The user pool's keys cannot be fetched.") from error
                self._look_again = self._clock() + AGAIN
            return self._keys.get(key_id)


def _read_keys(text: bytes) -> dict[str, Key]:
    try:
        return {
            str(key["kid"]): Key(int.from_bytes(_decoded(key["n"])), int.from_bytes(_decoded(key["e"])))
            for key in json.loads(text)["keys"]
            if key.get("kty") == "RSA"
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigurationError(f"What the user pool answers are no keys: {error!r}") from error


def _json(part: str) -> Mapping[str, object]:
    document = json.loads(_decoded(part))
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    return document


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the address is ours
        body: bytes = answer.read()
    return body
