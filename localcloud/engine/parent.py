"""The process that started this one: it holds the other end of standard input, and never writes."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from localcloud.calls import HttpConnections, HttpReply, NoAnswer

# The end of a process closes its files one after the other: this long after the first, all are closed.
CLOSING_SECONDS: Final = 0.3

_exited: Final = threading.Event()


def watch(loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
    """Call ``stop`` on the loop when standard input ends."""

    def read_to_end() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        _exited.set()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=read_to_end, daemon=True, name="parent").start()


async def outlive() -> None:
    """Return if the parent is there; else wait until this process ends, too.

    To be called where a service of the parent's breaks off: if the parent was killed, that is no failure of
    the service, and what waits for it goes on after the next start.
    """
    await asyncio.sleep(CLOSING_SECONDS)
    if _exited.is_set():
        await asyncio.Event().wait()


class ParentsConnections(HttpConnections):
    """Connections to services of the parent's: a request that its end breaks off is never answered."""

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        limit: int | None = None,
    ) -> HttpReply:
        """See `HttpConnections.send`."""
        try:
            return await super().send(method, target, headers, body, limit=limit)
        except NoAnswer:
            await outlive()
            raise
