"""A durable order's history, read as steps on the workflow's graph."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from orders.caller import Caller
from orders.model import OrderState, Timestamp, received
from orders.origins import Orchestrator, Workflow
from orders.tracing.definition import graph_of
from orders.tracing.durable import DurableExecution, OperationEvent, steps_of_operations
from orders.tracing.model import ExecutionOutcome, Source
from orders.tracing.reading import trace_order
from tests.orders.fakes import MemoryOrderStore
from tests.orders.samples import GRACE, an_order
from tests.orders.tracing.fakes import MemoryExecutions, MemorySpans

GRAPH = graph_of(
    json.loads(
        (Path(__file__).parents[3] / "appsync" / "workflow" / "order.asl.json")
        .read_text("utf-8")
        .replace("${AfterConfirmed}", "WaitToPack")
    )
)


def at(second: int) -> Timestamp:
    return Timestamp(f"2026-11-30T18:00:{second:02}.000Z")


def history(*lines: str, outcome: str = "SUCCEEDED") -> DurableExecution:
    """Return an execution of so many events, one a second: ``key name phase [error] [again]``."""
    events = []
    for second, line in enumerate(lines):
        key, name, phase, *rest = line.split()
        events.append(
            OperationEvent(key, name, phase, at(second), "again" in rest, rest[0] if rest else None)
        )
    return DurableExecution(ExecutionOutcome(outcome), at(0), events, ended_at=at(59))


def rows(execution: DurableExecution) -> list[tuple[object, ...]]:
    steps = steps_of_operations(execution, GRAPH)
    return [(s.id, s.name, s.type, s.outcome.value, s.retries, s.error, s.parent, s.index) for s in steps]


def test_operations_are_steps_within_their_states() -> None:
    execution = history(
        *("1 Validate Started", "1 Validate Succeeded", "2 ReserveAndAuthorize Started"),
        *("3 ReserveStock Started", "4 ReserveItem Started", "5 ReserveItem Started"),
        *("6 AuthorizePayment Started", "4 ReserveItem Succeeded", "6 AuthorizePayment Succeeded"),
        *("5 ReserveItem Succeeded", "3 ReserveStock Succeeded", "2 ReserveAndAuthorize Succeeded"),
        *("7 KeepCallback Started", "8 WaitToPack Started"),
        outcome="RUNNING",
    )
    assert rows(execution) == [
        (1, "Validate", "Task", "SUCCEEDED", 0, None, None, None),
        (2, "ReserveAndAuthorize", "Parallel", "SUCCEEDED", 0, None, None, None),
        (3, "ReserveStock", "Map", "SUCCEEDED", 0, None, 2, 0),
        (4, "ReserveItem", "Task", "SUCCEEDED", 0, None, 3, 0),
        (5, "ReserveItem", "Task", "SUCCEEDED", 0, None, 3, 1),
        (6, "AuthorizePayment", "Task", "SUCCEEDED", 0, None, 2, 1),
        (7, "WaitToPack", "Wait", "RUNNING", 0, None, None, None),
    ]


def test_repeated_operation_is_a_retry_and_the_last_failure_ends_the_execution() -> None:
    execution = history(
        *("1 Validate Started", "1 Validate Failed Contended again", "1 Validate Started"),
        *("1 Validate Succeeded", "2 MarkValidated Started", "2 MarkValidated Failed StepError"),
        *("3 Compensate Started", "4 ReleaseStock Started", "4 ReleaseStock Failed StepError"),
        outcome="FAILED",
    )
    assert [(row[1], *row[3:6]) for row in rows(execution)] == [
        ("Validate", "SUCCEEDED", 1, None),
        ("MarkValidated", "CAUGHT", 0, "StepError"),
        ("Compensate", "ABORTED", 0, None),
        ("ReleaseStock", "FAILED", 0, "StepError"),
    ]


def test_trace_of_a_durable_order_comes_from_its_executions() -> None:
    store, contents = MemoryOrderStore(), an_order()
    state: OrderState = received(contents)
    store.record(contents, replace(state, orchestrator=Orchestrator.DURABLE))
    executions = MemoryExecutions(durable=history("1 Validate Started", outcome="RUNNING"))
    trace = trace_order(contents.order_id, Caller(GRACE, is_staff=True), store, executions, MemorySpans())
    assert (trace.workflow, trace.source) == (Workflow.DURABLE, Source.EXECUTION)
    assert [step.name for step in trace.steps] == ["Validate"]
    assert executions.workflows == [Workflow.STANDARD]
