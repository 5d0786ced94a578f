"""Credentials as they go over the wire: the good ones, and every way in which one can be bad."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import jwt
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.access.table import Bad


class Credential(Protocol):
    """Gives the headers that authorize a request."""

    def headers(self, url: str, body: str) -> dict[str, str]:
        """Return the headers for a POST of ``body`` to ``url``."""


@dataclass(frozen=True)
class Plain:
    """Headers that are the same for every request."""

    fixed: Mapping[str, str] = field(default_factory=dict)

    def headers(self, url: str, body: str) -> dict[str, str]:
        return dict(self.fixed)


def token(text: str) -> Plain:
    return Plain({"Authorization": text})


@dataclass(frozen=True)
class Signed:
    """Signature Version 4."""

    key: str
    secret: str
    session: str | None
    region: str
    changed: bool = False
    age: timedelta = timedelta()

    def headers(self, url: str, body: str) -> dict[str, str]:
        request = AWSRequest("POST", url, data="another body" if self.changed else body)
        signer = SigV4Auth(Credentials(self.key, self.secret, self.session), "appsync", self.region)
        # add_auth() signs the present moment; these are its own steps, at a moment of ours.
        request.context["timestamp"] = self.moment()
        signer._modify_request_before_signing(request)  # type: ignore[attr-defined]
        canonical = signer.canonical_request(request)
        text = signer.string_to_sign(request, canonical)
        signer._inject_signature_to_request(  # type: ignore[attr-defined]
            request, signer.signature(text, request)
        )
        return dict(request.headers.items())

    def moment(self) -> str:
        return (datetime.now(UTC) - self.age).strftime("%Y%m%dT%H%M%SZ")


@dataclass(frozen=True)
class Ingredients:
    """The parts of bad credentials."""

    valid: str
    expired: str
    other_client: str
    other_pool: str
    administrator: Signed
    function: Signed


def bad_credentials(of: Ingredients) -> dict[Bad, Credential]:
    """Return one credential of each bad kind."""
    return {
        Bad.NOBODY: Plain(),
        Bad.API_KEY: Plain({"x-api-key": "da2-abcdefghijklmnopqrstuvwxyz"}),
        Bad.NO_TOKEN: token("nonsense"),
        Bad.EXPIRED: token(of.expired),
        Bad.TAMPERED: token(_with_claims(of.valid, {"cognito:groups": ["staff"]})),
        Bad.FORGED: token(_signed_by_another(of.valid)),
        Bad.UNSIGNED: token(_unsigned(of.valid)),
        Bad.OTHER_CLIENT: token(of.other_client),
        Bad.OTHER_POOL: token(of.other_pool),
        Bad.OTHER_SECRET: replace(of.administrator, secret="guessed"),
        Bad.OTHER_KEY: replace(of.administrator, key="AKIAIOSFODNN7EXAMPLE"),
        Bad.NO_SESSION: replace(of.function, session=None),
        Bad.OTHER_REGION: replace(of.administrator, region="eu-west-1"),
        Bad.OTHER_BODY: replace(of.administrator, changed=True),
        Bad.OLD: replace(of.administrator, age=timedelta(minutes=6)),
    }


def claims_of(text: str) -> dict[str, object]:
    """Return what a token claims."""
    claims: dict[str, object] = jwt.decode(text, options={"verify_signature": False})
    return claims


def has_expired(text: str) -> bool:
    return time.time() > float(str(claims_of(text)["exp"]))


def _part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _with_claims(text: str, more: dict[str, object]) -> str:
    head, _, signature = text.split(".")
    return f"{head}.{_part(claims_of(text) | more)}.{signature}"


def _unsigned(text: str) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{text.split('.')[1]}."


def _signed_by_another(text: str) -> str:
    """Return the very same claims under the pool's own key id, signed with a key that is not the pool's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kid = str(jwt.get_unverified_header(text)["kid"])
    return jwt.encode(claims_of(text), key, algorithm="RS256", headers={"kid": kid})
