"""The child executions of a distributed Map."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.child import Child
from localcloud.states.running.host import Host, Runner
from localcloud.states.running.map_run import Counts, MapRun

EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = (
    "The specified tolerated failure threshold was exceeded"  # both the count's and the percentage's
)
# AWS runs as many as 10,000 child executions at a time.
CONCURRENCY = 10_000
# So many start before others have their turn.
TURN = 64


class Children:
    """The child executions of one map run.

    Parameters
    ----------
    processor
        What they run.
    inputs
        Each child's input and how many items it holds.
    run
        The map run. Of a redriven one those of its children that did not succeed run again, of a
        restored one those that had not ended run on. New ones are added.
    """

    def __init__(
        self,
        processor: Runner,
        host: Host,
        run: MapRun,
        inputs: Iterator[tuple[Json, int]],
    ) -> None:
        self._processor = processor
        self._host = host
        self._run = run
        self._inputs = inputs
        self._started = run.children
        self._running = 0
        self._news = asyncio.Event()

    @property
    def executions(self) -> list[Child]:
        """The child executions, in the order of the items."""
        return [child for child, _size in self._started]

    async def run(self) -> None:
        """Run them, as many at a time as MaxConcurrency allows."""
        run = self._run
        run.changed = self._news.set
        try:
            for number in self._unfinished():
                await self._room()
                self._redrive(number)
            self._check()
            for data, size in self._inputs:
                await self._room()
                self._start(data, size)
                if len(self._started) % TURN == 0:
                    await asyncio.sleep(0)
            while self._running:
                await self._some()
        except BaseException:
            for child in self.executions:
                child.stop()
            while self._running:
                self._news.clear()
                await self._news.wait()
            raise
        finally:
            run.changed = None

    def _unfinished(self) -> list[int]:
        """Return which children are to run again, and count all; the inputs of all are passed over."""
        run = self._run
        for counts in (run.item_counts, run.execution_counts):
            counts.begin()
        numbers = []
        for number, (child, size) in enumerate(self._started):
            next(self._inputs, None)
            run.item_counts.pending -= size
            if not child.over:
                self._follow(child, size)
            elif child.status == "SUCCEEDED" or (child.stopped or 0) >= (run.redriven or 0) > 0:
                self._count(child, size)
            elif child.status == "RUNNING" or run.redrives:
                # The one is an Express execution that a restart cut off.
                numbers.append(number)
                for counts, count in self._counted(size):
                    counts.pending_redrive += count
            else:
                self._count(child, size)
        return numbers

    def _counted(self, size: int) -> tuple[tuple[Counts, int], tuple[Counts, int]]:
        return (self._run.item_counts, size), (self._run.execution_counts, 1)

    async def _room(self) -> None:
        while self._running >= (self._run.max_concurrency or CONCURRENCY):
            await self._some()

    async def _some(self) -> None:
        """Wait until a child has ended, or the limits are others.

        Raises
        ------
        StatesError
            More have failed than the state tolerates.
        """
        self._news.clear()
        await self._news.wait()
        self._check()

    def _check(self) -> None:
        if self._run.intolerable:
            raise StatesError(EXCEEDED, EXCEEDED_CAUSE)

    def _start(self, data: Json, size: int) -> None:
        run = self._run
        child = self._host.start_child(run, self._processor, data, (len(self._started), size))
        self._started.append((child, size))
        run.executions += 1
        run.item_counts.pending -= size
        self._follow(child, size)

    def _redrive(self, number: int) -> None:
        child, size = self._started[number]
        for counts, count in self._counted(size):
            counts.pending_redrive -= count
        if self._run.express:
            # An Express execution cannot be redriven: another takes its place.
            child = self._host.start_child(self._run, self._processor, child.data, (number, size))
            self._started[number] = (child, size)
        else:
            self._host.redrive_child(child)
        self._follow(child, size)

    def _follow(self, child: Child, size: int) -> None:
        self._running += 1
        for counts, count in self._counted(size):
            counts.running += count
        child.when_ended(lambda: self._ended(child, size))

    def _ended(self, child: Child, size: int) -> None:
        for counts, count in self._counted(size):
            counts.running -= count
        self._count(child, size)
        self._running -= 1
        self._news.set()

    def _count(self, child: Child, size: int) -> None:
        """Count a child that has ended."""
        for counts, count in self._counted(size):
            match child.status:
                case "SUCCEEDED":
                    counts.succeeded += count
                case "TIMED_OUT":
                    counts.timed_out += count
                case "ABORTED":
                    counts.aborted += count
                case _:
                    counts.failed += count
