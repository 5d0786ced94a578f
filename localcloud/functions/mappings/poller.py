"""What the pollers of queues and streams share: being woken, and being retired."""

from __future__ import annotations

import asyncio
import contextlib


class Poller:
    """A loop that looks when it is woken, and else every ``poll_seconds``."""

    def __init__(self, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._retired = asyncio.Event()
        # Set once the poller misses nothing any more.
        self.ready = asyncio.Event()

    def wake(self) -> None:
        """There may be something new."""
        self._woken.set()

    def retire(self) -> None:
        """Finish what is being handled, and take nothing more."""
        self._retired.set()
        self._woken.set()

    @property
    def retired(self) -> bool:
        """Whether the poller takes nothing more."""
        return self._retired.is_set()

    async def run(self) -> None:
        """Poll until retired."""
        raise NotImplementedError

    async def _wait(self, seconds: float | None = None) -> None:
        """Wait until woken. Clear ``_woken`` *before* looking, so that no wake is lost in between."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds if seconds is None else seconds):
                await self._woken.wait()

    async def _pause(self, seconds: float) -> None:
        """Wait, unless retired meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._retired.wait()
