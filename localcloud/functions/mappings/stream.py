"""A table's stream that invokes a function: its shards, parents before children."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.mappings.definition import MappingDefinition
from localcloud.functions.mappings.poller import Poller
from localcloud.functions.mappings.shard import Position, ShardPoller
from localcloud.functions.ports import IteratorKind, Streams

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.type_defs import ShardTypeDef

NewShardPoller = Callable[[str, Position, IteratorKind], ShardPoller]


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
        super().__init__(poll_seconds)
        self._mapping = mapping
        self._positions = positions
        self._streams = streams
        self._new = new_shard_poller
        self._warn = warn
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
        finally:
            for _, task in self._running.values():
                task.cancel()

    async def _shards(self) -> list[ShardTypeDef]:
        try:
            return await self._streams.shards(self._mapping.source_arn)
        except (ClientError, BotoCoreError) as error:
            self._warn(f"{self._mapping.source_arn} cannot be read: {error}")
            return []

    def _begin(self, shards: list[ShardTypeDef]) -> None:
        there = {shard["ShardId"] for shard in shards}
        for shard in shards:
            name, parent = shard["ShardId"], shard.get("ParentShardId", "")
            if name in self._running:
                continue
            waits = parent in there and not (parent in self._positions and self._positions[parent].done)
            # What a mapping sees first is where it starts; what grows later is read from its beginning.
            start: IteratorKind = "TRIM_HORIZON"
            if self._mapping.starting_position == "LATEST" and not self._positions:
                start = "LATEST"
            if waits:
                continue
            position = self._positions.setdefault(name, Position())
            if position.done:
                continue
            poller = self._new(name, position, start)
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
