"""A durable function's history, read as steps on the workflow's graph.

Its operations have the names of the workflow's states; what has none of them (the step that leaves the
callback) is no step of a trace. A redriven order has several executions, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from orders.model import Timestamp
from orders.tracing.model import ExecutionOutcome, Graph, Node, Step, StepOutcome

_ENDS = {
    "Succeeded": StepOutcome.SUCCEEDED,
    "Failed": StepOutcome.CAUGHT,
    "TimedOut": StepOutcome.CAUGHT,
    "Cancelled": StepOutcome.ABORTED,
}
_BROKEN = {ExecutionOutcome.FAILED, ExecutionOutcome.TIMED_OUT, ExecutionOutcome.ABORTED}


@dataclass(frozen=True, slots=True)
class OperationEvent:
    """One event of an operation, as much of it as a trace may hold.

    Attributes
    ----------
    key : str
        The operation's id, unique among the events of all the order's executions.
    phase : str
        ``Started``, ``Succeeded``, ``Failed``, ``TimedOut`` or ``Cancelled``.
    tried_again : bool
        Of a failure: whether another attempt follows.
    error : str or None
        The error's name, never its message.
    """

    key: str
    name: str
    phase: str
    at: Timestamp
    tried_again: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DurableExecution:
    """What became of an order's executions: of the last one, and what happened in all."""

    outcome: ExecutionOutcome
    started_at: Timestamp
    events: Sequence[OperationEvent]
    ended_at: Timestamp | None = None
    redrives: int = 0
    error: str | None = None


def steps_of_operations(execution: DurableExecution, graph: Graph) -> tuple[Step, ...]:
    """Return the steps, in the order in which their operations were begun.

    An operation that failed is ``CAUGHT``, since the function goes on with it; the one by which the execution
    ended in a failure is ``FAILED``, and what was open then ``ABORTED``.
    """
    nodes = {node.name: node for node in graph.nodes}
    steps: dict[str, Step] = {}
    last_failed = ""
    for event in execution.events:
        node = nodes.get(event.name)
        if node is None:
            continue
        step = steps.get(event.key)
        if step is None:
            step = _entered(event, node, steps.values())
        elif event.tried_again:
            step = replace(step, retries=step.retries + 1, error=event.error)
        elif event.phase in _ENDS:
            outcome = _ENDS[event.phase]
            last_failed = event.key if outcome is StepOutcome.CAUGHT else last_failed
            step = replace(step, outcome=outcome, left_at=event.at, error=event.error)
        steps[event.key] = step
    if execution.outcome in _BROKEN:
        for key, step in steps.items():
            if step.outcome is StepOutcome.RUNNING:
                steps[key] = replace(step, outcome=StepOutcome.ABORTED, left_at=execution.ended_at)
        if last_failed:
            steps[last_failed] = replace(steps[last_failed], outcome=StepOutcome.FAILED)
    return tuple(steps.values())


def _entered(event: OperationEvent, node: Node, before: Iterable[Step]) -> Step:
    done = list(before)
    around = [step for step in done if step.name == node.parent]
    parent = around[-1].id if around else None
    index: int | None = None
    if parent is not None:
        # Of a Map the iterations have one state in common; of a Parallel each branch has its own.
        same = sum(step.name == node.name and step.parent == parent for step in done)
        index = same if around[-1].type == "Map" else node.branch
    return Step(
        id=len(done) + 1,
        name=node.name,
        type=node.type,
        entered_at=event.at,
        left_at=None,
        outcome=StepOutcome.RUNNING,
        parent=parent,
        index=index,
    )
