"""The numbers of APIs' ports: in order from a first one, or whatever is free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class PortNumbers:
    """Gives out ports one after the other, whichever kind of API opens them; from 0 on, free ones."""

    def __init__(self) -> None:
        self.next = 0
        self._opening = asyncio.Lock()

    async def open(self, opening: Callable[[int], Awaitable[int]], wanted: int = 0) -> None:
        """Open a port: the one that is wanted, else the next one.

        Parameters
        ----------
        opening
            Opens a port, 0 for a free one, and returns it.
        """
        async with self._opening:
            opened = await opening(wanted or self.next)
            if self.next:
                self.next = max(self.next, opened + 1)
