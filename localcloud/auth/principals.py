"""The access keys that IAM knows: the administrator's, and those that the Lambda service gave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from localcloud.aws import EngineAddress


@dataclass(frozen=True)
class Principal:
    """Who stands behind an access key.

    ``user_id`` is the user's id, or ``ROLE_ID:SESSION`` (what AppSync shows as ``ctx.identity.username``).
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    account: str
    user_arn: str
    user_id: str
    session_token: str | None = field(default=None, repr=False)


class CredentialRegistry(Protocol):
    """An issuer of temporary credentials, such as the Lambda service to its functions."""

    def identity_for(self, access_key_id: str) -> Principal | None:
        """Return the principal of an access key, or None when it was never given out."""


class Principals:
    """Finds a principal by its access key id."""

    def __init__(self, engine: EngineAddress, registry: CredentialRegistry | None = None) -> None:
        self._registry = registry
        self._administrator = Principal(
            access_key_id=engine.credentials.access_key_id,
            secret_access_key=engine.credentials.secret_access_key,
            account=engine.account,
            user_arn=f"arn:aws:iam::{engine.account}:user/administrator",
            user_id="administrator",
        )

    def find(self, access_key_id: str) -> Principal | None:
        """Return the access key's owner, or None."""
        if self._registry is not None:
            principal = self._registry.identity_for(access_key_id)
            if principal is not None:
                return principal
        return self._administrator if access_key_id == self._administrator.access_key_id else None
