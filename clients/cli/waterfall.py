"""Show all work of an order's trace as a waterfall: a tree of what is part of what, with a bar for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.traces import Trace, TraceSpan

UNTRACED = "The order was not traced: Tracing is off in this stack, or it was not sampled."
BAR, SHORT_BAR = 32, 16
"""Characters of the whole time, and where the console is narrow."""
GAP = 2
"""Characters between columns."""


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
    if not _fill(table, _rows(trace.spans, BAR), console.width):
        table = Table(box=None, pad_edge=False)
        _fill_narrow(table, _rows(trace.spans, SHORT_BAR), console.width)
    console.print(table)


class _Row(NamedTuple):
    """The cells of a span."""

    name: Text
    origin: str
    at: str
    took: str
    bar: Text
    detail: str


def _rows(spans: Sequence[TraceSpan], size: int) -> list[_Row]:
    first, last = bounds(spans)
    rows: list[_Row] = []
    for trunk, span in branches(spans):
        start = (span.started_at - first).total_seconds()
        end = None if span.ended_at is None else (span.ended_at - first).total_seconds()
        style = "red" if span.failed else "bright_yellow" if end is None else "green"
        rows.append(
            _Row(
                Text.assemble((trunk, "bright_black"), span.name),
                span.origin or "",
                moment(start),
                "" if end is None else moment(end - start, digits=1),
                Text(bar(start, end, (last - first).total_seconds(), size), style),
                ", ".join([*filter(None, [span.detail]), *(["failed"] if span.failed else [])]),
            )
        )
    return rows


def _fill(table: Table, rows: Sequence[_Row], width: int) -> bool:
    """Show all there is; False where the console has no room for it."""
    names = [_beside(row.name, row.origin) for row in rows]
    widths = [max(map(len, names)), *_times(rows), BAR, max(len(row.detail) for row in rows)]
    for heading, size in zip(("work", "at", "took", "", "detail"), widths, strict=True):
        justified = heading in {"at", "took"}
        table.add_column(heading, no_wrap=True, width=size or None, justify="right" if justified else "left")
    for name, row in zip(names, rows, strict=True):
        table.add_row(name, row.at, row.took, row.bar, Text(row.detail))
    return sum(widths) + GAP * 4 <= width


def _fill_narrow(table: Table, rows: Sequence[_Row], width: int) -> None:
    """Show times and bars whole; names take what is left, with an origin only where there is no detail."""
    names = [_beside(row.name, row.detail or row.origin.removeprefix("AWS::")) for row in rows]
    times = _times(rows)
    bar_width = max(1, width - sum(times) - SHORT_BAR - GAP * 3)
    table.add_column("work", no_wrap=True, overflow="ellipsis", width=min(bar_width, max(map(len, names))))
    for heading, size in zip(("at", "took"), times, strict=True):
        table.add_column(heading, no_wrap=True, width=size, justify="right")
    table.add_column("", no_wrap=True, width=SHORT_BAR)
    for name, row in zip(names, rows, strict=True):
        table.add_row(name, row.at, row.took, row.bar)


def _beside(name: Text, word: str) -> Text:
    return Text.assemble(name, (f"  {word}" if word else "", "bright_black"))


def _times(rows: Sequence[_Row]) -> list[int]:
    return [
        max(len("at"), *(len(row.at) for row in rows)),
        max(len("took"), *(len(row.took) for row in rows)),
    ]


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


def bar(start: float, end: float | None, total: float, size: int = BAR) -> str:
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
    offset = min(size - 1, int(start / total * size))
    if end is None:
        return " " * offset + "…"
    length = min(size - offset, round((end - start) / total * size))
    return " " * offset + ("█" * length if length > 0 else "▏")
