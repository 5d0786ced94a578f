"""Looking at something again and again while something else goes on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bench import processes

# Polling of queues and streams goes on for ever, and takes less than that share of a processor.
AT_REST_SECONDS, AT_REST_SHARE = 0.5, 0.08


@asynccontextmanager
async def sampled(look: Callable[[], None], every: float) -> AsyncIterator[None]:
    """Call ``look`` at the start of the block, every so many seconds, and at its end.

    It runs in a thread, so that the block's own work is not held up by a look at many processes.
    """

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every)
            await asyncio.to_thread(look)

    await asyncio.to_thread(look)
    task = asyncio.create_task(go_on())
    try:
        yield
        # A look that failed shall not pass for one that found nothing.
        if task.done():
            task.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await asyncio.to_thread(look)


async def settled(pid: int, seconds: float = 20.0) -> None:
    """Return once a tree of processes is at rest, or time is up: what its start left to do is done then."""
    deadline = time.monotonic() + seconds
    before = await asyncio.to_thread(_used, pid)
    while time.monotonic() < deadline:
        await asyncio.sleep(AT_REST_SECONDS)
        after = await asyncio.to_thread(_used, pid)
        if after - before < AT_REST_SHARE * AT_REST_SECONDS:
            return
        before = after


def _used(pid: int) -> float:
    running = processes.statuses()
    members = [running[member] for member in processes.below(pid, running) if member in running]
    return sum(status.own + status.ended for status in members)


class MemoryWatch:
    """The greatest memory of a tree of processes, by proportional set size.

    Attributes
    ----------
    peak
        In MB (10^6 bytes), over the samples.
    samples
        How many looks there were.
    """

    def __init__(self, pid: int, proc: Path = processes.PROC) -> None:
        self.peak = 0.0
        self.samples = 0
        self._pid = pid
        self._proc = proc

    def look(self) -> None:
        """Take a sample."""
        self.peak = max(self.peak, processes.memory(processes.tree(self._pid, self._proc), self._proc))
        self.samples += 1
