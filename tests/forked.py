"""Our commands as processes, forked from one that has imported them: importing is most of a start.

Each is what ``python -m MODULE`` would be, with its own arguments, environment, folder and files, on the
processors of the thread that starts it. Only tests of how a process starts, or of what holds between it and
its parent, need a real one.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

from tests.ahead import Ahead, adopt

ROOT = Path(__file__).resolve().parent.parent

CONTEXT = multiprocessing.get_context("forkserver")
# What the commands import before they do anything: not what they only import when they need it.
CONTEXT.set_forkserver_preload(
    ["localcloud.command_line.serving", "clients.cli.main", "demo.run", "demo.shop"]
)


def start() -> None:
    """Start what commands are forked from: for this process, and for those that are forked from it."""
    forkserver.ensure_running()
    # It asks after a child of its own, which a forked process does not have.
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[method-assign]


class Forked:
    """A process, with what tests use of `subprocess.Popen`.

    Parameters
    ----------
    module
        A package with a ``__main__``.
    out, err
        Files for what it prints; without ``err`` all goes to ``out``.
    engine
        Of a local cloud: the one that it is to take instead of starting its own.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        out: Path,
        err: Path | None = None,
        stdin: Path | None = None,
        environment: Mapping[str, str] | None = None,
        engine: Ahead | None = None,
    ) -> None:
        streams = (str(stdin or os.devnull), str(out), str(err) if err else None)
        self._process = CONTEXT.Process(
            target=_run,
            args=(
                *(module, list(arguments), str(folder), dict(environment or os.environ), streams),
                os.sched_getaffinity(0) if sys.platform == "linux" else None,
                engine,
            ),
        )
        self._process.start()
        if engine is not None:
            engine.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, once it has ended."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, None as long as it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises ``subprocess.TimeoutExpired``."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired([self._process.name], timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run(
    module: str,
    *arguments: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    stdin: Path | None = None,
) -> Ended:
    """Run ``python -m module`` to its end."""
    with tempfile.TemporaryDirectory() as name:
        out, err = Path(name, "out"), Path(name, "err")
        forked = Forked(
            module, arguments, folder=folder, out=out, err=err, stdin=stdin, environment=environment
        )
        try:
            returncode = forked.wait()
        finally:  # the test's time is up
            forked.kill()
        return Ended(returncode, out.read_text("utf-8"), err.read_text("utf-8"))


def _run(
    module: str,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    streams: tuple[str, str, str | None],
    processors: set[int] | None,
    engine: Ahead | None,
) -> None:
    """Become ``python -m module``."""
    if processors is not None:
        os.sched_setaffinity(0, processors)
    stdin, out, err = streams
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    os.dup2(os.open(out, written), 1)
    os.dup2(os.open(err, written) if err else 1, 2)
    # `multiprocessing` gives its processes no input of their own.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    # The inherited one remembers what kind of file it was: a pipe has no position.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [module, *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if engine is not None:
        adopt(engine)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
