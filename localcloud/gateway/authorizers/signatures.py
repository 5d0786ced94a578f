"""Verifies requests that are signed for API Gateway, or for another service that the gateway serves."""

from __future__ import annotations

from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.permissions import Permissions
from localcloud.auth.principals import Principal, Principals
from localcloud.auth.sigv4 import verify_signature
from localcloud.gateway.errors import MissingToken, SignatureRefused
from localcloud.gateway.permitting import permit_caller
from localcloud.gateway.requests import JSON, Incoming


class Signatures:
    """Verifies what is signed for ``execute-api``, or for another ``service``.

    Parameters
    ----------
    permissions
        Says what a role may do; None: every signer of the account may call.
    """

    def __init__(
        self,
        principals: Principals,
        region: str,
        *,
        service: str = "execute-api",
        permissions: Permissions | None = None,
    ) -> None:
        self._service, self._permissions = service, permissions
        self._principals = principals
        self._region = region

    def verify(self, incoming: Incoming) -> Principal:
        """Return who signed a request.

        Raises
        ------
        MissingToken
            When it is not signed.
        SignatureRefused
            When the signature does not hold.
        """
        if not incoming.lowered.get("authorization"):
            raise MissingToken
        try:
            return verify_signature(
                incoming.signed(), find=self._principals.find, region=self._region, service=self._service
            )
        except SignatureInvalid as problem:
            raise SignatureRefused(problem.message, error_type=problem.error_type) from None

    async def admit(self, incoming: Incoming, action: str, resource: str) -> Principal:
        """Return who signed a request, and may do what it asks.

        Raises
        ------
        MissingToken, SignatureRefused, AccessDenied
        """
        principal = self.verify(incoming)
        await permit_caller(self._permissions, principal, action, resource)
        return principal


def iam_identity(principal: Principal) -> dict[str, JSON]:
    """Return what an IAM caller adds to ``requestContext.identity``."""
    return {
        "accountId": principal.account,
        "accessKey": principal.access_key_id,
        "caller": principal.user_id,
        "user": principal.user_id,
        "userArn": principal.user_arn,
    }
