"""A stream that invokes a function: its shards, parents before children."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from localcloud.calls import CallFailed
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.position import Position
from localcloud.functions.mappings.shard import ShardPoller
from localcloud.functions.mappings.sources import StreamSource
from localcloud.functions.streams import IteratorKind, Shard

NewShardPoller = Callable[[str, Position], ShardPoller]


class StreamPoller(Poller):
    """Runs a `ShardPoller` for each shard whose parents are done."""

    def __init__(
        self,
        mapping: MappingDefinition,
        positions: dict[str, Position],
        source: StreamSource,
        new_shard_poller: NewShardPoller,
        *,
        warn: Callable[[str], None],
        poll_seconds: float,
    ) -> None:
        super().__init__(warn, poll_seconds)
        self._mapping = mapping
        self._positions = positions
        self._source = source
        self._new = new_shard_poller
        self._running: dict[str, tuple[ShardPoller, asyncio.Task[None]]] = {}

    def wake(self, shard: str = "") -> None:
        """See `Poller.wake`; there is something new in a shard, or in any."""
        if shard in self._running:
            self._running[shard][0].wake()
            return
        super().wake()
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
            shards = await self._source.shards()
        except CallFailed as error:
            self._in_trouble(f"{self._mapping.source_arn} cannot be read: {error}")
            return []
        self._in_trouble("")
        return shards

    def _begin(self, shards: list[Shard]) -> None:
        # The shards that a mapping sees first are where it starts; those that grow out of them later
        # are read from their beginning.
        start = _start(self._mapping) if not self._positions else "TRIM_HORIZON"
        for shard in shards:
            self._positions.setdefault(shard.id, Position(start))
        # A parent whose records have all expired is no longer listed: no shard waits for it.
        unfinished = {shard.id for shard in shards if not self._positions[shard.id].done}
        for shard in shards:
            name = shard.id
            if name in self._running or name not in unfinished or {shard.parent, shard.adjacent} & unfinished:
                continue
            poller = self._new(name, self._positions[name])
            self._running[name] = (poller, asyncio.get_running_loop().create_task(poller.run()))

    async def _until_a_shard_ends(self) -> None:
        await asyncio.wait([task for _, task in self._running.values()], return_when=asyncio.FIRST_COMPLETED)
        for name, (_, task) in list(self._running.items()):
            if task.done():
                del self._running[name]
                task.result()


def _start(mapping: MappingDefinition) -> IteratorKind:
    match mapping.starting_position:
        case "LATEST":
            return "LATEST"
        case "AT_TIMESTAMP" if mapping.starting_timestamp is not None:
            return "AT_TIMESTAMP"
    return "TRIM_HORIZON"


async def _ready_or_done(poller: ShardPoller, task: asyncio.Task[None]) -> None:
    ready = asyncio.get_running_loop().create_task(poller.ready.wait())
    await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
