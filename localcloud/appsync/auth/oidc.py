"""The mode ``OPENID_CONNECT``: a token verified with its issuer's keys, and what AppSync asks beyond that."""

from __future__ import annotations

import json
import logging
import time
from typing import Final

import jwt

from localcloud.appsync.auth.patterns import fits
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import JSON, OpenIdConfig
from localcloud.appsync.errors import Unauthorized
from localcloud.auth.issuers import IssuerKeys, IssuerUnreachable, Jwk
from localcloud.auth.tokens import Claims

# The algorithms that AppSync lists, by the kind of key that each needs: a token never picks another kind.
_ALGORITHMS: Final[dict[str, frozenset[str]]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "oct": frozenset({"HS256", "HS384", "HS512"}),
}
EXPIRED: Final = "Token has expired."
log = logging.getLogger(__name__)


def same_issuer(configured: str, claimed: JSON) -> bool:
    """Return whether a token may be an issuer's: one that calls itself with a slash often lacks it here."""
    return isinstance(claimed, str) and configured.rstrip("/") == claimed.rstrip("/")


async def verify_open_id_token(token: str, config: OpenIdConfig, issuers: IssuerKeys) -> Claims:
    """Return what a token of the issuer claims.

    Raises
    ------
    Unauthorized
        When the issuer did not sign it, cannot be asked, or the token is of another client.
    """
    try:
        claims = await _verified(token, config, issuers)
    except jwt.ExpiredSignatureError:
        raise Unauthorized(EXPIRED) from None
    except (jwt.PyJWTError, UnicodeEncodeError, OverflowError) as problem:  # the last is for endless numbers
        log.info("A token of issuer %s does not hold: %s", config.issuer, problem)
        raise Unauthorized from None
    if config.client_id and not _made_for(claims, config.client_id):
        raise Unauthorized
    return claims


def open_id_caller(claims: Claims, config: OpenIdConfig) -> Caller:
    """Return the caller that an issuer's token names.

    Raises
    ------
    Unauthorized
        When the API takes no token that was issued, or whose user signed in, so long ago.
    """
    now = time.time()
    if config.iat_ttl_ms and _over(claims.get("iat"), config.iat_ttl_ms, now):
        raise Unauthorized(EXPIRED)
    # A token that does not say when its user signed in cannot meet a limit on that.
    if config.auth_ttl_ms and _over(claims.get("auth_time"), config.auth_ttl_ms, now):
        raise Unauthorized(EXPIRED)
    expires = claims.get("exp")
    return Caller(
        mode="OPENID_CONNECT",
        identity={
            # A copy, so that a resolver's notes in the identity never reach the next request.
            "claims": json.loads(json.dumps(claims)),
            "issuer": claims.get("iss"),
            "sub": claims.get("sub"),
        },
        expires_at=float(expires) if isinstance(expires, (int, float)) else None,
    )


async def _verified(token: str, config: OpenIdConfig, issuers: IssuerKeys) -> Claims:
    header = jwt.get_unverified_header(token)
    try:
        match = await issuers.key(config.issuer, str(header.get("kid")))
    except IssuerUnreachable:
        raise Unauthorized from None
    if match is None:
        raise jwt.InvalidKeyError("it is signed with a key that the issuer does not publish")
    issuer, jwk = match
    claims: Claims = jwt.decode(
        token,
        _key(jwk, str(header.get("alg"))),
        algorithms=sorted(_ALGORITHMS.get(str(jwk["kty"]), ())),
        issuer=issuer,
        options={"verify_aud": False, "require": ["exp", "iat", "iss"]},
    )
    return claims


def _key(jwk: Jwk, algorithm: str) -> jwt.PyJWK:
    """Return the key for a token's algorithm, which the issuer need not name beside its key."""
    kind = str(jwk["kty"])
    if algorithm not in _ALGORITHMS.get(kind, ()) or jwk.get("alg", algorithm) != algorithm:
        raise jwt.InvalidAlgorithmError(f"its key is not one for {algorithm}")
    return jwt.PyJWK.from_dict(dict(jwk), algorithm)


def _over(moment: JSON, limit_ms: int, now: float) -> bool:
    numeric = isinstance(moment, (int, float)) and not isinstance(moment, bool)
    return not numeric or now * 1000 > float(str(moment)) * 1000 + limit_ms


def _made_for(claims: Claims, pattern: str) -> bool:
    audience = claims.get("aud")
    clients = [*(audience if isinstance(audience, list) else [audience]), claims.get("azp")]
    return any(isinstance(client, str) and fits(pattern, client) for client in clients)
