"""``JWT``: a token of one of several issuers, each with its audiences and rules for further claims.

Source: ``jwtConfiguration`` of the resource ``Authorizer`` in botocore 1.44.5's model of API Gateway. What it
does not say is as HTTP APIs have it: an access token's ``client_id`` counts where there is no ``aud``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import jwt

from localcloud.auth.errors import TokenInvalid
from localcloud.auth.issuers import IssuerUnreachable
from localcloud.auth.tokens import Claims, unverified_claims
from localcloud.auth.verified import VerifiedTokens
from localcloud.gateway.definitions.rest import JwtAuthorizer, JwtIssuer
from localcloud.gateway.errors import AccessDenied, TokenHasExpired, Unauthorized
from localcloud.gateway.requests import Incoming


class IssuerKeySource(Protocol):
    """Finds an issuer's keys: ``IssuerKeys``."""

    async def key(self, issuer: str, key_id: str) -> tuple[str, Claims] | None:
        """Return the issuer as it calls itself, and the key; None when it has no such key."""


class IssuerTokens:
    """Verifies tokens, and remembers those that held until they expire.

    Parameters
    ----------
    keys
        Where the public keys of issuers are found.
    """

    def __init__(self, keys: IssuerKeySource, *, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._cached: VerifiedTokens[Claims] = VerifiedTokens(now=now)

    async def admit(self, authorizer: JwtAuthorizer, incoming: Incoming) -> Claims:
        """Return the claims of a request's token.

        Raises
        ------
        Unauthorized
            There is none, or it is none of a trusted issuer's, or of another audience.
        TokenHasExpired
            Its time is over.
        AccessDenied
            It has none of the method's scopes.
        """
        token = incoming.lowered.get(authorizer.header.lower(), "").strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        key = (authorizer.issuers, authorizer.algorithms, token)
        claims = self._cached.of(key)
        if claims is None:
            claims = await self._verified(token, authorizer)
            self._cached.hold(key, claims, claims)
        if authorizer.scopes and set(authorizer.scopes).isdisjoint(_scopes(claims)):
            raise AccessDenied
        return claims

    async def _verified(self, token: str, authorizer: JwtAuthorizer) -> Claims:
        try:
            name = unverified_claims(token).get("iss")
            header = jwt.get_unverified_header(token)
        except (TokenInvalid, jwt.PyJWTError, UnicodeEncodeError):
            raise Unauthorized from None
        issuer = next((each for each in authorizer.issuers if each.issuer == name), None)
        algorithm = str(header.get("alg"))
        if issuer is None or algorithm not in authorizer.algorithms:
            raise Unauthorized
        try:
            signing_key = await self._keys.key(issuer.issuer, str(header.get("kid")))
            if signing_key is None or signing_key[0] != issuer.issuer:
                raise Unauthorized
            claims: Claims = jwt.decode(
                token,
                jwt.PyJWK(signing_key[1], algorithm=algorithm),
                algorithms=[algorithm],
                issuer=issuer.issuer,
                options={"verify_aud": False, "require": ["exp", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenHasExpired from None
        except (jwt.PyJWTError, UnicodeEncodeError, OverflowError, IssuerUnreachable):
            raise Unauthorized from None
        if not _meant_for(claims, issuer):
            raise Unauthorized
        return claims


def _meant_for(claims: Claims, issuer: JwtIssuer) -> bool:
    """Return whether a token is for one of the issuer's audiences, and its further claims hold."""
    audience = claims.get("aud", claims.get("client_id"))
    audiences = audience if isinstance(audience, list) else [audience]
    if not any(each in issuer.audiences for each in audiences):
        return False
    for rule in issuer.claims:
        value = claims.get(rule.name)
        if value is None and not rule.required:
            continue
        if not isinstance(value, str) or (rule.values and value not in rule.values):
            return False
    return True


def _scopes(claims: Claims) -> set[str]:
    value = claims.get("scope", claims.get("scp"))
    if isinstance(value, list):
        return {str(each) for each in value}
    return set(value.split()) if isinstance(value, str) else set()
