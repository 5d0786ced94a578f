"""JSON Web Tokens of a Cognito user pool, verified against the pool's own keys."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Final, Protocol

import aiohttp
import jwt

from localcloud.appsync.auth.caller import Caller
from localcloud.appsync.definition import JSON, UserPoolConfig
from localcloud.appsync.errors import Unauthorized

_REFETCH_AFTER: Final = 5.0  # seconds: an unknown key id is a new key, or someone guessing
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)


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
        known = self._keys.get(user_pool_id, {}).get(key_id)
        if known is not None:
            return known
        # Those who come while the first one is asking wait for its answer: else they would be refused.
        async with self._fetching:
            known = self._keys.get(user_pool_id, {}).get(key_id)
            last = self._fetched.get(user_pool_id)
            if known is None and (last is None or time.monotonic() - last > _REFETCH_AFTER):
                fetched = await self._fetch(user_pool_id)
                if fetched is not None:
                    self._keys[user_pool_id] = fetched
                    self._fetched[user_pool_id] = time.monotonic()
                    known = fetched.get(key_id)
        return known

    async def _fetch(self, user_pool_id: str) -> dict[str, jwt.PyJWK] | None:
        """Return the pool's keys by their ids, or None when the engine does not say."""
        url = f"{self._endpoint}/{user_pool_id}/.well-known/jwks.json"
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(url) as answer:
                answer.raise_for_status()
                return {
                    key.key_id: key
                    for key in jwt.PyJWKSet.from_json(await answer.text()).keys
                    if key.key_id is not None
                }
        except (aiohttp.ClientError, TimeoutError, jwt.PyJWTError):
            return None


def issuer_of(pool: UserPoolConfig) -> str:
    """Return the ``iss`` that tokens of the pool carry."""
    return f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.user_pool_id}"


def unverified_claims(token: str) -> dict[str, JSON]:
    """Return what a token claims, before anything of it is believed.

    Raises
    ------
    Unauthorized
        When it is no JSON Web Token.
    """
    try:
        claims: dict[str, JSON] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeEncodeError):
        raise Unauthorized("Unable to parse JWT token.") from None
    return claims


async def verify_user_pool_token(token: str, pool: UserPoolConfig, keys: KeySource, source_ip: str) -> Caller:
    """Return the caller that an id or access token of the user pool names.

    Raises
    ------
    Unauthorized
        When the token is not signed by the pool, has expired, is of another use or of another client.
    """
    try:
        key = await keys.key(pool.user_pool_id, str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise Unauthorized
        claims: dict[str, JSON] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer_of(pool),
            # The audience is the client's id, and only id tokens have it: the pattern below checks both.
            options={"verify_aud": False, "require": ["exp", "iss", "sub"]},
        )
    except jwt.ExpiredSignatureError:
        raise Unauthorized("Token has expired.") from None
    except jwt.PyJWTError:
        raise Unauthorized from None
    use = claims.get("token_use")
    if use not in {"id", "access"}:
        raise Unauthorized
    client = claims.get("aud") if use == "id" else claims.get("client_id")
    pattern = pool.app_id_client_regex
    if pattern and not (isinstance(client, str) and re.fullmatch(pattern, client)):
        raise Unauthorized
    return _caller(claims, pool, source_ip)


def _caller(claims: dict[str, JSON], pool: UserPoolConfig, source_ip: str) -> Caller:
    named = claims.get("cognito:groups")
    groups = tuple(str(group) for group in named) if isinstance(named, list) else None
    username = claims.get("username") or claims.get("cognito:username") or claims.get("sub")
    expires = claims.get("exp")
    return Caller(
        mode="AMAZON_COGNITO_USER_POOLS",
        identity={
            "sub": claims.get("sub"),
            "issuer": claims.get("iss"),
            "username": username,
            # A copy, so that a resolver's notes in the identity never reach the next request.
            "claims": json.loads(json.dumps(claims)),
            "sourceIp": [source_ip],
            "defaultAuthStrategy": pool.default_action,
            "groups": list(groups) if groups is not None else None,
        },
        groups=groups,
        expires_at=float(expires) if isinstance(expires, (int, float)) else None,
    )
