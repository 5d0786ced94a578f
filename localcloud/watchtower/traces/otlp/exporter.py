"""Sends what is recorded to a collector: in batches, within a bound, and without delaying callers."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Final

import aiohttp

from localcloud.watchtower.traces.documents import Document, encode
from localcloud.watchtower.traces.otlp.spans import Spans
from localcloud.watchtower.traces.store import TraceStore

EVERY_SECONDS: Final = 1.0
BATCH: Final = 256
MOST: Final = 8192
"""How many documents may wait for the collector; the oldest are dropped."""
PATIENCE: Final = 10.0


class Exporter:
    """Exports a store's documents by OTLP/HTTP, in JSON.

    Parameters
    ----------
    endpoint
        ``http://HOST:PORT``; spans go to ``/v1/traces`` below it.
    warn
        Called when the collector does not take them: once, until it does again.
    """

    def __init__(self, store: TraceStore, endpoint: str, warn: Callable[[str], None]) -> None:
        self._store = store
        self._url = f"{endpoint}/v1/traces"
        self._warn = warn
        self._pending: deque[Document] = deque(maxlen=MOST)
        self._spans = Spans()
        self._failing = False
        self._session: aiohttp.ClientSession | None = None
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to export."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        self._store.watcher = self._pending.append
        self._work = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Export what is left, if the collector takes it at once, and end."""
        if self._work is not None and self._session is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.flush(), EVERY_SECONDS)
            await self._session.close()

    async def flush(self) -> None:
        """Export what has arrived, batch by batch, until one is not taken."""
        await self._store.settle()
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(BATCH, len(self._pending)))]
            if not await self._send(batch):
                return

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.flush()

    async def _send(self, batch: list[Document]) -> bool:
        assert self._session is not None
        try:
            # A document may hold half of a pair of surrogates, which UTF-8 cannot.
            body = encode(self._spans.request(batch)).encode(errors="replace")
            headers = {"Content-Type": "application/json"}
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                reason = "" if answer.status < 300 else f"it answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError, ValueError, OverflowError) as error:
            reason = str(error) or type(error).__name__
        if reason and not self._failing:
            self._warn(f"traces cannot be exported to {self._url}: {reason}")
        self._failing = bool(reason)
        return not reason
