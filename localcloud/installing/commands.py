"""Commands that a set-up runs: their lines as they come, their last ones when they fail, none left behind.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

TAIL = 15


class CommandFailed(Exception):
    """A command ended with another code than 0; the message is what it printed last."""


class Commands:
    """Runs commands, in several threads when need be, and ends the running ones on request."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self, command: Sequence[str], *, cwd: Path, on_line: Callable[[str], None] = lambda line: None
    ) -> None:
        """Run a command to its end; each line that it prints goes to ``on_line``.

        Raises
        ------
        CommandFailed
        """
        with self._lock:
            if self._stopped:
                raise CommandFailed("stopped")
            # Its group is its own: Ctrl-C reaches us, and we end it.
            process = subprocess.Popen(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        tail: deque[str] = deque(maxlen=TAIL)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                tail.append(line.rstrip())
                on_line(line)
            code = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)
            if process.stdout is not None:
                process.stdout.close()
        if code != 0:
            raise CommandFailed("\n".join(tail).strip() or f"exit code {code}")

    def stop(self) -> None:
        """End every command that runs, and let no other begin."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
