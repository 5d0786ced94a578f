"""One shard of a table's stream: read in order, handled in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat

from localcloud.calls import CallFailed, ServiceRefused
from localcloud.functions.mappings.batches import BatchRunner, created, sequence_number
from localcloud.functions.mappings.definition import MappingDefinition
from localcloud.functions.mappings.filters import Filters
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.records import Record, stream_record, within_limit
from localcloud.functions.ports import PAGE_LIMIT, IteratorKind, Page, Streams


@dataclass
class Position:
    """How far a mapping has come in a shard. It outlives a poller: a changed mapping goes on from it."""

    start: IteratorKind
    began: float | None = None  # when LATEST was, in seconds since 1970
    iterator: str | None = None
    last_read: str | None = None
    pending: deque[Record] = field(default_factory=deque)
    more: bool = False  # the last page was full
    closed: bool = False  # the shard is closed, and everything in it has been read

    @property
    def done(self) -> bool:
        """Whether nothing will ever be left to do."""
        return self.closed and not self.pending


class ShardPoller(Poller):
    """Reads a shard and hands its batches to the function, one after the other."""

    def __init__(
        self,
        mapping: MappingDefinition,
        shard: str,
        position: Position,
        *,
        streams: Streams,
        filters: Filters,
        runner: BatchRunner,
        warn: Callable[[str], None],
        poll_seconds: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(warn, poll_seconds)
        self._mapping = mapping
        self._shard = shard
        self._position = position
        self._streams = streams
        self._runner = runner
        self._now = now
        self._filters = filters

    def retire(self) -> None:
        """See `Poller.retire`."""
        super().retire()
        self._runner.retire()

    async def run(self) -> None:
        """See `Poller.run`."""
        position = self._position
        while not self.retired and not position.done:
            if len(position.pending) < self._mapping.batch_size:
                self._woken.clear()
                await self._read()
            self.ready.set()
            if position.pending:
                await self._gather()
                await self._handle()
            # Whoever writes more wakes this poller: to read again at once would mostly bring nothing.
            if not position.pending and not position.closed and not position.more:
                await self._wait()

    async def _read(self) -> None:
        """Read on."""
        position = self._position
        if position.closed:
            return
        position.more = False
        try:
            page = await self._page()
        except CallFailed as error:
            self._in_trouble(f"{self._mapping.source_arn} cannot be read: {error}")
            return
        self._in_trouble("")
        for record, text in zip(page.records, page.texts or repeat(""), strict=False):
            event = stream_record(record, self._mapping.source_arn, text)
            position.last_read = sequence_number(event)
            if created(event) >= (position.began or 0) and self._filters.pass_stream(event):
                position.pending.append(event)
        position.iterator = page.next_iterator
        position.closed = page.next_iterator is None
        position.more = len(page.records) >= PAGE_LIMIT

    async def _page(self) -> Page:
        position = self._position
        if position.iterator is None:
            position.iterator = await self._iterator()
        try:
            return await self._streams.records(position.iterator)
        except ServiceRefused as error:
            # An iterator lasts for 15 minutes, a record for 24 hours: a batch that is tried again
            # and again outlasts the one, a closed laptop the other.
            match error.code:
                case "ExpiredIteratorException":
                    pass
                case "TrimmedDataAccessException":
                    position.last_read, position.start = None, "TRIM_HORIZON"
                case _:
                    raise
            position.iterator = await self._iterator()
            return await self._streams.records(position.iterator)

    async def _iterator(self) -> str:
        arn, position = self._mapping.source_arn, self._position
        if position.last_read is not None:
            kind: IteratorKind = "AFTER_SEQUENCE_NUMBER"
            return await self._streams.iterator(arn, self._shard, kind, position.last_read)
        kind = position.start
        if kind == "LATEST":
            # A second time it would pass over what has come since the first one. (Records carry
            # their time in whole seconds.)
            position.start, position.began = "TRIM_HORIZON", float(int(self._now()))
        return await self._streams.iterator(arn, self._shard, kind, None)

    async def _gather(self) -> None:
        """Let a batching window fill the batch."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._mapping.window
        while (
            len(self._position.pending) < self._mapping.batch_size
            and not self._position.closed
            and not self.retired
            and (left := until - loop.time()) > 0
        ):
            if not self._position.more:
                await self._wait(min(left, self._poll_seconds))
            self._woken.clear()
            await self._read()

    async def _handle(self) -> None:
        """Hand one batch over; what it leaves (the service is stopping) stays pending."""
        pending = self._position.pending
        first = [pending[index] for index in range(min(self._mapping.batch_size, len(pending)))]
        batch, event = next(within_limit(first))
        done = await self._runner.run(self._shard, batch, event)
        for _ in range(done):
            pending.popleft()
