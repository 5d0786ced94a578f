"""Show orders as they move: bars in a terminal, lines in a pipe, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections import Counter
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from clients.cli.delays import Delays
from clients.cli.words import STYLE, change_document, money, order_document
from clients.model import Change, Order, Status
from clients.tracking import State

# More bars than this do not fit a screen: then one bar and the count of each status.
MAX_BARS = 16
_LONGEST = max(map(len, Status))
_STEPS = {status: step for step, status in enumerate(Status, 1) if step <= 6}


class View(Protocol):
    """Where the commands show what happens."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def expect(self, count: int) -> None:
        """Say how many orders there are to be."""

    def submitted(self, number: int, order: Order) -> None:
        """Show that an entry of a file became an order."""

    def refused(self, number: int, reason: str) -> None:
        """Show that an entry of a file did not."""

    def change(self, change: Change, delay: float | None = None) -> None:
        """Show a change; ``delay`` is how many milliseconds after it this client received it."""

    def delays(self, via: str, delays: Delays) -> None:
        """Show how long the changes took to arrive by a way."""

    def state(self, state: State, why: str) -> None:
        """Show how current the follower is."""

    def silence(self, sentence: str) -> None:
        """Show that nothing has changed for long."""


class JsonView:
    """One JSON object a line on standard output."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def expect(self, count: int) -> None:
        """Say nothing: a script counts for itself."""

    def submitted(self, number: int, order: Order) -> None:
        """Write ``{"type": "order", "line": …, …}``."""
        write_json({**order_document(order), "line": number})

    def refused(self, number: int, reason: str) -> None:
        """Write ``{"type": "refused", "line": …, "reason": …}``."""
        write_json({"type": "refused", "line": number, "reason": reason})

    def change(self, change: Change, delay: float | None = None) -> None:
        """Write ``{"type": "change", …}``, with ``delayMs`` for what happened while the client followed."""
        write_json(change_document(change) | ({} if delay is None else {"delayMs": delay}))

    def delays(self, via: str, delays: Delays) -> None:
        """Write nothing: each change has its own."""

    def state(self, state: State, why: str) -> None:
        """Write ``{"type": "state", "state": …, "why": …}``."""
        write_json({"type": "state", "state": state, "why": why})

    def silence(self, sentence: str) -> None:
        """Write nothing: a script has its own patience."""


class LinesView(JsonView):
    """One line for each thing that happens: for a pipe, a log, or a single order."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def submitted(self, number: int, order: Order) -> None:
        """Print the order's id and total."""
        self._line(f"{order.id}  submitted (line {number}), {money(order.total, order.currency)}", "bold")

    def refused(self, number: int, reason: str) -> None:
        """Print the entry's number and the reason."""
        self._line(f"line {number}: {reason}", "red")

    def change(self, change: Change, delay: float | None = None) -> None:
        """Print the change."""
        self._console.print(change_line(change, delay), soft_wrap=True)

    def delays(self, via: str, delays: Delays) -> None:
        """Print the delays in short, so that ways can be compared."""
        if delays:
            self._line(f"{via}: {delays}", "bright_black")

    def state(self, state: State, why: str) -> None:
        """Print the state when it is worth a word."""
        if why or state is State.AWAY:
            self._line(f"{state}: {why}" if why else str(state), "yellow")

    def silence(self, sentence: str) -> None:
        """Print the sentence; above the bars where there are any."""
        self._line(sentence, "yellow")

    def _line(self, text: str, style: str) -> None:
        self._console.print(Text(text, style), soft_wrap=True)


class BarsView(LinesView):
    """A bar for each order, or one for all when they are many."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._now: dict[str, Status] = {}
        self._count = 0
        self._state = State.CONNECTING
        self._why = ""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._render)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def expect(self, count: int) -> None:
        """Make the one bar when there are too many orders for a bar each."""
        self._count = count
        if count > MAX_BARS:
            self._bars[""] = self._progress.add_task(f"{count} orders", total=count, status="")

    def submitted(self, number: int, order: Order) -> None:
        """Add the order's bar."""
        self._now.setdefault(order.id, order.status)
        self._move(order.id)

    def change(self, change: Change, delay: float | None = None) -> None:
        """Move the order's bar."""
        self._now[change.order_id] = change.status
        self._move(change.order_id)

    def state(self, state: State, why: str) -> None:
        """Show the state beside the bars."""
        self._state, self._why = state, why

    def _move(self, order_id: str) -> None:
        if self._count > MAX_BARS:
            done = sum(status.final for status in self._now.values())
            self._progress.update(self._bars[""], completed=done)
            return
        status = self._now[order_id]
        if order_id not in self._bars:
            self._bars[order_id] = self._progress.add_task(order_id, total=len(_STEPS), status="")
        step = len(_STEPS) if status.final else _STEPS[status]
        self._progress.update(self._bars[order_id], completed=step, status=f"[{STYLE[status]}]{status}[/]")
        if status.final:
            self._progress.stop_task(self._bars[order_id])

    def _render(self) -> Table:
        grid = Table.grid()
        grid.add_row(self._progress)
        counts = Counter(self._now.values())
        words = Text("  ").join(Text(f"{n} {status}", STYLE[status]) for status, n in sorted(counts.items()))
        grid.add_row(Text.assemble(f"{self._state}  ", words, f"  {self._why}"))
        return grid


def change_line(change: Change, delay: float | None = None) -> Text:
    """Return a change as one line of text, with the milliseconds until it arrived where they are known."""
    status = str(change.status) if delay is None else f"{change.status:<{_LONGEST}}"
    return Text.assemble(
        f"{change.order_id}  {change.at:%H:%M:%S}  {change.version:>2}  ",
        (status, STYLE[change.status]),
        "" if delay is None else (f"  {delay:>7,.0f} ms", "bright_black"),
        f"  {change.reason}" if change.reason else "",
    )


def write_json(document: dict[str, object]) -> None:
    """Write one line at once: the reader of the pipe wants it now."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()
