"""What a person sees while the comparison runs: a bar for each run, or a line where there is no terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


class Screen:
    """Bars on a terminal; else a line at the end of each run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bars: dict[str, TaskID] = {}
        self._title = ""
        self._started = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, title: str, orders: int) -> None:
        """Show a run's bar, or go on with it."""
        self._title, self._started = title, time.monotonic()
        if title not in self._bars:
            self._bars[title] = self._progress.add_task(f"{title:<28}", total=orders)

    def advance(self) -> None:
        """Move the bar by one order."""
        self._progress.advance(self._bars[self._title])

    def end(self) -> None:
        """Say how far it is, where there is no bar that does."""
        if not self._console.is_terminal:
            task = self._progress.tasks[self._bars[self._title]]
            seconds = time.monotonic() - self._started
            line = f"{self._title}: {task.completed:.0f} of {task.total:.0f} orders, {seconds:.0f} s"
            self._console.print(Text(line), soft_wrap=True)
