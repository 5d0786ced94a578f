"""The use case: what an order's workflow went through, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from orders.caller import Caller
from orders.errors import StaffOnly
from orders.model import OrderId, OrderState, Timestamp
from orders.origins import Orchestrator, Workflow
from orders.ports import OrderStore
from orders.reading import find_state, to_order_id
from orders.status import FINAL, OrderStatus
from orders.tracing.definition import Definition, graph_of
from orders.tracing.durable import DurableExecution, steps_of_operations
from orders.tracing.history import steps_of
from orders.tracing.model import Event, ExecutionOutcome, Graph, Source, Trace
from orders.tracing.spans import Span, SpanStore, spans_of, trace_id_of
from orders.tracing.statuses import steps_of_statuses

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
"""The origin of the span that is a whole execution."""


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution of the Standard state machine: its definition, and what happened."""

    outcome: ExecutionOutcome
    started_at: Timestamp
    definition: Definition
    events: Sequence[Event]
    ended_at: Timestamp | None = None
    redrives: int = 0
    error: str | None = None


class Executions(Protocol):
    """What the service that runs the workflows keeps of them."""

    def standard(self, order_id: OrderId) -> Execution | None:
        """Return the Standard execution that is named by the order; None when there is none (any more).

        Raises
        ------
        TraceThrottled
        """
        ...

    def durable(self, order_id: OrderId) -> DurableExecution | None:
        """Return the order's executions by the durable function; None when there is none (any more).

        Raises
        ------
        TraceThrottled
        """
        ...

    def definition(self, workflow: Workflow) -> Definition:
        """Return a state machine's definition as it is now.

        Raises
        ------
        TraceThrottled
        """
        ...


def trace_order(
    order_id: str, caller: Caller, store: OrderStore, executions: Executions, spans: SpanStore
) -> Trace:
    """Return what the order's workflow went through, and all work of its trace.

    A Standard execution has a history. An Express one has none, and a Standard one's is kept for 90
    days: such an order is shown by its own changes of status. That an Express run began, and whether it
    failed, is then read from the trace.

    Raises
    ------
    StaffOnly, OrderNotFound, TraceThrottled
    """
    to_order_id(order_id)  # what names no order is no secret
    if not caller.is_staff:
        raise StaffOnly("look at an order's workflow")
    state = find_state(order_id, caller, store)
    trace_id = trace_id_of(state.trace)
    work = () if trace_id is None else spans_of(spans.documents(trace_id))
    return replace(_workflow(state, executions, work), trace_id=trace_id, spans=work)


def _workflow(state: OrderState, executions: Executions, work: Sequence[Span]) -> Trace:
    if state.orchestrator is Orchestrator.DURABLE and (durable := executions.durable(state.order_id)):
        return _durable(state, durable, executions)
    is_durable = state.orchestrator is Orchestrator.DURABLE
    execution = None if is_durable else executions.standard(state.order_id)
    if execution is not None:
        graph = graph_of(execution.definition)
        return Trace(
            order_id=state.order_id,
            workflow=Workflow.STANDARD,
            source=Source.EXECUTION,
            outcome=execution.outcome,
            graph=graph,
            steps=steps_of(execution.events, graph),
            started_at=execution.started_at,
            ended_at=execution.ended_at,
            redrives=execution.redrives,
            error=execution.error,
        )
    outcome = None if is_durable else _outcome_of_express(state, work)
    if state.is_pending and outcome is None:
        return Trace(state.order_id, None, Source.STATUSES, ExecutionOutcome.NOT_STARTED, Graph(), ())
    workflow = _workflow_of(state)
    drawn_on = Workflow.STANDARD if workflow is Workflow.DURABLE else workflow
    definition = executions.definition(drawn_on)
    return Trace(
        order_id=state.order_id,
        workflow=workflow,
        source=Source.STATUSES,
        outcome=None if state.status in FINAL else outcome or ExecutionOutcome.RUNNING,
        graph=graph_of(definition),
        steps=steps_of_statuses(state, definition),
    )


def _outcome_of_express(state: OrderState, work: Sequence[Span]) -> ExecutionOutcome | None:
    """Return what the trace says of an order's Express runs; None when it has none of them."""
    runs = [span for span in work if span.origin == STATE_MACHINE]
    if not runs:
        return None
    changed_at = datetime.fromisoformat(state.updated_at)
    # A run that failed before the last change has a successor, which brought that change.
    failed = any(
        span.failed and span.ended_at is not None and datetime.fromisoformat(span.ended_at) > changed_at
        for span in runs
    )
    at_work = any(span.ended_at is None for span in runs)
    return ExecutionOutcome.FAILED if failed and not at_work else ExecutionOutcome.RUNNING


def _durable(state: OrderState, execution: DurableExecution, executions: Executions) -> Trace:
    # Its operations have the names of the Standard workflow's states.
    graph = graph_of(executions.definition(Workflow.STANDARD))
    return Trace(
        order_id=state.order_id,
        workflow=Workflow.DURABLE,
        source=Source.EXECUTION,
        outcome=execution.outcome,
        graph=graph,
        steps=steps_of_operations(execution, graph),
        started_at=execution.started_at,
        ended_at=execution.ended_at,
        redrives=execution.redrives,
        error=execution.error,
    )


def _workflow_of(state: OrderState) -> Workflow:
    """Return which workflow ran an order that has no Standard execution (any more)."""
    if state.orchestrator is Orchestrator.DURABLE:
        return Workflow.DURABLE
    origin = "" if state.last_change is None else state.last_change.execution
    waited = any(change.status is OrderStatus.AWAITING_APPROVAL for change in state.history)
    if ":execution:" in origin or waited:
        return Workflow.STANDARD
    return Workflow.EXPRESS
