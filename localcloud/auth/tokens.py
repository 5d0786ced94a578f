"""JSON Web Tokens of Cognito user pools, verified against the pool's own keys."""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol, TypeAlias

import aiohttp
import jwt

from localcloud.auth.errors import TokenExpired, TokenInvalid, TokenMalformed

JSON: TypeAlias = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None
Claims: TypeAlias = dict[str, JSON]
_REFETCH_AFTER: Final = 5.0  # seconds: an unknown key id is a new key, or a guess
# The engine is on a machine that may be slow and busy: a token is not refused for that.
ENGINE_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


class KeySource(Protocol):
    """Finds the public key of a user pool by its key id."""

    async def key(self, user_pool_id: str, key_id: str) -> jwt.PyJWK | None:
        """Return the key, or None when the pool has no such key."""


class UserPoolKeys:
    """The JSON Web Key Sets of user pools, fetched from the engine and kept.

    The token's issuer is AWS's own address, so the keys' address cannot be made from it here: they are at
    ``{endpoint}/{poolId}/.well-known/jwks.json``.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._keys: dict[str, dict[str, jwt.PyJWK]] = {}
        self._fetched: dict[str, float] = {}
        self._fetching = asyncio.Lock()

    async def key(self, user_pool_id: str, key_id: str) -> jwt.PyJWK | None:
        """Return the key, asking the engine again for one that is not known."""
        cached = self._keys.get(user_pool_id, {}).get(key_id)
        if cached is not None:
            return cached
        # Those who come while the first one is asking wait for its answer: else they would be refused.
        async with self._fetching:
            cached = self._keys.get(user_pool_id, {}).get(key_id)
            last = self._fetched.get(user_pool_id)
            if cached is None and (last is None or time.monotonic() - last > _REFETCH_AFTER):
                fetched = await self._fetch(user_pool_id)
                if fetched is not None:
                    self._keys[user_pool_id] = fetched
                    self._fetched[user_pool_id] = time.monotonic()
                    cached = fetched.get(key_id)
        return cached

    async def _fetch(self, user_pool_id: str) -> dict[str, jwt.PyJWK] | None:
        """Return the pool's keys by their ids, or None when the engine does not say."""
        url = f"{self._endpoint}/{user_pool_id}/.well-known/jwks.json"
        try:
            async with aiohttp.ClientSession(timeout=ENGINE_TIMEOUT) as session, session.get(url) as answer:
                answer.raise_for_status()
                return {
                    key.key_id: key
                    for key in jwt.PyJWKSet.from_json(await answer.text()).keys
                    if key.key_id is not None
                }
        except (aiohttp.ClientError, TimeoutError, jwt.PyJWTError):
            return None


def issuer_of(user_pool_id: str, region: str | None = None) -> str:
    """Return the ``iss`` that tokens of the pool carry; a pool's id begins with its region."""
    return f"https://cognito-idp.{region or user_pool_id.partition('_')[0]}.amazonaws.com/{user_pool_id}"


def unverified_claims(token: str) -> Claims:
    """Return what a token claims, before anything of it is believed.

    Raises
    ------
    TokenMalformed
        When it is no JSON Web Token.
    """
    try:
        claims: Claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeEncodeError):
        raise TokenMalformed("Unable to parse JWT token.") from None
    return claims


async def verified_claims(token: str, user_pool_id: str, keys: KeySource, *, issuer: str) -> Claims:
    """Return the claims of an id or access token that the user pool signed.

    The client that it was issued to is for the caller to check: id tokens say so in ``aud``, access tokens in
    ``client_id``.

    Raises
    ------
    TokenExpired
        When its time is over.
    TokenInvalid
        When the token is not signed by the pool, or is of another use.
    """
    try:
        key = await keys.key(user_pool_id, str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise TokenInvalid("The token was not signed by a key of the user pool.")
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            options={"verify_aud": False, "require": ["exp", "iss", "sub"]},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("Token has expired.") from None
    except (jwt.PyJWTError, UnicodeEncodeError, OverflowError):  # the last is for endless numbers
        raise TokenInvalid("The token does not hold.") from None
    if claims.get("token_use") not in {"id", "access"}:
        raise TokenInvalid("The token is neither an id nor an access token.")
    return claims
