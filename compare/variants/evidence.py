"""What is found out of each orchestrator beside its times and its bill."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from clients import Status
from compare.orchestrators.afterwards import Afterwards, DurableUse, Records
from compare.orchestrators.crashing import Crash
from compare.orchestrators.lines import code_lines
from compare.records import Run

if TYPE_CHECKING:
    from compare.variants.orchestrators import Orchestrator

FINAL = frozenset(status for status in Status if status.final)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one orchestrator.

    Attributes
    ----------
    lines
        Of code that is written for it alone; None where the sources are not here.
    written
        Bytes of an order's results that it kept, where that costs.
    crash
        None without a crash.
    """

    lines: int | None
    limit: str
    kept: str
    durable: DurableUse
    unpriced: tuple[str, ...]
    afterwards: Afterwards | None
    crash: Crash | None

    def document(self) -> Mapping[str, object]:
        """Return it in JSON's terms."""
        return {
            "codeLines": self.lines,
            "limit": self.limit,
            "kept": self.kept,
            "durableOperationsPerOrder": round(self.durable.operations, 2),
            "bytesWrittenPerOrder": round(self.durable.written),
            "unpriced": list(self.unpriced),
            "afterwards": None if self.afterwards is None else _afterwards(self.afterwards),
            "crash": None if self.crash is None else _crash(self.crash),
        }


def _afterwards(afterwards: Afterwards) -> Mapping[str, object]:
    names = {"operation": "asked"}
    return {names.get(name, name): value for name, value in asdict(afterwards).items()}


def _crash(crash: Crash) -> Mapping[str, object]:
    return {
        "orders": crash.orders,
        "killed": crash.killed,
        "delivered": crash.delivered,
        "doubled": crash.doubled,
        "undisturbedMs": round(crash.undisturbed_ms, 1),
        "crashedMs": round(crash.crashed_ms, 1),
        "lateMs": round(crash.late_ms, 1),
        "moreInvocations": round(crash.invocations, 2),
        "moreTransitions": round(crash.transitions, 2),
    }


async def look(kind: Orchestrator, records: Records, run: Run) -> tuple[DurableUse, Afterwards | None]:
    """Return what a run's orders took as durable executions, and what is visible of a delivered one."""
    ended = _ended(run)
    use = await asyncio.to_thread(records.durable_use, ended) if kind.name == "durable" else DurableUse()
    delivered = _ended(run, {Status.DELIVERED}) or ended
    if not delivered:
        return use, None
    return use, await asyncio.to_thread(kind.afterwards, records, delivered[-1])


def _ended(run: Run, statuses: Collection[Status] = FINAL) -> Sequence[str]:
    return [
        record.order.client_token
        for record in run.orders
        if record.refused is None and record.history and record.history[-1].status in statuses
    ]


def evidence(
    kind: Orchestrator, use: DurableUse, afterwards: Afterwards | None, crash: Crash | None
) -> Evidence:
    """Put together what there is of an orchestrator."""
    return Evidence(
        lines=code_lines(kind.sources),
        limit=kind.limit,
        kept=kind.kept,
        durable=use,
        unpriced=kind.unpriced,
        afterwards=afterwards,
        crash=crash,
    )
