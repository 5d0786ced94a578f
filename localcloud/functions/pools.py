"""The pools of all functions, and what they share: the Runtime API, starts, the prepared parent."""

from __future__ import annotations

import asyncio

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.environment import Environment
from localcloud.functions.launching import Launcher
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import FunctionDefinition, LogCallback
from localcloud.functions.patience import Patience
from localcloud.functions.pool import Pool
from localcloud.functions.pooled import Pooled
from localcloud.functions.processor import Processor
from localcloud.functions.runtime_api import RuntimeApi
from localcloud.functions.settings import Settings
from localcloud.functions.starts import Starts
from localcloud.processes.stopwatch import Overhead


class Pools:
    """One pool for each function, and for each version or alias that it is invoked by."""

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        overhead: Overhead,
        log: LogCallback,
        meter: InvocationMeter,
    ) -> None:
        self._settings = settings
        self._processor = processor
        self._overhead = overhead
        self._log = log
        self._meter = meter
        self._runtime_api = RuntimeApi()
        self._starts = Starts()
        self._launcher = Launcher(
            prepared=settings.prepared_parent, warn=lambda line: log("localcloud", "", line), log=log
        )
        self._pools: dict[tuple[str, str], Pool] = {}

    async def start(self) -> None:
        """Start the prepared parent, which prepares itself while functions are deployed."""
        await self._launcher.start()

    async def prepared(self) -> None:
        """Wait until environments start at their cheapest."""
        await self._launcher.prepared()

    def of(self, function: FunctionDefinition) -> Pool:
        """Return a function's pool."""
        key = (function.name, function.qualifier)
        pool = self._pools.get(key)
        if pool is None:
            settings = self._settings
            patience = Patience(settings.patience_seconds, settings.stall_seconds, self._processor.has_time)
            pool = Pool(
                self._new_environment,
                self._starts,
                settings.local_concurrency,
                patience,
                streaming_concurrency=settings.streaming_concurrency,
            )
            self._pools[key] = pool
        return pool

    def end_idle(self) -> None:
        """End the environments that have been idle for long."""
        before = asyncio.get_running_loop().time() - self._settings.idle_seconds
        for pool in self._pools.values():
            pool.end_idle(before)

    async def stop(self) -> None:
        """End everything, and return when every process is gone."""
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
        await self._launcher.stop()
        await self._runtime_api.close()

    def _new_environment(self, blueprint: Blueprint, pool: Pooled[Environment]) -> Environment:
        return Environment(
            blueprint,
            api=self._runtime_api,
            launch=self._launcher.launch,
            pool=pool,
            log=self._log,
            meter=self._meter,
            overhead=self._overhead,
            init_seconds=self._settings.init_seconds,
            abandoned_seconds=self._settings.abandoned_seconds,
        )
