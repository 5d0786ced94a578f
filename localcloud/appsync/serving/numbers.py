"""The numbers of APIs' ports: in order from a first one, or whatever is free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from localcloud.blocked_ports import HIGHEST, next_open
from localcloud.wire import Server


class Listening(Protocol):
    """What listens on a port."""

    @property
    def server(self) -> Server:
        """Return its server."""


_Opened = TypeVar("_Opened", bound=Listening)


class PortNumbers:
    """Gives out ports one after the other, whichever kind of API opens them; from 0 on, free ones."""

    def __init__(self) -> None:
        self.next = 0
        self._opening = asyncio.Lock()

    async def open(self, opening: Callable[[int], Awaitable[_Opened]], wanted: int = 0) -> _Opened:
        """Return what was opened on a port: the one that is wanted, else the next one.

        Parameters
        ----------
        opening
            Opens a port, 0 for a free one.

        Raises
        ------
        OSError
            The port is in use, or there is none left.
        """
        async with self._opening:
            self.next = next_open(self.next)  # clients in browsers want to reach it
            if not wanted and self.next > HIGHEST:
                raise OSError(f"{HIGHEST} is the last port there is, and it has one already")
            opened = await opening(wanted or self.next)
            if self.next:
                self.next = max(self.next, opened.server.port + 1)
            return opened
