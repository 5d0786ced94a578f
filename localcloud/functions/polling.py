"""Everything that polls: event source mappings, and pipes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from localcloud.functions.context import Context
from localcloud.functions.credentials import RoleCredentials
from localcloud.functions.interfaces import EngineInterfaces
from localcloud.functions.mappings.keeping import PositionStore
from localcloud.functions.mappings.manager import GiveUps, MappingManager
from localcloud.functions.model import Invoke
from localcloud.functions.pipes.service import Pipes
from localcloud.functions.registry import Registry
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress


class Around(NamedTuple):
    """What the pollers use of the service: where batches that are given up go, roles, and positions."""

    destinations: GiveUps
    threads: Threads
    roles: RoleCredentials
    registry: Registry
    store: PositionStore


class Polling:
    """Mappings and pipes, which are polled alike."""

    def __init__(
        self, engine: EngineAddress, ports: EngineInterfaces, invoke: Invoke, context: Context, around: Around
    ) -> None:
        store, identity = around.store, around.registry.role_of
        self._mappings = MappingManager(
            ports, invoke, around.destinations, context, identity=identity, store=store
        )
        self._pipes = Pipes(
            engine, ports, invoke, context, threads=around.threads, roles=around.roles, store=store
        )

    async def reload(self) -> None:
        """Read the lists, and return when nothing is missed any more."""
        await asyncio.gather(self._mappings.reload(), self._pipes.reload())

    def wake(self, source_arn: str, shard: str = "") -> None:
        """Wake what polls a source that has something new; without an ARN, everything."""
        self._mappings.wake(source_arn, shard)
        self._pipes.wake(source_arn, shard)

    def unsupported(self) -> list[str]:
        """Name what the mappings ask for that is not done here."""
        return self._mappings.unsupported()

    async def stop(self) -> None:
        """End all polling at once."""
        await self._mappings.stop()
        await self._pipes.stop()
