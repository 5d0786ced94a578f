"""The contract's types of a trace, word for word, and how they are built from the core's values."""

from __future__ import annotations

from enum import Enum
from typing import Self

import strawberry
from strawberry.types.enum import EnumValueDefinition

from orders.model import Timestamp
from orders.tracing import model
from orders.tracing.spans import Span


def _value(name: str, description: str) -> EnumValueDefinition:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="What runs an order: one of two state machines, or the durable function.")
class Workflow(Enum):
    """What runs an order."""

    STANDARD = _value("STANDARD", "It keeps a history, and may wait for a human.")
    EXPRESS = _value("EXPRESS", "For orders that need no approval; it keeps no history.")
    DURABLE = _value("DURABLE", "A function that is replayed; its history is Lambda's.")


@strawberry.enum(description="What the steps of a trace were read from.")
class TraceSource(Enum):
    """What the steps of a trace were read from."""

    EXECUTION = _value("EXECUTION", "The execution's own history: every state.")
    STATUSES = _value(
        "STATUSES", "The order's changes, where there is no history: only the states that wrote them."
    )


@strawberry.enum(description="What became of an execution.")
class TraceOutcome(Enum):
    """What became of an execution."""

    NOT_STARTED = _value("NOT_STARTED", "The order is recorded, and its workflow has not begun.")
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@strawberry.enum(description="What became of a step.")
class StepOutcome(Enum):
    """What became of a step."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    CAUGHT = _value("CAUGHT", "It failed, and the workflow foresaw that.")
    FAILED = "FAILED"
    ABORTED = _value("ABORTED", "It was stopped, for the sake of another or from outside.")


@strawberry.enum(description="Why one state follows another.")
class TransitionKind(Enum):
    """Why one state follows another."""

    NEXT = "NEXT"
    CHOICE = _value("CHOICE", "A rule of a Choice.")
    DEFAULT = _value("DEFAULT", "What a Choice does when no rule holds.")
    CATCH = _value("CATCH", "An error that is caught.")


@strawberry.type(description="A state that was entered; each iteration of a Map enters its states again.")
class TraceStep:
    """GraphQL's `TraceStep`."""

    id: int = strawberry.field(description="Counted from 1, in the order of entry.")
    name: str = strawberry.field(description="Of the state: it names a `TraceNode`.")
    type: str
    entered_at: Timestamp
    left_at: Timestamp | None = strawberry.field(description="Null while it runs, and where it is not kept.")
    outcome: StepOutcome
    retries: int = strawberry.field(description="Attempts after the first.")
    error: str | None = strawberry.field(
        description="The name of the last error, unless an attempt after it went well."
    )
    parent: int | None = strawberry.field(description="The step of the Parallel or Map around it.")
    index: int | None = strawberry.field(description="The Parallel's branch or the Map's iteration, from 0.")

    @classmethod
    def of(cls, step: model.Step) -> Self:
        """Return one step."""
        return cls(
            id=step.id,
            name=step.name,
            type=step.type,
            entered_at=step.entered_at,
            left_at=step.left_at,
            outcome=StepOutcome[step.outcome.name],
            retries=step.retries,
            error=step.error,
            parent=step.parent,
            index=step.index,
        )


@strawberry.type(description="A state of the definition.")
class TraceNode:
    """GraphQL's `TraceNode`."""

    name: str = strawberry.field(description="Unique in the whole definition.")
    type: str
    parent: str | None = strawberry.field(description="The Parallel or Map that it stands in.")
    branch: int | None = strawberry.field(description="Which branch of a Parallel, from 0; 0 in a Map.")
    start: bool = strawberry.field(description="Whether the workflow, branch or iteration begins with it.")
    end: bool = strawberry.field(description="Whether it may end with it.")
    comment: str | None

    @classmethod
    def of(cls, node: model.Node) -> Self:
        """Return one state."""
        return cls(
            name=node.name,
            type=node.type,
            parent=node.parent,
            branch=node.branch,
            start=node.start,
            end=node.end,
            comment=node.comment,
        )


@strawberry.type(description="One state may follow another.")
class TraceTransition:
    """GraphQL's `TraceTransition`."""

    source: str
    target: str
    kind: TransitionKind
    errors: list[str] = strawberry.field(description="What is caught, if it is a `CATCH`.")

    @classmethod
    def of(cls, transition: model.Transition) -> Self:
        """Return one transition."""
        return cls(
            source=transition.source,
            target=transition.target,
            kind=TransitionKind[transition.kind.name],
            errors=list(transition.errors),
        )


@strawberry.type(
    description=(
        "A piece of work in an order's trace: a request, a resolver, a task's attempt, a delivery on a "
        "channel."
    )
)
class TraceSpan:
    """GraphQL's `TraceSpan`."""

    id: strawberry.ID
    parent: strawberry.ID | None = strawberry.field(
        description="The span that it is a part of, or that called it."
    )
    name: str
    origin: str | None = strawberry.field(
        description="The AWS service, such as `AWS::Lambda`; null of a part."
    )
    started_at: Timestamp = strawberry.field(description="With microseconds, as all times of spans.")
    ended_at: Timestamp | None = strawberry.field(description="Null while it is in progress.")
    failed: bool
    detail: str | None = strawberry.field(
        description="What it was about: an operation, an HTTP status, a channel and version."
    )

    @classmethod
    def of(cls, span: Span) -> Self:
        """Return one span."""
        return cls(
            id=strawberry.ID(span.id),
            parent=None if span.parent is None else strawberry.ID(span.parent),
            name=span.name,
            origin=span.origin,
            started_at=span.started_at,
            ended_at=span.ended_at,
            failed=span.failed,
            detail=span.detail,
        )


@strawberry.type(
    description=(
        "What an order's workflow went through. It holds names, times, counts and the names of errors; never "
        "inputs,\noutputs, causes or task tokens."
    )
)
class OrderTrace:
    """GraphQL's `OrderTrace`."""

    order_id: strawberry.ID
    workflow: Workflow | None = strawberry.field(description="Null while the order has not been started.")
    source: TraceSource = strawberry.field(description="What the steps were read from.")
    outcome: TraceOutcome | None = strawberry.field(
        description=(
            "What became of the execution; null where it is not kept, as of an Express execution that is "
            "over."
        )
    )
    started_at: Timestamp | None
    ended_at: Timestamp | None
    redrives: int = strawberry.field(description="How often it was redriven after a failure.")
    error: str | None = strawberry.field(description="The name of the error by which it failed.")
    steps: list[TraceStep] = strawberry.field(description="In the order in which the states were entered.")
    nodes: list[TraceNode] = strawberry.field(
        description="The workflow's definition: all its states, also those that the order never came to."
    )
    transitions: list[TraceTransition] = strawberry.field(description="What may follow what.")
    trace_id: str | None = strawberry.field(
        description="X-Ray's id of the request that submitted the order; null when it was not traced."
    )
    spans: list[TraceSpan] = strawberry.field(
        description=(
            "All work that was done for the order, each piece behind the one that it is a part of; at most "
            "1,000."
        )
    )

    @classmethod
    def of(cls, trace: model.Trace) -> Self:
        """Return a whole trace."""
        return cls(
            order_id=strawberry.ID(trace.order_id),
            workflow=None if trace.workflow is None else Workflow[trace.workflow.name],
            source=TraceSource[trace.source.name],
            outcome=None if trace.outcome is None else TraceOutcome[trace.outcome.name],
            started_at=trace.started_at,
            ended_at=trace.ended_at,
            redrives=trace.redrives,
            error=trace.error,
            steps=[TraceStep.of(step) for step in trace.steps],
            nodes=[TraceNode.of(node) for node in trace.graph.nodes],
            transitions=[TraceTransition.of(transition) for transition in trace.graph.transitions],
            trace_id=trace.trace_id,
            spans=[TraceSpan.of(span) for span in trace.spans],
        )
