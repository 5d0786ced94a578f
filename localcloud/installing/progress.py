"""A set-up's progress: one line that is rewritten on a terminal, a line now and then elsewhere.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY_SECONDS = 10.0  # where lines stay
TERMINAL_SECONDS = 0.2
_CLEAR = "\r\x1b[K"


class TaskProgress:
    """Shows tasks that run side by side, from its entry to its exit.

    Parameters
    ----------
    name
        Whose progress it is: each line begins with it.
    stream
        Where to write; standard error by default.
    every
        Seconds between two lines where the stream is no terminal.

    Examples
    --------
    ::

        with TaskProgress("setup") as progress, progress.task(".venv", lambda: f"{done} of 54 packages"):
            ...
            progress.say(".venv is ready")
    """

    def __init__(
        self,
        name: str,
        *,
        stream: TextIO | None = None,
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._every = TERMINAL_SECONDS if self._terminal else every
        self._clock = clock
        self._started = clock()
        self._tasks: dict[str, Callable[[], str]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        # A daemon: whatever ends this process need not wait for it.
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> TaskProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with self._lock:
            if self._terminal:
                self._write(_CLEAR)

    @contextmanager
    def task(self, name: str, state: Callable[[], str]) -> Iterator[None]:
        """Show a task until the block ends; ``state`` says how far it is, each time that it is asked."""
        with self._lock:
            self._tasks[name] = state
        try:
            yield
        finally:
            with self._lock:
                del self._tasks[name]

    def say(self, text: str) -> None:
        """Write a line that stays."""
        with self._lock:
            self._write(f"{_CLEAR if self._terminal else ''}{self._name}: {text}\n")

    def show(self) -> None:
        """Write how far the tasks are now."""
        with self._lock:
            if not self._tasks:
                return
            states = " · ".join(f"{name}: {state()}" for name, state in sorted(self._tasks.items()))
            seconds = int(self._clock() - self._started)
            line = f"{self._name}: {seconds // 60}:{seconds % 60:02} {states}"
            if self._terminal:
                # One that is broken in two could not be taken back.
                self._write(_CLEAR + line[: shutil.get_terminal_size().columns - 1])
            else:
                self._write(f"{line}\n")

    def _tick(self) -> None:
        while not self._over.wait(self._every):
            self.show()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
