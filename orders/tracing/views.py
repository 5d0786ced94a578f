"""A trace as the GraphQL contract shows it, and REST too."""

from __future__ import annotations

from typing import TypedDict

from orders.tracing.model import Node, Step, Trace, Transition
from orders.tracing.spans import Span


class TraceStepView(TypedDict):
    """GraphQL's `TraceStep`."""

    id: int
    name: str
    type: str
    enteredAt: str
    leftAt: str | None
    outcome: str
    retries: int
    error: str | None
    parent: int | None
    index: int | None


class TraceNodeView(TypedDict):
    """GraphQL's `TraceNode`."""

    name: str
    type: str
    parent: str | None
    branch: int | None
    start: bool
    end: bool
    comment: str | None


class TraceTransitionView(TypedDict):
    """GraphQL's `TraceTransition`."""

    source: str
    target: str
    kind: str
    errors: list[str]


class TraceSpanView(TypedDict):
    """GraphQL's `TraceSpan`."""

    id: str
    parent: str | None
    name: str
    origin: str | None
    startedAt: str
    endedAt: str | None
    failed: bool
    detail: str | None


class OrderTraceView(TypedDict):
    """GraphQL's `OrderTrace`."""

    orderId: str
    workflow: str | None
    source: str
    outcome: str | None
    startedAt: str | None
    endedAt: str | None
    redrives: int
    error: str | None
    steps: list[TraceStepView]
    nodes: list[TraceNodeView]
    transitions: list[TraceTransitionView]
    traceId: str | None
    spans: list[TraceSpanView]


def trace_view(trace: Trace) -> OrderTraceView:
    """Return a whole trace."""
    return {
        "orderId": trace.order_id,
        "workflow": trace.workflow,
        "source": trace.source,
        "outcome": trace.outcome,
        "startedAt": trace.started_at,
        "endedAt": trace.ended_at,
        "redrives": trace.redrives,
        "error": trace.error,
        "steps": [_step(step) for step in trace.steps],
        "nodes": [_node(node) for node in trace.graph.nodes],
        "transitions": [_transition(transition) for transition in trace.graph.transitions],
        "traceId": trace.trace_id,
        "spans": [_span(span) for span in trace.spans],
    }


def _span(span: Span) -> TraceSpanView:
    return {
        "id": span.id,
        "parent": span.parent,
        "name": span.name,
        "origin": span.origin,
        "startedAt": span.started_at,
        "endedAt": span.ended_at,
        "failed": span.failed,
        "detail": span.detail,
    }


def _step(step: Step) -> TraceStepView:
    return {
        "id": step.id,
        "name": step.name,
        "type": step.type,
        "enteredAt": step.entered_at,
        "leftAt": step.left_at,
        "outcome": step.outcome,
        "retries": step.retries,
        "error": step.error,
        "parent": step.parent,
        "index": step.index,
    }


def _node(node: Node) -> TraceNodeView:
    return {
        "name": node.name,
        "type": node.type,
        "parent": node.parent,
        "branch": node.branch,
        "start": node.start,
        "end": node.end,
        "comment": node.comment,
    }


def _transition(transition: Transition) -> TraceTransitionView:
    return {
        "source": transition.source,
        "target": transition.target,
        "kind": transition.kind,
        "errors": list(transition.errors),
    }
