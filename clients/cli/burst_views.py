"""What a burst came to, side by side: a table, curves, and JSON or a page for who wants to keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Self

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from clients.burst import INTAKES, Figures, Outcome, Record
from clients.cli.burst_plot import ACCEPTED, STARTED, curves

PLOT_HEIGHT = 8
NARROW = 24
"""Characters of a curve where the console is narrow."""
Results = Mapping[str, Figures]
"""By the name of the way."""


class Watching:
    """Bars of the way that is under way; nothing without a terminal."""

    def __init__(self, console: Console, *, shown: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not shown)
        self._tasks = [self._progress.add_task(name) for name in ("accepted", "started")]

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, title: str, count: int) -> None:
        """Show another way."""
        for task, what in zip(self._tasks, ("accepted", "started"), strict=True):
            self._progress.reset(task, total=count, description=f"{title}: {what}")

    def look(self, records: Sequence[Record]) -> None:
        """Show how far the orders are."""
        accepted = sum(record.outcome is Outcome.ACCEPTED for record in records)
        started = sum(record.started is not None for record in records)
        for task, count in zip(self._tasks, (accepted, started), strict=True):
            self._progress.update(task, completed=count)


def print_results(results: Results, console: Console) -> None:
    """Print the table, the curves, and what this client could not do."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in results:
        table.add_column(INTAKES[name].title, justify="right", no_wrap=True)
    for label, text in ROWS:
        cells = [text(figures) for figures in results.values()]
        if any(cells):
            table.add_row(label, *cells)
    console.print(table)
    console.print()
    console.print(_plots(results, console.width))
    for name, figures in results.items():
        for sentence in confessions(figures):
            console.print(Text(f"{INTAKES[name].title}: {sentence}", "bright_black"), soft_wrap=True)
        for reason in figures.reasons:
            console.print(Text(f"{INTAKES[name].title}: {reason}", "red"), soft_wrap=True)


def _number(value: int) -> str:
    return f"{value:,}" if value else "0"


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} ms"


ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("sent, of", lambda f: f"{_number(f.sent)} of {_number(f.orders)}"),
    ("  orders a second", lambda f: f"{f.sent_rate:,.0f}"),
    ("accepted", lambda f: _number(f.accepted)),
    ("throttled", lambda f: _number(f.throttled)),
    ("overflowed to the queue", lambda f: "" if f.overflowed is None else _number(f.overflowed)),
    ("refused", lambda f: _number(f.refused) if f.refused else ""),
    ("failed, or not answered", lambda f: _number(f.failed + f.unanswered)),
    ("started", lambda f: _number(f.started)),
    ("overtaken by a later one", lambda f: _number(f.overtaken)),
    ("sent twice", lambda f: _number(f.sent_twice)),
    ("  run twice", lambda f: _number(f.run_twice)),
    ("changes delivered again", lambda f: _number(f.delivered_again)),
    ("to the answer, p50", lambda f: _ms(f.answer_p50)),
    ("  p95", lambda f: _ms(f.answer_p95)),
    ("to the start, p50", lambda f: _ms(f.start_p50)),
    ("  p95", lambda f: _ms(f.start_p95)),
)


def confessions(figures: Figures) -> list[str]:
    """Return what this client could not do as it was asked to: the figures are to be read with that.

    Examples
    --------
    >>> from clients.burst import figures
    >>> late = [Record(number, "ada", "a", due=0.0, sent=1.5 * number) for number in range(2)]
    >>> confessions(figures(late))[0]
    'this client sent 1 orders late, one by 1.5 s: at its best it sent 1 a second'
    """
    sentences: list[str] = []
    if figures.late:
        sentences.append(
            f"this client sent {figures.late:,} orders late, one by {figures.worst_late:.1f} s: "
            f"at its best it sent {figures.sent_rate:,.0f} a second"
        )
    if figures.unsent:
        sentences.append(f"{figures.unsent:,} orders were not sent before the end")
    if figures.unanswered:
        sentences.append(f"{figures.unanswered:,} had no answer at the end: they may be taken")
    waiting = figures.accepted - figures.started
    if waiting > 0:
        sentences.append(
            f"{waiting:,} accepted orders were not seen to begin: they may wait in a queue still"
        )
    return sentences


def _plots(results: Results, width: int) -> Columns:
    seconds = max(
        (t for f in results.values() for t in (*f.accepted_at[-1:], *f.started_at[-1:])), default=0.0
    )
    most = max((f.orders for f in results.values()), default=0)
    each = max(NARROW, min(60, width // max(1, len(results)) - 6))
    panels = []
    for name, figures in results.items():
        text = curves(
            *(figures.accepted_at, figures.started_at),
            seconds=seconds, most=most, width=each, height=PLOT_HEIGHT,
        )  # fmt: skip
        legend = Text.assemble("\n", ("accepted", ACCEPTED), " ", ("started", STARTED), f"  {seconds:.1f} s")
        panels.append(Panel.fit(text + legend, title=f"{INTAKES[name].title}, of {most:,}"))
    return Columns(panels)


def document(name: str, figures: Figures) -> dict[str, object]:
    """Return a way's figures as a JSON object; its times are seconds from the first order that was sent."""
    values = asdict(figures)
    accepted, started = values.pop("accepted_at"), values.pop("started_at")
    camel = {_camel(key): value for key, value in values.items()}
    return {
        "type": "burst",
        "way": name,
        **camel,
        "sentRate": round(figures.sent_rate, 1),
        "series": {"accepted": accepted, "started": started},
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
