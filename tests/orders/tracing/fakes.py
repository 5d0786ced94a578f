"""`Executions` and `SpanStore` in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from orders.model import OrderId
from orders.origins import Workflow
from orders.tracing.definition import Definition
from orders.tracing.durable import DurableExecution
from orders.tracing.reading import Execution

EXPRESS: Definition = json.loads(
    (Path(__file__).parents[3] / "appsync" / "workflow" / "express.asl.json")
    .read_text("utf-8")
    .replace("${AfterConfirmed}", "WaitToPack")
)


class MemoryExecutions:
    """One Standard execution, one durable one, or none."""

    def __init__(self, execution: Execution | None = None, durable: DurableExecution | None = None) -> None:
        self.execution = execution
        self.durable_execution = durable
        self.workflows: list[Workflow] = []

    def standard(self, order_id: OrderId) -> Execution | None:
        return self.execution

    def durable(self, order_id: OrderId) -> DurableExecution | None:
        return self.durable_execution

    def definition(self, workflow: Workflow) -> Definition:
        self.workflows.append(workflow)
        return EXPRESS


class MemorySpans:
    """`SpanStore` in memory."""

    def __init__(self, kept: Mapping[str, Sequence[str]] | None = None) -> None:
        self.kept = kept or {}
        self.failing: Exception | None = None

    def documents(self, trace_id: str) -> Sequence[str]:
        if self.failing is not None:
            raise self.failing
        return self.kept.get(trace_id, ())
