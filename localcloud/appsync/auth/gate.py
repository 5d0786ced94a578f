"""The gate of an API: which mode a request's headers ask for, and whether its credential holds.

One gate serves HTTP and real time: a handshake and a ``start`` bring the same headers in another wrapping.
Real-time clients sign as well: ``POST /graphql/connect`` with body ``{}`` to connect, ``POST /graphql`` with
``payload.data`` to start.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.appsync.auth.caller import Caller
from localcloud.appsync.auth.jwt import pool_issuer, verify_user_pool_token
from localcloud.appsync.definition import ApiDefinition, AuthMode, AuthType
from localcloud.appsync.errors import SignatureRefused, Unauthorized
from localcloud.auth.errors import SignatureInvalid, TokenMalformed
from localcloud.auth.principals import Principals
from localcloud.auth.sigv4 import SignedRequest, is_signed, verify_signature
from localcloud.auth.tokens import KeySource, unverified_claims

NO_CREDENTIAL: Final = "Valid authorization header not provided."
SERVED_MODES: Final[frozenset[AuthType]] = frozenset({"API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS"})


@dataclass(frozen=True)
class Credential:
    """The headers that carry a credential (names in lower case), and the request that they authorize."""

    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    method: str = "POST"
    path: str = "/graphql"
    query: str = ""


class Gate:
    """Lets callers of one API in, or says why not.

    Parameters
    ----------
    api
        The API: its modes, keys, region and account.
    principals
        Whoever may sign with IAM.
    keys
        Where the public keys of user pools are found.
    """

    def __init__(self, api: ApiDefinition, *, principals: Principals, keys: KeySource) -> None:
        self._api = api
        self._principals = principals
        self._keys = keys
        self._modes = {mode.type: mode for mode in api.auth_modes}

    async def admit(self, credential: Credential) -> Caller:
        """Return who calls.

        Raises
        ------
        Unauthorized
            When there is no credential for any of the API's modes, or it does not hold.
        SignatureRefused
            When an IAM signature does not hold.
        """
        authorization = credential.headers.get("authorization", "").strip()
        api_key = credential.headers.get("x-api-key", "").strip()
        if is_signed(authorization) and "AWS_IAM" in self._modes:
            return self._signed(credential)
        if authorization and not is_signed(authorization):
            return await self._token(authorization, credential.source_ip)
        if api_key and "API_KEY" in self._modes:
            return self._api_key(api_key)
        raise Unauthorized(NO_CREDENTIAL)

    def _api_key(self, given: str) -> Caller:
        now = datetime.now(UTC)
        for key in self._api.api_keys:
            # `surrogatepass`: a header may hold anything, and what has no UTF-8 is no key.
            same = hmac.compare_digest(key.id.encode(), given.encode(errors="surrogatepass"))
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
        return Caller(
            mode="AWS_IAM",
            identity={
                "accountId": principal.account,
                "cognitoIdentityPoolId": None,
                "cognitoIdentityId": None,
                "cognitoIdentityAuthType": None,
                "cognitoIdentityAuthProvider": None,
                "sourceIp": [credential.source_ip],
                "username": principal.user_id,
                "userArn": principal.user_arn,
            },
        )

    async def _token(self, authorization: str, source_ip: str) -> Caller:
        pools = [mode.user_pool for mode in self._api.auth_modes if mode.user_pool is not None]
        if not pools:
            raise Unauthorized(NO_CREDENTIAL)
        token = authorization
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        try:
            claimed = unverified_claims(token).get("iss")
        except TokenMalformed as problem:
            raise Unauthorized(problem.message) from None
        for pool in pools:
            if claimed == pool_issuer(pool):
                return await verify_user_pool_token(token, pool, self._keys, source_ip)
        raise Unauthorized


def unserved_modes(api: ApiDefinition) -> list[str]:
    """Return a warning for each authorization mode that the gate does not serve yet."""
    return [
        f"AppSync API {api.name}: authorization mode {mode.type} is not supported; its callers are refused."
        for mode in api.auth_modes
        if not _served(mode)
    ]


def _served(mode: AuthMode) -> bool:
    return mode.type in SERVED_MODES
