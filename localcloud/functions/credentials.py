"""The session that each function acts in: its role's credentials, as Lambda gives them."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import NamedTuple

from localcloud.auth.session_keys import PREFIX, Holder, session_keys


class RoleIdentity(NamedTuple):
    """Whom an access key stands for, and the secret its requests are signed with."""

    secret_access_key: str
    role_arn: str
    session_name: str
    session_token: str


@dataclass(frozen=True)
class SessionCredentials:
    """What a function finds in its environment variables."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return them under the names that every AWS SDK reads."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


class RoleCredentials:
    """Every session of a function's role, by its access key.

    Parameters
    ----------
    administrator_secret
        What the sessions' secrets are derived from, so that the engine verifies them too; None: a fresh one.

    Examples
    --------
    >>> roles = RoleCredentials()
    >>> key = roles.session("arn:aws:iam::000000000000:role/worker", "start-orders").access_key_id
    >>> roles.identity_for(key).session_name
    'start-orders'
    """

    def __init__(self, administrator_secret: str | None = None) -> None:
        self._administrator_secret = administrator_secret or secrets.token_urlsafe(30)
        self._sessions: dict[tuple[str, str], SessionCredentials] = {}
        self._identities: dict[str, RoleIdentity] = {}

    def session(self, role_arn: str, session_name: str) -> SessionCredentials:
        """Return the session of a role under a name (a function's); the same one each time."""
        session = self._sessions.get((role_arn, session_name))
        if session is None:
            key = PREFIX + base64.b32encode(secrets.token_bytes(10)).decode()
            keys = session_keys(self._administrator_secret, key, Holder(role_arn, session_name))
            session = SessionCredentials(key, keys.secret_access_key, keys.session_token)
            self._sessions[(role_arn, session_name)] = session
            self._identities[key] = RoleIdentity(
                session.secret_access_key, role_arn, session_name, session.session_token
            )
        return session

    def identity_for(self, access_key_id: str) -> RoleIdentity | None:
        """Return whom the key stands for, or None when it was not made here."""
        return self._identities.get(access_key_id)
