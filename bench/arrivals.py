"""Waiting for what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Arrivals:
    """What came so far; a writer calls `came` after each addition."""

    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def came(self) -> None:
        """Wake the waiter for enough."""
        self._more.set()

    async def wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Return True once what came is ``enough``, False when time is up before."""
        try:
            async with asyncio.timeout(seconds):
                while not enough():
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            return False
        return True
