"""Time, as queued events see it: a test puts another clock in its place and waits for nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Returns the time and lets it pass."""

    def now(self) -> float:
        """Return seconds since 1970: an event's age goes on while the local cloud does not run."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """See `Clock.now`."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)
