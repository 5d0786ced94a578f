"""A table's stream that invokes a function: its shards, parents before children."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from localcloud.calls import CallFailed
from localcloud.functions.mappings.definition import MappingDefinition
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.position import Position
from localcloud.functions.mappings.shard import ShardPoller
from localcloud.functions.ports import IteratorKind, Shard, Streams

NewShardPoller = Callable[[str, Position], ShardPoller]


class StreamPoller(Poller):
    """Runs a `ShardPoller` for each shard whose parent is done."""

    def __init__(
        self,
        mapping: MappingDefinition,
        positions: dict[str, Position],
        streams: Streams,
        new_shard_poller: NewShardPoller,
        *,
        warn: Callable[[str], None],
        poll_seconds: float,
    ) -> None:
        super().__init__(warn, poll_seconds)
        self._mapping = mapping
        self._positions = positions
        self._streams = streams
        self._new = new_shard_poller
        self._running: dict[str, tuple[ShardPoller, asyncio.Task[None]]] = {}

    def wake(self) -> None:
        """See `Poller.wake`."""
        for poller, _ in self._running.values():
            poller.wake()

    def retire(self) -> None:
        """See `Poller.retire`."""
        super().retire()
        for poller, _ in self._running.values():
            poller.retire()

    async def run(self) -> None:
        """See `Poller.run`."""
        try:
            while not self.retired:
                self._woken.clear()
                self._begin(await self._shards())
                if self._running:
                    for poller, task in list(self._running.values()):
                        await _ready_or_done(poller, task)
                    self.ready.set()
                    await self._until_a_shard_ends()
                elif not self.retired:
                    await self._wait()
            # A batch under way is seen through: its place in the shard is known only then.
            await asyncio.gather(*(task for _, task in self._running.values()))
        finally:
            for _, task in self._running.values():
                task.cancel()

    async def _shards(self) -> list[Shard]:
        try:
            shards = await self._streams.shards(self._mapping.source_arn)
        except CallFailed as error:
            self._in_trouble(f"{self._mapping.source_arn} cannot be read: {error}")
            return []
        self._in_trouble("")
        return shards

    def _begin(self, shards: list[Shard]) -> None:
        # The shards that a mapping sees first are where it starts; those that grow out of them later
        # are read from their beginning.
        latest = self._mapping.starting_position == "LATEST" and not self._positions
        start: IteratorKind = "LATEST" if latest else "TRIM_HORIZON"
        for shard in shards:
            self._positions.setdefault(shard.id, Position(start))
        for shard in shards:
            name = shard.id
            parent = self._positions.get(shard.parent)
            if name in self._running or self._positions[name].done or (parent and not parent.done):
                continue
            poller = self._new(name, self._positions[name])
            self._running[name] = (poller, asyncio.get_running_loop().create_task(poller.run()))

    async def _until_a_shard_ends(self) -> None:
        await asyncio.wait([task for _, task in self._running.values()], return_when=asyncio.FIRST_COMPLETED)
        for name, (_, task) in list(self._running.items()):
            if task.done():
                del self._running[name]
                task.result()


async def _ready_or_done(poller: ShardPoller, task: asyncio.Task[None]) -> None:
    ready = asyncio.get_running_loop().create_task(poller.ready.wait())
    await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
