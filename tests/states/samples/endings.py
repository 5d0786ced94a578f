"""Runs machines in our interpreter."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from localcloud.states.facade import ApiError
from tests.states.samples.builders import Machine
from tests.states.world import World


class Ending(NamedTuple):
    """How an execution ends; a refused machine has none."""

    status: str
    output: Any = None
    error: str | None = None


def ours(machine: Machine) -> Ending:
    """Return how our interpreter ends a machine."""
    return asyncio.run(_end(*machine))


async def _end(definition: dict[str, Any], data: Any) -> Ending:
    try:
        run = await World().run(definition, data)
    except ApiError as refusal:
        return Ending("REFUSED", error=refusal.code)
    return Ending(run.status, run.output, run.error)
