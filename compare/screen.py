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
        self._task = TaskID(0)
        self._title = ""
        self._orders = self._done = 0
        self._began = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, title: str, orders: int) -> None:
        """Show a bar for a run."""
        self._title, self._orders, self._done, self._began = title, orders, 0, time.monotonic()
        self._task = self._progress.add_task(f"{title:<28}", total=orders)

    def advance(self) -> None:
        """Move the bar by one order."""
        self._done += 1
        self._progress.advance(self._task)

    def end(self) -> None:
        """Stop the bar's clock; say how long it took where there is none."""
        self._progress.stop_task(self._task)
        if not self._console.is_terminal:
            seconds = time.monotonic() - self._began
            line = f"{self._title}: {self._done} of {self._orders} orders, {seconds:.0f} s"
            self._console.print(Text(line), soft_wrap=True)
