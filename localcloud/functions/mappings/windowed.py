"""One shard of a stream in tumbling windows: batches of one window each, and an invocation at its end."""

from __future__ import annotations

from collections import deque
from itertools import islice, takewhile
from typing import Final

from localcloud.functions.mappings.records import EVENT_LIMIT, Record, created, within_limit
from localcloud.functions.mappings.shard import ShardPoller
from localcloud.functions.mappings.windows import Window

SETTLING_SECONDS: Final = 0.05
"""After the end of a window: what arrived within it can be read by then."""


class WindowedShardPoller(ShardPoller):
    """A `ShardPoller` whose mapping has TumblingWindowInSeconds.

    A window is over with the first record of a later one, with the shard, or when its end has passed and
    everything is read. AWS waits up to two minutes for the last of these; here one clock stamps and reads.
    A record that comes late opens its own window again, with an empty state; the one that was at work waits.
    """

    _read_at = 0.0

    async def _read(self) -> None:
        at = self._now()
        await super()._read()
        if not self._trouble:
            self._read_at = at

    async def _handle(self) -> None:
        seconds, windows = self._mapping.tumbling_window, self._position.windows
        if windows and self._is_over(windows[-1]):
            await self._finish()
            return
        if not seconds:
            await super()._handle()
            return
        (lane,) = self._position.pending.lanes
        own = Window.around(created(lane[0]), seconds)
        if windows and windows[-1].end <= own.start:
            await self._finish()
            return
        if not windows or windows[-1].start != own.start:
            windows.append(own)
        await self._hand_over_windowed(lane, windows[-1])

    async def _hand_over_windowed(self, lane: deque[Record], window: Window) -> None:
        same = takewhile(lambda record: window.holds(created(record)), lane)
        first = list(islice(same, self._mapping.batch_size))
        empty = len(window.event((), self._shard, self._mapping.source_arn))
        batch, _ = next(within_limit(first, EVENT_LIMIT - empty))
        done = await self._runner.run(self._shard, batch, window=window)
        self._done(lane, done)

    async def _finish(self) -> None:
        """End the window that is at work; a poller that is retired leaves it to the next one."""
        position = self._position
        if await self._runner.finish(self._shard, position.windows[-1]):
            position.windows.pop()
            self._moved(position)

    async def _rest(self) -> None:
        windows = self._position.windows
        if not windows:
            await super()._rest()
            return
        due = windows[-1].end + SETTLING_SECONDS
        if self._position.closed or self._is_over(windows[-1]) or self._read_at >= due:
            await self._finish()
        elif self._trouble:
            await self._wait()
        else:
            await self._wait(min(self._poll_seconds, max(0.0, due - self._now())))

    def _is_full(self) -> bool:
        """See `ShardPoller._is_full`: what comes after a window's end is of the next batch."""
        pending = self._position.pending.lanes[0]
        if super()._is_full() or not pending or not self._mapping.tumbling_window:
            return super()._is_full()
        window = Window.around(created(pending[0]), self._mapping.tumbling_window)
        return not window.holds(created(pending[-1])) or self._read_at >= window.end

    def _is_over(self, window: Window) -> bool:
        """Return whether a window takes no more records: for its state, or since its mapping was changed."""
        return window.terminated_early or window.end - window.start != self._mapping.tumbling_window
