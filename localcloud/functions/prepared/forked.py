"""An environment's process that was forked, and why one may not be."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress


class CannotFork(Exception):
    """The prepared parent has ended, or does not take what it is asked."""


class ForkedProcess:
    """An environment's process that the prepared parent forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Wait for its end, and return its exit code: negative for a signal."""
        return await self.exited

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
