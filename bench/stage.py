"""A local cloud whose state machines are measured, and what its engine's process takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench import executing, load, processes
from bench.accounts import ENGINE, Roles
from bench.cloud import Cloud, local_cloud
from bench.executing import Endpoint, Run
from bench.model import Context, NotMeasured
from bench.sides import ROOT
from bench.workflows import Definition
from clients import reading

TEMPLATE = ROOT / "bench" / "states" / "template.yaml"


@dataclass(frozen=True, slots=True)
class Stage:
    """A running local cloud.

    Attributes
    ----------
    engine
        The engine's process.
    """

    cloud: Cloud
    endpoint: Endpoint
    engine: int

    def output(self, name: str) -> str:
        """Return an output of the template."""
        outputs = reading.mapping(self.cloud.document().get("outputs"), "outputs")
        return reading.text(outputs.get(name), name)

    def processor(self) -> float:
        """Return the seconds of a processor that the engine has used by now."""
        return processes.statuses()[self.engine].own

    def memory(self) -> float:
        """Return the engine's memory in MB."""
        return processes.memory([self.engine])

    async def create(self, name: str, definition: Definition) -> str:
        """Create a machine; return its ARN."""
        return await load.elsewhere(executing.create, self.endpoint, name, definition)

    async def run(self, machine: str, data: object, count: int, at_once: int) -> tuple[Run, float]:
        """Run executions to their end; return also the engine's processor time in seconds."""
        before = self.processor()
        ran = await load.elsewhere(executing.run, self.endpoint, machine, data, count, at_once)
        return ran, self.processor() - before


@asynccontextmanager
async def stage(context: Context) -> AsyncIterator[Stage]:
    """Start a side's local cloud with a function and a table."""
    async with local_cloud(context.folder, TEMPLATE, side=context.side) as cloud:
        yield Stage(cloud, executing.endpoint_of(cloud), engine_of(cloud))


def engine_of(cloud: Cloud) -> int:
    """Return the engine's process. Raises ``NotMeasured``."""
    running, role = processes.statuses(), Roles(cloud.pid)
    for pid in processes.below(cloud.pid, running):
        if pid in running and role(running[pid], running) == ENGINE:
            return pid
    raise NotMeasured("the local cloud has no engine")
