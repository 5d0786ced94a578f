"""``BatchInvoke``: payloads that ask the same function at the same time go to it as one list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import JSON

MAX_BATCH: Final = 2000
"""AppSync's own limit of ``maxBatchSize``."""

Send = Callable[[list[JSON]], Awaitable[JSON]]


@dataclass
class _Batch:
    send: Send
    payloads: list[JSON] = field(default_factory=list)
    waiting: list[asyncio.Future[JSON]] = field(default_factory=list)


class Batcher:
    """Gathers payloads until the event loop has run everything that is ready, or a batch is full.

    The fields of one list resolve concurrently: they reach the data source in one turn of the loop.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, _Batch] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def request(self, key: Hashable, payload: JSON, size: int, send: Send) -> JSON:
        """Send ``payload`` along with others of the same ``key``, at most ``size``; return its own answer.

        Raises
        ------
        DataSourceFailure
            The call as a whole failed, or did not answer with as many items as it was sent.
        """
        batch = self._open.get(key)
        if batch is None:
            batch = self._open[key] = _Batch(send)
            asyncio.get_running_loop().call_soon(self._flush, key, batch)
        mine: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        batch.payloads.append(payload)
        batch.waiting.append(mine)
        if len(batch.payloads) >= min(size, MAX_BATCH):
            self._flush(key, batch)
        return await mine

    def _flush(self, key: Hashable, batch: _Batch) -> None:
        if self._open.get(key) is batch:
            del self._open[key]
            task = asyncio.create_task(self._send(batch))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, batch: _Batch) -> None:
        try:
            answers = await batch.send(batch.payloads)
            if not isinstance(answers, list) or len(answers) != len(batch.payloads):
                msg = f"The function must answer with a list of {len(batch.payloads)} items, as it was sent."
                raise DataSourceFailure(msg, "Lambda:InvalidResponse")
        except Exception as error:  # each waiting caller gets it
            for future in batch.waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for future, answer in zip(batch.waiting, answers, strict=True):
            if not future.done():
                future.set_result(answer)
