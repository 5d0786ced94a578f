"""The secret and the token of a session's access key, derived from the administrator's secret.

So each process that knows the administrator verifies a session's signature without asking who gave it out.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final, NamedTuple

# Temporary access keys begin with it, on AWS as here.
PREFIX: Final = "ASIA"


class SessionKeys(NamedTuple):
    """What belongs to a session's access key."""

    secret_access_key: str
    session_token: str


def session_keys(administrator_secret: str, access_key_id: str) -> SessionKeys:
    """Return the secret and the token of a session's access key.

    Examples
    --------
    >>> session_keys("secret", "ASIAONE") == session_keys("secret", "ASIAONE")
    True
    >>> session_keys("secret", "ASIAONE") == session_keys("other", "ASIAONE")
    False
    """

    def derived(purpose: str, rounds: int) -> str:
        parts = (
            hmac.digest(
                administrator_secret.encode(), f"{purpose}:{number}:{access_key_id}".encode(), "sha256"
            )
            for number in range(rounds)
        )
        return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")

    return SessionKeys(derived("secret", 1)[:40], derived("token", 4))
