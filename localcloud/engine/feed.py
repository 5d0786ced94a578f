"""The feed: sends what changed in the engine to its listeners, from any thread."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import lru_cache

KEEP_ALIVE_SECONDS = 10.0
# Distinct changes that a listener may leave unread. A line is only "look there now", so equal
# ones count once and this is a bound on resources, not on traffic.
BACKLOG = 4096


class Listener:
    """One reader of the feed: the lines it has not taken yet, each once, in order."""

    def __init__(self) -> None:
        self._lines: dict[bytes, None] = {}
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, line: bytes) -> None:
        """Add ``line`` unless it waits already.

        A listener that fell too far behind is closed: it opens the feed again and looks at
        everything, which is what it would have to do.
        """
        if line not in self._lines and len(self._lines) >= BACKLOG:
            self.close()
            return
        self._lines[line] = None
        self._ready.set()

    def close(self) -> None:
        """End :meth:`chunks`."""
        self._closed = True
        self._ready.set()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the lines as they come, as many at once as there are, and now and then a sign of life."""
        beat = asyncio.create_task(self._keep_alive())
        try:
            while not self._closed:
                await self._ready.wait()
                self._ready.clear()
                lines, self._lines = self._lines, {}
                if not self._closed:
                    yield b"".join(lines)
        finally:
            beat.cancel()

    async def _keep_alive(self) -> None:
        # Whether there are changes or not: a time limit for each wait for one costs as much as the change.
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            self.offer(encode({"kind": "ka"}))


class Feed:
    """Hands changes from any thread to the listeners on the event loop, merged per loop turn.

    Examples
    --------
    >>> feed = Feed()
    >>> feed.publish({"kind": "functions"})  # without listeners, nothing runs: dropped
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[Listener] = set()
        self._pending: dict[bytes, None] = {}
        self._lock = threading.Lock()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop that the listeners live on."""
        self._loop = loop

    def publish(self, change: dict[str, str]) -> None:
        """Publish ``change``; callable from any thread, never blocks, never raises."""
        if not self._listeners or self._loop is None:
            return
        line = encode(change)
        with self._lock:
            scheduled = bool(self._pending)
            self._pending[line] = None
        if not scheduled:
            # Raised only while the loop shuts down, when no reader is left.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        with self._lock:
            lines, self._pending = self._pending, {}
        for listener in self._listeners:
            for line in lines:
                listener.offer(line)

    def listen(self) -> Listener:
        """Return a new listener; give it back with :meth:`leave`."""
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget ``listener``."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener, so that the server can stop without cutting them off."""
        for listener in self._listeners:
            listener.close()


def encode(change: dict[str, str]) -> bytes:
    """Return the NDJSON line of ``change``."""
    return _encoded(tuple(change.items()))


@lru_cache(maxsize=1024)
def _encoded(members: tuple[tuple[str, str], ...]) -> bytes:
    # Most changes are of the same few streams and queues.
    return json.dumps(dict(members), separators=(",", ":")).encode() + b"\n"
