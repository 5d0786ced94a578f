"""AppSync's quota of messages, as a bucket of tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

INBOUND_MESSAGES: Final = 10_000.0
"""Messages a second that the clients of one API may send (AWS's service quotas, adjustable there)."""


class RateLimit:
    """Lets so many a second pass, and as many at once after a quiet second.

    Parameters
    ----------
    per_second
        Tokens that come back each second; also how many the bucket holds.
    clock
        Seconds, of any origin.

    Examples
    --------
    >>> limit = RateLimit(2, clock=lambda: 0.0)
    >>> limit.allows(), limit.allows(), limit.allows()
    (True, True, False)
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._tokens = per_second
        self._at = clock()

    def allows(self) -> bool:
        """Take a token; False when there is none."""
        now = self._clock()
        self._tokens = min(self._per_second, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
