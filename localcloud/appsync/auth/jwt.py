"""The caller that a token of a Cognito user pool names, as AppSync shows it to resolvers."""

from __future__ import annotations

import json

from localcloud.appsync.auth.patterns import fits
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import UserPoolConfig
from localcloud.appsync.errors import Unauthorized
from localcloud.auth.errors import TokenExpired, TokenInvalid
from localcloud.auth.tokens import Claims, KeySource, issuer_of, verified_claims


def pool_issuer(pool: UserPoolConfig) -> str:
    """Return the ``iss`` that tokens of the pool carry."""
    return issuer_of(pool.user_pool_id, pool.region)


async def verify_user_pool_token(token: str, pool: UserPoolConfig, keys: KeySource) -> Claims:
    """Return what an id or access token of the user pool claims.

    Raises
    ------
    Unauthorized
        When the token is not signed by the pool, has expired, is of another use or of another client.
    """
    try:
        claims = await verified_claims(token, pool.user_pool_id, keys, issuer=pool_issuer(pool))
    except TokenExpired as problem:
        raise Unauthorized(problem.message) from None
    except TokenInvalid:
        raise Unauthorized from None
    # The client's id is the audience of id tokens, and only theirs; access tokens name it themselves.
    client = claims.get("aud", claims.get("client_id"))
    pattern = pool.app_id_client_regex
    if pattern and not (isinstance(client, str) and fits(pattern, client)):
        raise Unauthorized
    return claims


def user_pool_caller(claims: Claims, pool: UserPoolConfig, source_ip: str) -> Caller:
    """Return the caller that a user pool's token names."""
    listed = claims.get("cognito:groups")
    groups = tuple(str(group) for group in listed) if isinstance(listed, list) else None
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
