"""An execution's history, read as steps.

The events of parallel branches and of a Map's iterations lie mixed in one list; `previousEventId` is
the thread that leads from an event back through its own line of control. So each event inherits two
things from the one before it on its line: the step that the line is at, and the scope in which the
next step is entered (a branch, an iteration, or the state machine itself).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orders.model import Timestamp
from orders.tracing.model import Event, Graph, Kind, Step, StepOutcome

_SCHEDULED = frozenset(
    {
        "TaskScheduled",
        "LambdaFunctionScheduled",
        "ActivityScheduled",
        "ParallelStateStarted",
        "MapStateStarted",
    }
)
_FAILED = frozenset(
    {
        *("TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"),
        *("LambdaFunctionFailed", "LambdaFunctionTimedOut"),
        *("LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed"),
        *("ActivityFailed", "ActivityTimedOut", "ActivityScheduleFailed"),
        *("MapRunFailed", "EvaluationFailed"),
    }
)
_CONTAINER_FAILED = frozenset({"ParallelStateFailed", "MapStateFailed"})
_CONTAINERS = frozenset({"Parallel", "Map"})
_OVER = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


@dataclass(slots=True, eq=False)
class _Draft:
    """A step while the history is read."""

    id: int
    name: str
    type: str
    entered_at: Timestamp
    parent: _Draft | None
    index: int | None
    attempts: int = 0
    retries: int = 0
    failed: bool = False
    error: str | None = None
    outcome: StepOutcome = StepOutcome.RUNNING
    left_at: Timestamp | None = None
    interrupted: bool = False

    @property
    def is_open(self) -> bool:
        return self.outcome is StepOutcome.RUNNING

    def up(self) -> Iterator[_Draft]:
        """Yield the step and those around it, from the inside out."""
        step: _Draft | None = self
        while step is not None:
            yield step
            step = step.parent

    def begin(self) -> None:
        self.retries += bool(self.attempts)
        self.attempts += 1
        self.failed, self.error = False, None

    def fail(self, error: str | None) -> None:
        self.failed, self.error = True, error or self.error

    def close(self, outcome: StepOutcome, at: Timestamp) -> None:
        self.outcome, self.left_at = outcome, at

    def reopen(self) -> None:
        """Go on where a redrive goes on: in this step, and so in those around it."""
        for step in self.up():
            if not step.is_open:
                step.outcome, step.left_at, step.interrupted = StepOutcome.RUNNING, None, False
        self.attempts, self.failed, self.error = 0, False, None

    def step(self) -> Step:
        parent = None if self.parent is None else self.parent.id
        return Step(
            *(self.id, self.name, self.type, self.entered_at, self.left_at, self.outcome),
            *(self.retries, self.error, parent, self.index),
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """What an event hands on to those that follow it on its line of control."""

    at: _Draft | None = None
    parent: _Draft | None = None
    index: int | None = None
    is_exit: bool = False


def steps_of(events: Iterable[Event], graph: Graph) -> tuple[Step, ...]:
    """Return the steps that an execution took, in the order in which it entered them."""
    reader = _Reader(graph)
    for event in events:
        reader.read(event)
    return tuple(draft.step() for draft in reader.drafts)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.drafts: list[_Draft] = []
        self._lines: dict[int, _Line] = {}
        self._branch = {node.name: node.branch for node in graph.nodes}
        plain = {(t.source, t.target) for t in graph.transitions if t.kind is not Kind.CATCH}
        self._caught = {(t.source, t.target) for t in graph.transitions} - plain

    def read(self, event: Event) -> None:
        before = self._lines.get(event.previous, _Line())
        if event.type.endswith("StateEntered"):
            line = self._enter(event, before)
        elif event.type.endswith("StateExited"):
            line = self._leave(event, before)
        elif event.type in _OVER:
            line = self._end(event, before)
        elif event.type == "ExecutionRedriven":
            line = _Line()
        else:
            line = self._go_on(event, before)
        self._lines[event.id] = line

    def _enter(self, event: Event, before: _Line) -> _Line:
        name = event.name or ""
        if before.is_exit and before.at is not None and (before.at.name, name) in self._caught:
            # An error of the state itself, such as a path that leads nowhere, has no event of its own.
            before.at.outcome = StepOutcome.CAUGHT
        parent, index = before.parent, before.index
        if parent is not None and parent.type == "Parallel":
            index = self._branch.get(name)
        kind = event.type.removesuffix("StateEntered")
        draft = _Draft(len(self.drafts) + 1, name, kind, event.at, parent, index)
        self.drafts.append(draft)
        return _Line(draft, parent, index)

    def _leave(self, event: Event, before: _Line) -> _Line:
        step = self._around(before.at, name=event.name)
        if step is None:
            return before
        self._close_inside(step, event.at)
        step.close(StepOutcome.CAUGHT if step.failed else StepOutcome.SUCCEEDED, event.at)
        return _Line(step, step.parent, step.index, is_exit=True)

    def _go_on(self, event: Event, before: _Line) -> _Line:
        step = before.at
        if event.type.startswith("MapIteration"):
            step = self._around(step, kind="Map")
            if step is not None and event.type.endswith(("Failed", "Aborted")):
                self._close_inside(step, event.at, event.index)
            inside = event.index if event.type.endswith("Started") else None
            return _Line(step, step, inside)
        if event.type.startswith(("ParallelState", "MapState")):
            step = self._around(step, kind=event.type.partition("State")[0])
        elif step is None and event.type in _SCHEDULED:
            # The first event after a redrive: it goes on in the step that the end had interrupted.
            step = next(
                (d for d in reversed(self.drafts) if d.interrupted and d.type not in _CONTAINERS), None
            )
        if step is None:
            return before
        if step.interrupted:
            step.reopen()
        if event.type in _SCHEDULED:
            step.begin()
        elif event.type in _FAILED:
            step.fail(event.error)
        elif event.type in _CONTAINER_FAILED:
            self._close_inside(step, event.at)
            step.fail(event.error)
        elif event.type.endswith("StateAborted"):
            self._close_inside(step, event.at)
            step.close(StepOutcome.ABORTED, event.at)
        if event.type in {"ParallelStateStarted", "MapStateStarted"}:
            return _Line(step, step)
        return _Line(step, step.parent, step.index)

    def _end(self, event: Event, before: _Line) -> _Line:
        if event.type == "ExecutionFailed" and before.at is not None:
            for step in before.at.up():
                if step.is_open:
                    step.fail(event.error if step is before.at else None)
        for step in self.drafts:
            if step.is_open:
                step.close(StepOutcome.FAILED if step.failed else StepOutcome.ABORTED, event.at)
                step.interrupted = True
        return _Line()

    def _around(
        self, step: _Draft | None, *, name: str | None = None, kind: str | None = None
    ) -> _Draft | None:
        """Return the innermost open step, from ``step`` outwards, of that name or kind."""
        for around in step.up() if step is not None else ():
            if around.name != name and around.type != kind:
                continue
            if around.interrupted:
                around.reopen()
            if around.is_open:
                return around
        return None

    def _close_inside(self, container: _Draft, at: Timestamp, index: int | None = None) -> None:
        """Close what is open inside: whatever failed, and what was stopped for its sake."""
        for step in self.drafts[container.id :]:
            if not step.is_open:
                continue
            chain = list(step.up())
            if container not in chain[1:]:
                continue
            child = chain[chain.index(container) - 1]
            if index is None or child.index == index:
                step.close(StepOutcome.FAILED if step.failed else StepOutcome.ABORTED, at)
