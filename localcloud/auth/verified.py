"""Tokens that held, remembered for a while: to verify one costs more than the rest of a small request."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from localcloud.auth.tokens import Claims

_MOST: Final = 1_000
Verified = TypeVar("Verified")


class VerifiedTokens(Generic[Verified]):
    """What was found out of tokens, each until it ends.

    Parameters
    ----------
    longest
        Seconds that a token is held at most: so long may a key be used that its issuer has withdrawn.
    now
        Returns the seconds since the epoch.
    """

    def __init__(self, *, longest: float = float("inf"), now: Callable[[], float] = time.time) -> None:
        self._longest = longest
        self._now = now
        self._verified: dict[Hashable, tuple[float, Verified]] = {}

    def of(self, token: Hashable) -> Verified | None:
        """Return what was found out of a token; None when that is to be done, again or for the first time."""
        entry = self._verified.get(token)
        if entry is None:
            return None
        until, identity = entry
        if until > self._now():
            return identity
        del self._verified[token]
        return None

    def hold(self, token: Hashable, claims: Claims, identity: Verified) -> None:
        """Remember a token that was verified; one that does not say when it ends is verified each time."""
        expires = claims.get("exp")
        if not isinstance(expires, (int, float)):
            return
        if len(self._verified) >= _MOST:
            self._verified.clear()
        self._verified[token] = (min(expires, self._now() + self._longest), identity)
