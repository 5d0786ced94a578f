"""The secret and the token of a session's access key, derived from the administrator's secret.

So each process that knows the administrator verifies a session's signature without asking who gave it out,
and reads from the token whose session it is.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import Final, NamedTuple

# Temporary access keys begin with it, on AWS as here.
PREFIX: Final = "ASIA"


class SessionKeys(NamedTuple):
    """What belongs to a session's access key."""

    secret_access_key: str
    session_token: str


class Holder(NamedTuple):
    """Whose a session is."""

    role_arn: str
    session_name: str


NOBODY: Final = Holder("", "")


def session_keys(administrator_secret: str, access_key_id: str, holder: Holder = NOBODY) -> SessionKeys:
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

    name = base64.urlsafe_b64encode(json.dumps(holder).encode()).decode().rstrip("=")
    return SessionKeys(derived("secret", 1)[:40], f"{derived(f'token:{name}', 4)}.{name}")


def holder_of(administrator_secret: str, access_key_id: str, session_token: str) -> Holder | None:
    """Return whose a session is, by its token; None for a token that was not given out for the key.

    Examples
    --------
    >>> keys = session_keys("secret", "ASIAONE", Holder("arn:aws:iam::000000000000:role/worker", "fanout"))
    >>> holder_of("secret", "ASIAONE", keys.session_token).session_name
    'fanout'
    >>> holder_of("secret", "ASIATWO", keys.session_token) is None
    True
    """
    name = session_token.rpartition(".")[2]
    try:
        role, session = json.loads(base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)))
        holder = Holder(str(role), str(session))
    except (ValueError, TypeError):
        return None
    expected = session_keys(administrator_secret, access_key_id, holder).session_token
    matches = hmac.compare_digest(expected.encode(), session_token.encode(errors="surrogatepass"))
    return holder if matches and holder.role_arn else None
