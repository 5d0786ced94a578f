"""Show what an order's workflow went through: a table for people, whose first column is a tree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.traces import Trace, TraceStep

_STYLE = {
    "SUCCEEDED": "green",
    "RUNNING": "bright_yellow",
    "CAUGHT": "yellow",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "bright_black",
    "NOT_STARTED": "bright_black",
}
_STATUSES_ONLY = {
    "EXPRESS": "An Express execution keeps no history: these are the states that changed the order.",
    "DURABLE": "The executions' history is gone (it is kept for 14 days): these are the states that "
    "changed the order.",
    "STANDARD": "The execution's history is gone (it is kept for 90 days): these are the states that "
    "changed the order.",
}


def print_trace(trace: Trace, console: Console) -> None:
    """Print a trace."""
    outcome = trace.outcome or ""
    console.print(
        Text.assemble(
            f"{trace.order_id}  {trace.workflow or 'no workflow yet'}  ",
            (outcome, _STYLE.get(outcome, "")),
            *(f"  {word}" for word in _more(trace)),
        ),
        soft_wrap=True,
    )
    if trace.steps and trace.source == "STATUSES" and trace.workflow in _STATUSES_ONLY:
        console.print(Text(_STATUSES_ONLY[trace.workflow], "bright_black"), soft_wrap=True)
    if not trace.steps:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("state", "entered", "took", "retries", "outcome"):
        justified = name in {"took", "retries"}
        table.add_column(name, no_wrap=True, overflow="ignore", justify="right" if justified else "left")
    table.add_column("error", overflow="fold")
    for branch, step in tree(trace.steps):
        table.add_row(
            Text.assemble((branch, "bright_black"), step.name),
            f"{step.entered_at.astimezone(UTC):%H:%M:%S.%f}"[:-3],
            "" if step.seconds is None else duration(step.seconds),
            str(step.retries) if step.retries else "",
            Text(step.outcome, _STYLE.get(step.outcome, "")),
            Text(step.error or ""),
        )
    console.print(table)


def tree(steps: tuple[TraceStep, ...]) -> Iterator[tuple[str, TraceStep]]:
    """Yield each step with the branch that it hangs on; those inside a state follow it, by their index.

    Examples
    --------
    >>> from datetime import datetime
    >>> def step(id, parent=None, index=None):
    ...     return TraceStep(id, "S", "Task", datetime.now(), None, "RUNNING", 0, None, parent, index)
    >>> [(branch, s.id) for branch, s in tree((step(1), step(2, 1, 1), step(3, 1, 0), step(4)))]
    [('', 1), ('├─ 0 ', 3), ('└─ 1 ', 2), ('', 4)]
    """
    inside: dict[int | None, list[TraceStep]] = {}
    for step in steps:
        inside.setdefault(step.parent, []).append(step)

    def below(step: TraceStep, trunk: str) -> Iterator[tuple[str, TraceStep]]:
        children = sorted(inside.get(step.id, ()), key=lambda child: (child.index or 0, child.id))
        for child in children:
            last = child is children[-1]
            index = "" if child.index is None else f"{child.index} "
            yield f"{trunk}{'└─ ' if last else '├─ '}{index}", child
            yield from below(child, f"{trunk}{'   ' if last else '│  '}")

    for step in inside.get(None, ()):
        yield "", step
        yield from below(step, "")


def duration(seconds: float) -> str:
    """Return a time as people read it.

    Examples
    --------
    >>> [duration(s) for s in (0.0414, 2.5, 75, 7320, 200_000)]
    ['41 ms', '2.5 s', '1 min 15 s', '2 h 2 min', '2 d 7 h']
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    for size, name, below, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} {int(seconds % size // below)} {part}"
    raise AssertionError("unreachable: a minute is left")


def _more(trace: Trace) -> Iterator[str]:
    if trace.started_at is not None and trace.ended_at is not None:
        yield duration((trace.ended_at - trace.started_at).total_seconds())
    if trace.redrives:
        yield f"redriven {trace.redrives} time{'s' if trace.redrives > 1 else ''}"
    if trace.error:
        yield trace.error
