"""``COGNITO_USER_POOLS``: a user pool's token, and its claims as a function sees them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

from localcloud.auth.errors import TokenExpired, TokenInvalid
from localcloud.auth.tokens import Claims, KeySource, issuer_of, unverified_claims, verified_claims
from localcloud.auth.verified import VerifiedTokens
from localcloud.gateway.definitions.rest import CognitoAuthorizer
from localcloud.gateway.errors import TokenHasExpired, Unauthorized
from localcloud.gateway.ids import claim_time
from localcloud.gateway.requests import JSON, Incoming

_TIMES: Final = frozenset({"exp", "iat"})


class UserPoolTokens:
    """Verifies tokens, and remembers those that held until they expire: verifying takes longest.

    Parameters
    ----------
    keys
        Where the public keys of user pools are found.
    now
        Returns the seconds since the epoch.
    """

    def __init__(self, keys: KeySource, *, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._cached: VerifiedTokens[Claims] = VerifiedTokens(now=now)

    async def admit(self, authorizer: CognitoAuthorizer, incoming: Incoming) -> Claims:
        """Return the claims of a request's token.

        Raises
        ------
        Unauthorized
            When there is none, or it is not one of the pools', or of the wrong use.
        TokenHasExpired
            When its time is over.
        """
        token = incoming.lowered.get(authorizer.header.lower(), "").strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        key = (authorizer.user_pool_ids, token)
        claims = self._cached.of(key)
        if claims is None:
            claims = await self._verified(token, authorizer.user_pool_ids)
            self._cached.hold(key, claims, claims)
        if not _of_right_use(claims, authorizer.scopes):
            raise Unauthorized
        return claims

    async def _verified(self, token: str, pools: tuple[str, ...]) -> Claims:
        try:
            claimed = unverified_claims(token).get("iss")
            for pool in pools:
                if claimed == issuer_of(pool):
                    return await verified_claims(token, pool, self._keys, issuer=issuer_of(pool))
        except TokenExpired:
            raise TokenHasExpired from None
        except TokenInvalid:
            raise Unauthorized from None
        raise Unauthorized


def _of_right_use(claims: Claims, scopes: tuple[str, ...]) -> bool:
    """Return whether it is an id token; or, where scopes are asked for, an access token that has one."""
    use = claims.get("token_use")
    if not scopes:
        return use == "id"
    return use == "access" and not set(scopes).isdisjoint(str(claims.get("scope", "")).split())


def claims_as_strings(claims: Claims) -> dict[str, JSON]:
    """Return claims as ``requestContext.authorizer.claims`` holds them: all of them strings.

    Examples
    --------
    >>> claims_as_strings({"cognito:groups": ["staff", "night"], "email_verified": True, "auth_time": 3})
    {'cognito:groups': 'staff,night', 'email_verified': 'true', 'auth_time': '3'}
    """
    return {name: _string(name, value) for name, value in claims.items()}


def _string(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _TIMES and isinstance(value, (int, float)):
        return claim_time(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(str(item) for item in value)
    return json.dumps(value, separators=(",", ":"))
