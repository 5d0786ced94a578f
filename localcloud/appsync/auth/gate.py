"""The gate of an API: which mode a request's headers ask for, and whether its credential holds.

One gate serves HTTP and real time: a handshake and a ``start`` bring the same headers in another wrapping.
Real-time clients sign as well: ``POST /graphql/connect`` with body ``{}`` to connect, ``POST /graphql`` with
``payload.data`` to start.

Nothing in a request names its mode, so AppSync goes by what the credential looks like. A signature is IAM's,
and what begins with ``Bearer`` or is a JSON Web Token belongs to the provider that it names as its issuer;
only what is none of these reaches a Lambda authorizer, unless the API has no such provider.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Set
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from localcloud.appsync.auth.guarded import Guarded
from localcloud.appsync.auth.jwt import pool_issuer, user_pool_caller, verify_user_pool_token
from localcloud.appsync.auth.lambda_authorizer import LambdaAuthorizers, lambda_caller
from localcloud.appsync.auth.oidc import open_id_caller, same_issuer, verify_open_id_token
from localcloud.appsync.caller import Caller, Credential
from localcloud.appsync.definition import JSON, AuthMode, AuthType
from localcloud.appsync.errors import SignatureRefused, Unauthorized
from localcloud.auth.errors import SignatureInvalid, TokenMalformed
from localcloud.auth.issuers import IssuerKeys
from localcloud.auth.principals import Principal, Principals
from localcloud.auth.sigv4 import SignedRequest, is_signed, verify_signature
from localcloud.auth.tokens import Claims, KeySource, unverified_claims
from localcloud.auth.verified import VerifiedTokens

__all__ = ["NO_CREDENTIAL", "CallerGate", "Credential"]

NO_CREDENTIAL: Final = "Valid authorization header not provided."
_TOKEN_MODES: Final = frozenset({"AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT"})
_HELD_SECONDS: Final = 900.0  # so long may a key be used that its issuer has withdrawn
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")


class CallerGate:
    """Lets callers of one API in, or says why not.

    Parameters
    ----------
    api
        The API: its modes, keys, region and account.
    principals
        The principals that may sign with IAM.
    keys
        Where the public keys of user pools are found.
    authorizers
        Asks Lambda authorizers; None where there is no service to run functions.
    issuers
        Where the public keys of OpenID Connect issuers are found.
    context_name
        The name in ``ctx.identity`` of the context that a Lambda authorizer returns.
    """

    def __init__(
        self,
        api: Guarded,
        *,
        principals: Principals,
        keys: KeySource,
        authorizers: LambdaAuthorizers | None = None,
        issuers: IssuerKeys | None = None,
        context_name: str = "resolverContext",
    ) -> None:
        self._api = api
        self._principals = principals
        self._keys = keys
        self._authorizers = authorizers
        self._issuers = issuers or IssuerKeys()
        self._context_name = context_name
        self._verified: VerifiedTokens[tuple[AuthMode, Claims]] = VerifiedTokens(longest=_HELD_SECONDS)
        self._modes = {mode.type: mode for mode in reversed(api.auth_modes)}
        self._has_tokens = not _TOKEN_MODES.isdisjoint(self._modes)
        self.warnings = self._unserved()

    async def admit(self, credential: Credential, modes: Set[AuthType] | None = None) -> Caller:
        """Return who calls.

        Parameters
        ----------
        modes
            The modes that count for what is asked; all of the API's without them.

        Raises
        ------
        Unauthorized
            When there is no credential for any of the API's modes, or it does not hold.
        SignatureRefused
            When an IAM signature does not hold.
        AuthorizerFailed
            When a Lambda authorizer gives no answer.
        """
        provider, secret = self._mode_of(credential)
        if modes is not None and provider.type not in modes:
            raise Unauthorized
        match provider.type:
            case "API_KEY":
                return self._api_key(secret)
            case "AWS_IAM":
                return self._signed(credential)
            case "AWS_LAMBDA":
                function = provider.lambda_authorizer
                if self._authorizers is None or function is None:
                    raise Unauthorized
                verdict = await self._authorizers.admit(self._api, function, secret, credential)
                return lambda_caller(verdict, context_name=self._context_name)
            case "AMAZON_COGNITO_USER_POOLS":
                assert provider.user_pool is not None
                pool = provider.user_pool
                verified = self._verified.of(secret)
                claims = verified[1] if verified else await verify_user_pool_token(secret, pool, self._keys)
                caller = user_pool_caller(claims, pool, credential.source_ip)
            case "OPENID_CONNECT":
                assert provider.open_id is not None
                config = provider.open_id
                verified = self._verified.of(secret)
                claims = (
                    verified[1] if verified else await verify_open_id_token(secret, config, self._issuers)
                )
                caller = open_id_caller(claims, config)
        if verified is None:
            self._verified.hold(secret, claims, (provider, claims))
        return caller

    def _mode_of(self, credential: Credential) -> tuple[AuthMode, str]:
        """Return the provider that a credential is for, and what of it is to be proved."""
        authorization = credential.headers.get("authorization", "").strip()
        if authorization:
            signed = is_signed(authorization)
            if signed and "AWS_IAM" in self._modes:
                return self._modes["AWS_IAM"], authorization
            bare = _without_scheme(authorization)
            looks_like_token = bare != authorization or _JWT.fullmatch(bare) is not None
            if self._has_tokens and looks_like_token:
                return self._issuing(bare), bare
            if "AWS_LAMBDA" in self._modes:
                return self._modes["AWS_LAMBDA"], authorization
            if self._has_tokens and not signed:
                return self._issuing(bare), bare
        api_key = credential.headers.get("x-api-key", "").strip()
        if api_key and "API_KEY" in self._modes:
            return self._modes["API_KEY"], api_key
        raise Unauthorized(NO_CREDENTIAL)

    def _issuing(self, token: str) -> AuthMode:
        """Return the user pool or the issuer that a token says it is of."""
        verified = self._verified.of(token)
        if verified is not None:
            return verified[0]
        try:
            claimed: JSON = unverified_claims(token).get("iss")
        except TokenMalformed as problem:
            raise Unauthorized(problem.message) from None
        for mode in self._api.auth_modes:
            if mode.user_pool is not None and claimed == pool_issuer(mode.user_pool):
                return mode
            if mode.open_id is not None and same_issuer(mode.open_id.issuer, claimed):
                return mode
        raise Unauthorized

    def _api_key(self, key_id: str) -> Caller:
        now = datetime.now(UTC)
        for key in self._api.api_keys:
            # `surrogatepass`: a header may hold anything, and what has no UTF-8 is no key.
            same = hmac.compare_digest(key.id.encode(), key_id.encode(errors="surrogatepass"))
            if same and key.expires > now:
                return Caller(mode="API_KEY", expires_at=key.expires.timestamp())
        raise Unauthorized

    def _signed(self, credential: Credential) -> Caller:
        try:
            principal = verify_signature(
                SignedRequest(
                    credential.method, credential.path, credential.query, credential.headers, credential.body
                ),
                find=self._principals.find,
                region=self._api.region,
                service="appsync",
            )
        except SignatureInvalid as problem:
            raise SignatureRefused(problem.message, error_type=problem.error_type) from None
        return _iam_caller(principal, credential.source_ip)

    def _unserved(self) -> list[str]:
        """Return a warning for each mode that admits no caller."""
        warnings: list[str] = []
        for mode in self._api.auth_modes:
            match mode.type:
                case "AWS_LAMBDA" if self._authorizers is None:
                    why = "has nobody to run its function"
                case "AWS_LAMBDA" if mode.lambda_authorizer is None:
                    why = "names no function"
                case "OPENID_CONNECT" if mode.open_id is None:
                    why = "names no issuer"
                case "AMAZON_COGNITO_USER_POOLS" if mode.user_pool is None:
                    why = "names no user pool"
                case _:
                    continue
            warnings.append(
                f"AppSync API {self._api.name}: authorization mode {mode.type} {why}; "
                "its callers are refused."
            )
        return warnings


@lru_cache(maxsize=256)
def _iam_caller(principal: Principal, source_ip: str) -> Caller:
    return Caller(
        mode="AWS_IAM",
        identity={
            "accountId": principal.account,
            "cognitoIdentityPoolId": None,
            "cognitoIdentityId": None,
            "cognitoIdentityAuthType": None,
            "cognitoIdentityAuthProvider": None,
            "sourceIp": [source_ip],
            "username": principal.user_id,
            "userArn": principal.user_arn,
        },
    )


def _without_scheme(authorization: str) -> str:
    return authorization[7:].strip() if authorization[:7].lower() == "bearer " else authorization
