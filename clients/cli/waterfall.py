"""Show all work of an order's trace as a waterfall: a tree of what is part of what, with a bar for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.traces import Trace, TraceSpan

UNTRACED = "The order was not traced: Tracing is off in this stack, or it was not sampled."
BAR = 32
"""Characters of the whole time."""


def print_waterfall(trace: Trace, console: Console) -> None:
    """Print the spans of a trace, or why there are none."""
    if trace.trace_id is None:
        console.print(Text(UNTRACED, "bright_black"), soft_wrap=True)
        return
    if not trace.spans:
        console.print(Text(f"Nothing is kept of the trace {trace.trace_id}.", "bright_black"), soft_wrap=True)
        return
    first, last = bounds(trace.spans)
    total = (last - first).total_seconds()
    console.print(f"trace {trace.trace_id}: {len(trace.spans)} spans, {total:.3f} s", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("work", no_wrap=True, overflow="ellipsis")
    for name in ("at", "took"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("", no_wrap=True, width=BAR)
    table.add_column("detail", overflow="fold")
    for trunk, span in branches(trace.spans):
        start = (span.started_at - first).total_seconds()
        end = None if span.ended_at is None else (span.ended_at - first).total_seconds()
        style = "red" if span.failed else "bright_yellow" if end is None else "green"
        service = f"  {span.origin}" if span.origin else ""
        table.add_row(
            Text.assemble((trunk, "bright_black"), span.name, (service, "bright_black")),
            moment(start),
            "" if end is None else moment(end - start, digits=1),
            Text(bar(start, end, total), style),
            Text(", ".join([*filter(None, [span.detail]), *(["failed"] if span.failed else [])])),
        )
    console.print(table)


def moment(seconds: float, *, digits: int = 0) -> str:
    """Return a time within a trace: in milliseconds, from ten seconds on in seconds.

    Examples
    --------
    >>> moment(0.0295, digits=1), moment(3.8), moment(240.43)
    ('29.5 ms', '3800 ms', '240.4 s')
    """
    return f"{seconds * 1000:.{digits}f} ms" if seconds < 10 else f"{seconds:.1f} s"


def bounds(spans: Sequence[TraceSpan]) -> tuple[datetime, datetime]:
    """Return when the first span began and the last one ended."""
    starts = [span.started_at for span in spans]
    ends = [span.ended_at for span in spans if span.ended_at is not None]
    return min(starts), max([*starts, *ends])


def branches(spans: Sequence[TraceSpan]) -> Iterator[tuple[str, TraceSpan]]:
    """Yield each span with the branch that it hangs on; a span whose parent is not there hangs on none.

    Examples
    --------
    >>> from datetime import UTC
    >>> def span(id, parent=None):
    ...     return TraceSpan(id, parent, id, None, datetime.now(UTC), None, False, None)
    >>> [(trunk, s.id) for trunk, s in branches([span("a"), span("b", "a"), span("c", "a"), span("d")])]
    [('', 'a'), ('├─ ', 'b'), ('└─ ', 'c'), ('', 'd')]
    """
    ids = {span.id for span in spans}
    inside: dict[str | None, list[TraceSpan]] = {}
    for span in spans:
        inside.setdefault(span.parent if span.parent in ids else None, []).append(span)
    waiting = [("", "", span) for span in reversed(inside.pop(None, []))]
    while waiting:
        branch, trunk, span = waiting.pop()
        yield branch, span
        parts = inside.pop(span.id, [])
        for part in reversed(parts):
            last = part is parts[-1]
            waiting.append((f"{trunk}{'└─ ' if last else '├─ '}", f"{trunk}{'   ' if last else '│  '}", part))


def bar(start: float, end: float | None, total: float) -> str:
    """Return a bar from ``start`` to ``end`` in a whole of ``total`` seconds; ``…`` is in progress.

    Examples
    --------
    >>> bar(1, 2, 4).rstrip() == " " * 8 + "█" * 8
    True
    >>> bar(3.99, 3.99, 4).strip()
    '▏'
    """
    if total <= 0:
        return "▏"
    left = min(BAR - 1, int(start / total * BAR))
    if end is None:
        return " " * left + "…"
    length = min(BAR - left, round((end - start) / total * BAR))
    return " " * left + ("█" * length if length > 0 else "▏")
