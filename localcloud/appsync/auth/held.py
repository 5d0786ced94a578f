"""Tokens that held, remembered for a while: to verify one costs more than the rest of a small request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from localcloud.appsync.definition import AuthMode
from localcloud.auth.tokens import Claims

_SECONDS: Final = 900.0  # so long may a key be used that its issuer has withdrawn
_MOST: Final = 1_000


class HeldTokens:
    """The provider and the claims of tokens, each until it ends.

    Parameters
    ----------
    now
        Tells the seconds since the epoch.
    """

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._held: dict[str, tuple[float, AuthMode, Claims]] = {}

    def of(self, token: str) -> tuple[AuthMode, Claims] | None:
        """Return whose token it is and what it claims; None when that has to be found out."""
        found = self._held.get(token)
        if found is None:
            return None
        until, mode, claims = found
        if until > self._now():
            return mode, claims
        del self._held[token]
        return None

    def hold(self, token: str, mode: AuthMode, claims: Claims) -> None:
        """Remember a token that was verified."""
        expires = claims.get("exp")
        if not isinstance(expires, (int, float)):
            return
        if len(self._held) >= _MOST:
            self._held.clear()
        self._held[token] = (min(expires, self._now() + _SECONDS), mode, claims)
