"""An order's own changes, read as steps: what is left to show where an execution has no history.

Each status is written by one state of the workflow, with the time at which that state was entered, so
the definition itself shows which state stands for which status.
"""

from __future__ import annotations

from orders.model import OrderState
from orders.status import OrderStatus
from orders.tracing.definition import Definition, walk
from orders.tracing.model import Step, StepOutcome


def writers_of(definition: Definition) -> dict[str, tuple[str, str]]:
    """Return, for each status, the name and type of the state that writes it."""
    written: dict[str, tuple[str, str]] = {}
    for name, state, *_ in walk(definition):
        arguments = state.get("Parameters") or state.get("Arguments") or {}
        values = arguments.get("ExpressionAttributeValues", {}) if isinstance(arguments, dict) else {}
        status = values.get(":status", {}).get("S")
        if status is not None:
            written.setdefault(status, (name, state["Type"]))
    return written


def steps_of_statuses(state: OrderState, definition: Definition) -> tuple[Step, ...]:
    """Return the steps that wrote the order's changes; those of people are no steps."""
    writers = writers_of(definition)
    steps: list[Step] = []
    before: OrderStatus | None = None
    for change in state.history:
        approved = before is OrderStatus.AWAITING_APPROVAL and change.status is OrderStatus.CONFIRMED
        if change.status in writers and not approved:
            name, kind = writers[change.status]
            steps.append(Step(len(steps) + 1, name, kind, change.at, None, StepOutcome.SUCCEEDED))
        before = change.status
    return tuple(steps)
