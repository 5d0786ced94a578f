"""JWT authorizers: a token's signature, issuer, audience, times and scopes.

Source: "Control access to HTTP APIs with JWT authorizers in API Gateway" in its developer guide, and
"Troubleshooting issues with HTTP API JWT authorizers" beside it. Of the header ``www-authenticate`` the
guide shows two forms; the words of the other descriptions are ours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import jwt

from localcloud.auth.issuers import IssuerUnreachable
from localcloud.auth.tokens import Claims
from localcloud.auth.verified import VerifiedTokens
from localcloud.gateway.definitions.http import JwtAuthorizer
from localcloud.gateway.http.errors import Denied, Unauthorized
from localcloud.gateway.requests import JSON

_ALGORITHMS: Final = ("RS256", "RS384", "RS512")


class IssuerKeySource(Protocol):
    """Finds an issuer's keys: ``IssuerKeys``."""

    async def key(self, issuer: str, key_id: str) -> tuple[str, Claims] | None:
        """Return the issuer as it calls itself, and the key."""


class JwtTokens:
    """Verifies tokens, and remembers those that held until they expire."""

    def __init__(self, keys: IssuerKeySource, *, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._cached: VerifiedTokens[Claims] = VerifiedTokens(now=now)

    async def admit(
        self, authorizer: JwtAuthorizer, text: str | None, scopes: tuple[str, ...]
    ) -> dict[str, JSON]:
        """Return what ``authorizer.jwt`` holds of a request.

        Raises
        ------
        Unauthorized
            There is no token, or it does not hold.
        Denied
            It has none of the route's scopes.
        """
        token = (text or "").strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        if not token:
            raise Unauthorized(challenge="Bearer")
        key = (authorizer.issuer, authorizer.audience, token)
        claims = self._cached.of(key)
        if claims is None:
            try:
                claims = await self._verified(authorizer, token)
            except _Invalid as problem:
                raise Unauthorized(challenge=_challenge(scopes, "invalid_token", str(problem))) from None
            self._cached.hold(key, claims, claims)
        granted = _scopes(claims)
        if scopes and granted.isdisjoint(scopes):
            text = "the token does not have a required scope"
            raise Denied(challenge=_challenge(scopes, "insufficient_scope", text))
        return {
            "claims": {name: claim_text(value) for name, value in claims.items()},
            "scopes": [scope for scope in scopes if scope in granted] or None,
        }

    async def _verified(self, authorizer: JwtAuthorizer, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            signing_key = await self._keys.key(authorizer.issuer, str(header.get("kid")))
        except (jwt.PyJWTError, UnicodeEncodeError):
            raise _Invalid("the token is malformed") from None
        except IssuerUnreachable:
            raise _Invalid("OIDC discovery endpoint communication error") from None
        if signing_key is None:
            raise _Invalid("kid not found in the issuer's keys")
        try:
            claims: Claims = jwt.decode(
                token,
                jwt.PyJWK(signing_key[1], algorithm=str(header.get("alg"))),
                algorithms=list(_ALGORITHMS),
                issuer=authorizer.issuer,
                options={"verify_aud": False, "require": ["exp", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise _Invalid("the token has expired") from None
        except jwt.InvalidIssuerError:
            raise _Invalid("the token does not have a valid issuer") from None
        except jwt.InvalidSignatureError:
            raise _Invalid("signature verification failed") from None
        except (jwt.PyJWTError, UnicodeEncodeError, OverflowError):
            raise _Invalid("the token does not hold") from None
        audience = claims.get("aud", claims.get("client_id"))
        audiences = audience if isinstance(audience, list) else [audience]
        if authorizer.audience and not any(name in authorizer.audience for name in audiences):
            raise _Invalid("the token does not have a valid audience")
        return claims


class _Invalid(Exception):
    """A token does not hold; the message says why."""


def _challenge(scopes: tuple[str, ...], error: str, text: str) -> str:
    return f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{text}"'


def _scopes(claims: Claims) -> set[str]:
    for name in ("scope", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            return set(value.split())
        if isinstance(value, list):
            return {str(item) for item in value}
    return set()


def claim_text(value: object) -> str:
    """Return a claim as an event holds it: all of them are text, and lists have no commas.

    Examples
    --------
    >>> claim_text(["staff", "night"]), claim_text(True), claim_text(1700000000)
    ('[staff night]', 'true', '1700000000')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(claim_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{name}:{claim_text(item)}' for name, item in value.items())}]"
    return json.dumps(value)
