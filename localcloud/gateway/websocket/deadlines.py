"""When a connection ends by itself: ten minutes without a message, or two hours after it opened.

Source: "Quotas for configuring and running a WebSocket API" in API Gateway's developer guide. A message in
either direction counts ("Keep alive" in the documentation of hotsock.io, which runs on it); pings and pongs
do not, for the gateway takes no part in control frames (andyrichardson/subscriptionless, issue 3). What a
client sees of it is a close frame with code 1001.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IDLE_SECONDS: Final = 600.0
LIFETIME_SECONDS: Final = 7200.0


@dataclass
class Deadlines:
    """The deadlines of one connection; the caller brings the time.

    Examples
    --------
    >>> deadlines = Deadlines(opened=0.0)
    >>> deadlines.active(500.0)
    >>> deadlines.passed(1000.0), deadlines.next()
    (False, 1100.0)
    >>> deadlines.passed(1100.0)
    True
    """

    opened: float
    idle_seconds: float = IDLE_SECONDS
    lifetime_seconds: float = LIFETIME_SECONDS

    def __post_init__(self) -> None:
        self._active = self.opened

    def active(self, now: float) -> None:
        """Take note of a message, in or out."""
        self._active = now

    def next(self) -> float:
        """Return when the connection ends if nothing happens."""
        return min(self._active + self.idle_seconds, self.opened + self.lifetime_seconds)

    def passed(self, now: float) -> bool:
        """Return whether the connection is to end."""
        return now >= self.next()
