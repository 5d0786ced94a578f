"""Keeps a poller for each enabled event source mapping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.context import Context
from localcloud.functions.interfaces import EngineInterfaces
from localcloud.functions.mapping_definition import STREAMS, MappingDefinition
from localcloud.functions.mappings.batches import BatchRunner, GivenUp
from localcloud.functions.mappings.keeping import PositionStore, VolatilePositions
from localcloud.functions.mappings.poller import TROUBLE_SECONDS, Poller
from localcloud.functions.mappings.position import Position
from localcloud.functions.mappings.queue import QueuePoller
from localcloud.functions.mappings.shard import ShardPoller
from localcloud.functions.mappings.sources import Identity, KinesisSource, StreamSource, TableSource
from localcloud.functions.mappings.stream import StreamPoller
from localcloud.functions.mappings.windowed import WindowedShardPoller
from localcloud.functions.model import Invoke


class GiveUps(Protocol):
    """Who is sent the batches of streams that are given up."""

    async def batch_given_up(self, batch: GivenUp) -> None:
        """Send a batch's record to where its mapping says."""


class MappingManager:
    """Follows the control plane's list of mappings.

    Parameters
    ----------
    identity
        Returns the ARN of a function's role, which the records of Kinesis name.
    store
        Keeps the positions of mappings over the end of the process.
    mappings
        Lists what is polled; the control plane's event source mappings, where it is left out.
    """

    def __init__(
        self,
        ports: EngineInterfaces,
        invoke: Invoke,
        destinations: GiveUps,
        context: Context,
        *,
        identity: Identity,
        store: PositionStore | None = None,
        mappings: Callable[[], Awaitable[list[MappingDefinition]]] | None = None,
    ) -> None:
        self._list = mappings or ports.control.mappings
        self._ports = ports
        self._invoke = invoke
        self._destinations = destinations
        self._context = context
        self._identity = identity
        self._settings = context.settings
        self._warn = context.warn
        self._definitions: dict[str, MappingDefinition] = {}
        self._pollers: dict[str, tuple[Poller, asyncio.Task[None]]] = {}
        self._store = store or VolatilePositions()
        self._positions: dict[str, dict[str, Position]] = {}
        self._retired: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()

    async def reload(self) -> None:
        """Read the list, start and retire pollers, and return when each of them misses nothing more."""
        async with self._reloading:
            try:
                listed = {mapping.id: mapping for mapping in await self._list()}
            except (ClientError, BotoCoreError) as error:
                self._warn(f"the event source mappings cannot be listed: {error}")
                return
            for name, definition in list(self._definitions.items()):
                if listed.get(name) != definition:
                    self._end(name, forget=name not in listed)
            for name, mapping in listed.items():
                if name not in self._definitions:
                    self._begin(mapping)
            self._definitions = listed
        for poller, task in list(self._pollers.values()):
            await _ready_or_done(poller, task)

    def wake(self, source_arn: str, shard: str = "") -> None:
        """Wake the pollers of the queue or the stream that has something new; without an ARN, all of them."""
        for name, mapping in self._definitions.items():
            if source_arn in ("", mapping.stream_arn) and name in self._pollers:
                self._pollers[name][0].wake(shard)

    def unsupported(self) -> list[str]:
        """Name what the mappings ask for that is not done here."""
        return [what for mapping in self._definitions.values() for what in mapping.unsupported()]

    async def stop(self) -> None:
        """End all polling at once."""
        tasks = [task for _, task in self._pollers.values()] + list(self._retired)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pollers.clear()

    def _begin(self, mapping: MappingDefinition) -> None:
        try:
            poller = self._poller_for(mapping) if mapping.enabled else None
        except ValueError as error:  # a filter that is no JSON
            self._warn(f"event source mapping {mapping.id} of {mapping.function_arn}: {error}")
            return
        if poller is None:
            return
        before = self._retired.copy() if mapping.source_kind in STREAMS else set()

        async def run() -> None:
            # A shard's batches keep their order only when the older poller has let go of them.
            if before:
                await asyncio.wait(before)
            try:
                await poller.run()
            except Exception as error:
                self._warn(f"event source mapping {mapping.id} of {mapping.function_arn} ended: {error!r}")
                raise

        self._pollers[mapping.id] = (poller, asyncio.get_running_loop().create_task(run()))

    def _end(self, name: str, *, forget: bool) -> None:
        if name in self._pollers:
            poller, task = self._pollers.pop(name)
            poller.retire()
            self._retired.add(task)
            task.add_done_callback(self._retired.discard)
        del self._definitions[name]
        if forget:
            self._positions.pop(name, None)
            self._store.forget(name)

    def _poller_for(self, mapping: MappingDefinition) -> Poller | None:
        seconds = self._settings.poll_seconds
        if mapping.source_kind == "sqs":
            return QueuePoller(mapping, self._ports.queues, self._invoke, self._warn, seconds)
        if mapping.source_kind not in STREAMS:
            return None
        if mapping.source_kind == "kinesis":
            source: StreamSource = KinesisSource(mapping, self._ports.kinesis, self._identity)
        else:
            source = TableSource(mapping, self._ports.streams)

        def shard_poller(shard: str, position: Position) -> ShardPoller:
            runner = BatchRunner(
                mapping,
                self._invoke,
                self._destinations.batch_given_up,
                warn=self._warn,
                backoff=self._settings.stream_backoff,
                now=self._context.clock.now,
                observations=self._context.observations,
            )
            windowed = mapping.tumbling_window or position.windows
            new = WindowedShardPoller if windowed else ShardPoller
            return new(
                mapping,
                shard,
                position,
                source=source,
                runner=runner,
                warn=self._warn,
                poll_seconds=seconds,
                now=self._context.clock.now,
                moved=partial(self._store.moved, mapping.id, shard),
            )

        if mapping.id not in self._positions:
            self._positions[mapping.id] = self._store.load(mapping.id)
        positions = self._positions[mapping.id]
        return StreamPoller(mapping, positions, source, shard_poller, warn=self._warn, poll_seconds=seconds)


async def _ready_or_done(poller: Poller, task: asyncio.Task[None]) -> None:
    """Wait for a poller, but not for ever: its queue may be made only after it."""
    ready = asyncio.get_running_loop().create_task(poller.ready.wait())
    await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED, timeout=TROUBLE_SECONDS)
    ready.cancel()
