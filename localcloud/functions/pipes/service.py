"""Pipes: read from the control plane, and polled as mappings are."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Final

from localcloud.calls import JsonApi
from localcloud.functions.context import Context
from localcloud.functions.credentials import RoleCredentials
from localcloud.functions.interfaces import EngineInterfaces
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.keeping import PositionStore
from localcloud.functions.mappings.manager import MappingManager
from localcloud.functions.model import Invoke
from localcloud.functions.outcome_targets import EngineTargets
from localcloud.functions.pipes.definition import Pipe
from localcloud.functions.pipes.running import PipeDeadLetters, PipeRunner
from localcloud.functions.pipes.targets import PipeTargets
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress

_SECONDS: Final = 60.0


class Pipes:
    """Follows the control plane's list of pipes.

    Parameters
    ----------
    invoke
        The Lambda service's, for targets and enrichments.
    store
        Keeps the positions in streams over the end of the process.
    """

    def __init__(
        self,
        engine: EngineAddress,
        ports: EngineInterfaces,
        invoke: Invoke,
        context: Context,
        *,
        threads: Threads,
        roles: RoleCredentials,
        store: PositionStore,
    ) -> None:
        self._address = f"{engine.endpoint}/_localcloud/pipes"
        self._threads = threads
        self._pipes: dict[str, Pipe] = {}
        # Nothing is connected before there is a pipe.
        self._api = JsonApi(engine)
        targets = EngineTargets(engine, self._api)
        # What Lambda counts of its own mappings, no pipe adds to.
        own = Context(context.warn, context.settings, context.clock)
        self._manager = MappingManager(
            ports,
            PipeRunner(PipeTargets(self._api, targets, invoke, roles), self._pipes.get, own).invoke,
            PipeDeadLetters(targets, self._pipes.get, own),
            own,
            identity=self._role,
            store=store,
            mappings=self._mappings,
        )

    async def reload(self) -> None:
        """Read the list, start and stop pipes, and return when each of them misses nothing more."""
        await self._manager.reload()

    def wake(self, source_arn: str, shard: str = "") -> None:
        """See `MappingManager.wake`."""
        self._manager.wake(source_arn, shard)

    async def stop(self) -> None:
        """End all polling at once."""
        await self._manager.stop()
        self._api.close()

    async def _mappings(self) -> list[MappingDefinition]:
        pipes = await self._threads.run(self._listed)
        self._pipes.clear()
        self._pipes.update({pipe.polled_as: pipe for pipe in pipes})
        return [pipe.mapping() for pipe in pipes]

    def _listed(self) -> list[Pipe]:
        try:
            with urllib.request.urlopen(self._address, timeout=_SECONDS) as answer:  # noqa: S310 - the engine's own
                return [Pipe.of(record) for record in json.load(answer)["Pipes"]]
        except OSError:
            return list(self._pipes.values())  # the engine is about to come, or to go

    async def _role(self, function: str) -> str:
        pipe = self._pipes.get(function)
        return "" if pipe is None else pipe.role
