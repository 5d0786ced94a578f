"""Notices what has been idle for long, without a timer for each use: those cost more than to look again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class IdleTimer:
    """Calls ``expire`` once nothing has used it for some seconds, counted from the first use.

    Parameters
    ----------
    loop
        The loop whose time counts.
    """

    __slots__ = ("_expire", "_handle", "_loop", "_seconds", "_used")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, expire: Callable[[], object]) -> None:
        self._loop, self._seconds, self._expire = loop, seconds, expire
        self._handle: asyncio.TimerHandle | None = None
        self._used = 0.0

    def use(self) -> None:
        """Count from now."""
        self._used = self._loop.time()
        if self._handle is None:
            self._handle = self._loop.call_later(self._seconds, self._look)

    def cancel(self) -> None:
        """Expire no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        remaining = self._used + self._seconds - self._loop.time()
        if remaining > 0:
            self._handle = self._loop.call_later(remaining, self._look)
        else:
            self._handle = None
            self._expire()
