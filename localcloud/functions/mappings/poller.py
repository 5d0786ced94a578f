"""What the pollers of queues and streams share: being woken, and being retired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

TROUBLE_SECONDS: Final = 1.0


class Poller:
    """A loop that looks when it is woken, and else every ``poll_seconds``."""

    def __init__(self, warn: Callable[[str], None], poll_seconds: float) -> None:
        self._warn = warn
        self._trouble = ""
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._retired = asyncio.Event()
        # Set once the poller misses nothing any more.
        self.ready = asyncio.Event()

    def wake(self, shard: str = "") -> None:
        """There may be something new; for a stream's poller, in one of its shards."""
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

    def _in_trouble(self, message: str) -> None:
        """Warn, but not every second of the same; an empty message says that all is well again."""
        if message and message != self._trouble:
            self._warn(message)
        self._trouble = message

    async def _wait(self, seconds: float | None = None) -> None:
        """Wait until woken. Clear ``_woken`` *before* looking, so that no wake is lost in between."""
        limit = self._poll_seconds if seconds is None else seconds
        if self._trouble:  # nothing reports when the source is back
            limit = min(limit, TROUBLE_SECONDS)
        # The timer only wakes: `asyncio.timeout` would have to cancel, and to report why.
        timer = asyncio.get_running_loop().call_later(limit, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            timer.cancel()
