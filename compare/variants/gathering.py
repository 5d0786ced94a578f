"""Gathers what orchestrators are asked beside their runs: histories, crashes, pauses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clients import NewOrder, reading
from compare.orchestrators.afterwards import Records
from compare.orchestrators.crashing import Crash, Crashes
from compare.orchestrators.processes import Environments
from compare.records import Run, RunPlan
from compare.runner import Shop
from compare.variants.base import CustomerClients, Variant
from compare.variants.evidence import Evidence, evidence, look
from compare.variants.orchestrators import Orchestrator
from compare.variants.stack import LocalStack
from demo.ready import Ready
from demo.shop import CUSTOMERS

PAUSES = 3
"""A delivered order waits to be packed, shipped and delivered: ``PaceSeconds`` each."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is of each orchestrator, by its name."""

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    pauses: float = 0.0

    def operations(self, name: str) -> float:
        """Return the durable operations of the mean order."""
        return self.evidence[name].durable.operations if name in self.evidence else 0.0


def process_of(ready_file: Path) -> int | None:
    """Return the local cloud's own process; None where its ready file does not say."""
    document = reading.mapping(json.loads(ready_file.read_text(encoding="utf-8")), "ready file")
    process = document.get("process")
    return process if isinstance(process, int) else None


async def gather(
    shop: Shop,
    clients: CustomerClients,
    runs: Sequence[tuple[Variant, Run]],
    plan: RunPlan,
    *,
    stack: LocalStack,
    ready: Ready,
    crashes: int,
    cloud: int | None,
) -> Gathered:
    """Ask what is visible of the runs' orders, and have a function die in some more.

    Parameters
    ----------
    crashes
        Orders of each kind in which a function dies.
    cloud
        The local cloud's process; without it nothing dies.
    """
    records = Records(ready, stack)
    pace = await asyncio.to_thread(stack.parameter, "PaceSeconds")
    gathered = {}
    for kind, run in runs:
        if not isinstance(kind, Orchestrator):
            continue
        use, afterwards = await look(kind, records, run)
        crash = None
        if crashes and cloud is not None:
            await kind.prepare(stack)
            crash = await _crash(shop, clients, kind, plan, crashes=crashes, cloud=cloud)
        gathered[kind.name] = evidence(kind, use, afterwards, crash)
    return Gathered(gathered, PAUSES * float(pace or 0))


async def _crash(
    shop: Shop, clients: CustomerClients, kind: Orchestrator, plan: RunPlan, *, crashes: int, cloud: int
) -> Crash:
    async def submit(customer: str, order: NewOrder) -> None:
        await kind.submit(clients, customer, order)

    carried = Crashes(shop, Environments(cloud), submit, plan.order, CUSTOMERS[0])
    return await carried.measure(kind.strike, crashes)
