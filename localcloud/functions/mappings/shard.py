"""One shard of a stream: read in order, handled in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Final

from localcloud.calls import CallFailed, ServiceRefused
from localcloud.functions.errors import FunctionsError
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.batches import BatchRunner
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.position import Position
from localcloud.functions.mappings.records import (
    EVENT_LIMIT,
    Record,
    created,
    sequence_number,
    within_limit,
)
from localcloud.functions.mappings.sources import Read, StreamSource

GATHERING_SECONDS: Final = 0.1
"""While a batching window lasts, a shard is read no more often."""


class ShardPoller(Poller):
    """Reads a shard and hands its batches to the function: one after the other, or one per lane at once."""

    def __init__(
        self,
        mapping: MappingDefinition,
        shard: str,
        position: Position,
        *,
        source: StreamSource,
        runner: BatchRunner,
        warn: Callable[[str], None],
        poll_seconds: float,
        now: Callable[[], float] = time.time,
        moved: Callable[[Position], None] = lambda _position: None,
    ) -> None:
        super().__init__(warn, poll_seconds)
        self._mapping = mapping
        self._shard = shard
        self._position = position
        self._source = source
        self._runner = runner
        self._now = now
        self._moved = moved
        self._lanes: dict[int, asyncio.Task[None]] = {}
        position.pending.spread(mapping.parallelization)

    def retire(self) -> None:
        """See `Poller.retire`."""
        super().retire()
        self._runner.retire()

    async def run(self) -> None:
        """See `Poller.run`."""
        position = self._position
        try:
            while not self.retired and not position.done:
                if self._has_room():
                    self._woken.clear()
                    await self._read()
                self.ready.set()
                if position.pending:
                    await self._gather()
                    await self._handle()
                # A writer of more wakes this poller: to read again at once would mostly bring nothing.
                if not position.pending and not position.more:
                    await self._rest()
            await asyncio.gather(*self._lanes.values())
        finally:
            for task in self._lanes.values():
                task.cancel()

    async def _rest(self) -> None:
        """Wait: everything that was read is done with."""
        if not self._position.closed:
            await self._wait()

    async def _read(self) -> None:
        """Read on."""
        position = self._position
        if position.closed:
            return
        position.more = False
        try:
            read = await self._on()
        except (CallFailed, FunctionsError) as error:
            self._in_trouble(f"{self._mapping.source_arn} cannot be read: {error}")
            return
        self._in_trouble("")
        events = read.events if self._source.wants_all else filter(self._source.wants, read.events)
        if started := position.started_at:
            events = [event for event in events if created(event) >= started]
        position.pending.extend(events)
        if read.events:
            position.last_read = sequence_number(read.events[-1])
        position.iterator = read.next_iterator
        position.closed = read.next_iterator is None
        # A page without records is not followed at once, whatever it says: that could go on for ever.
        position.more = read.more and bool(read.events)

    async def _on(self) -> Read:
        position = self._position
        if position.iterator is None:
            position.iterator = await self._iterator()
        try:
            return await self._source.read(self._shard, position.iterator)
        except ServiceRefused as error:
            # An iterator lasts for 15 minutes, a record for 24 hours: a batch that is tried again
            # and again outlasts the one, a closed laptop the other.
            match error.code:
                case "ExpiredIteratorException":
                    pass
                case "TrimmedDataAccessException":
                    position.last_read, position.again, position.start = None, None, "TRIM_HORIZON"
                case _:
                    raise
            position.iterator = await self._iterator()
            return await self._source.read(self._shard, position.iterator)

    async def _iterator(self) -> str:
        position = self._position
        if position.last_read is not None:
            return await self._source.iterator(self._shard, "AFTER_SEQUENCE_NUMBER", position.last_read)
        if position.again is not None:
            return await self._source.iterator(self._shard, "AT_SEQUENCE_NUMBER", position.again)
        kind = position.start
        if kind == "LATEST":
            # A second time it would pass over what has come since the first one.
            ticks = self._source.ticks
            position.start, position.started_at = "TRIM_HORIZON", int(self._now() * ticks) / ticks
            self._moved(position)
        return await self._source.iterator(self._shard, kind)

    async def _gather(self) -> None:
        """Let a batching window fill the batch."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._mapping.window
        while not self._is_full() and not self.retired and (remaining := until - loop.time()) > 0:
            if not self._position.more:
                await self._wait(min(remaining, self._poll_seconds))
                # Records that are put one by one are read together: the batch has time.
                await self._pause(min(GATHERING_SECONDS, until - loop.time()))
            self._woken.clear()
            await self._read()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._retired.wait()

    def _is_full(self) -> bool:
        """Return whether a batch can grow no more."""
        position = self._position
        return (
            len(position.pending) >= self._mapping.batch_size
            or position.pending.length >= EVENT_LIMIT
            or position.closed
        )

    async def _handle(self) -> None:
        """Hand batches over: one, or where several may run at once, one for each lane that is free."""
        lanes = self._position.pending.lanes
        if len(lanes) == 1:
            work = self._hand_over(lanes[0])
            if self._position.more and self._is_low():
                await asyncio.gather(work, self._read())  # or the function would wait for it afterwards
            else:
                await work
            return
        loop = asyncio.get_running_loop()
        for number, lane in enumerate(lanes):
            if lane and number not in self._lanes:
                task = self._lanes[number] = loop.create_task(self._hand_over(lane))
                task.add_done_callback(partial(self._free, number))
        if self._has_room():
            await self._wait()  # for a lane, or for more
        else:
            await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)

    def _is_low(self) -> bool:
        """Return whether the batch after the next one is not there yet."""
        pending = self._position.pending
        return len(pending) < 2 * self._mapping.batch_size and pending.length < EVENT_LIMIT

    def _has_room(self) -> bool:
        lanes, pending = self._mapping.parallelization, self._position.pending
        return len(pending) < self._mapping.batch_size * lanes and pending.length < EVENT_LIMIT * lanes

    def _free(self, number: int, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            del self._lanes[number]  # one that broke stays, and ends this poller when it is gathered
        else:
            self._retired.set()
        self._woken.set()

    async def _hand_over(self, lane: deque[Record]) -> None:
        """Hand one batch over; what it leaves (the service is stopping) stays pending."""
        first = list(islice(lane, self._mapping.batch_size))
        batch, event = next(within_limit(first))
        done = await self._runner.run(self._shard, batch, event)
        self._done(lane, done)

    def _done(self, lane: deque[Record], count: int) -> None:
        """Take a batch for done with: it does not come again when this process ends."""
        self._position.pending.done(lane, count)
        if count:
            self._moved(self._position)
