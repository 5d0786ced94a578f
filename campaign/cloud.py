"""The local cloud under the campaign: started, stopped, killed and started again, on the same data."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from clients import BadSettings
from demo.ready import Ready, read_ready

ROOT = Path(__file__).resolve().parent.parent
# Behind its first port a local cloud uses some thirty more.
PORTS = 40
START_SECONDS = 300.0
STOP_SECONDS = 60.0


class CloudError(Exception):
    """The local cloud does not start; the message says why."""


def free_port(first: int = 21_000) -> int:
    """Return a port from ``first`` on with room above it for all parts of a local cloud."""
    for port in range(first, first + 20_000, PORTS):
        if all(_free(number) for number in range(port, port + PORTS)):
            return port
    raise CloudError("no free ports for a local cloud")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Process:
    """A row of the process table."""

    pid: int
    parent: int
    name: str


def processes_below(pid: int) -> list[Process]:
    """Return all processes below ``pid``, as they are now."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,comm="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    every = [Process(int(row[0]), int(row[1]), row[2].strip()) for row in rows if len(row) == 3]
    below: list[Process] = []
    parents = {pid}
    while fresh := [process for process in every if process.parent in parents and process not in below]:
        below += fresh
        parents = {process.pid for process in fresh}
    return below


@dataclass
class LocalCloud:
    """``python -m localcloud`` with Orderwire and its companion, in a folder of its own.

    Attributes
    ----------
    folder
        Data, log, ready file and the companion's project are kept here.
    starts
        Seconds that each start took.
    """

    folder: Path
    port: int
    parameters: tuple[str, ...] = (
        *("PaceSeconds=1", "PaymentTimeoutSeconds=1", "AllowPrivateWebhooks=true", "ApprovalLimit=100000"),
        *("Analytics=true", "AnalyticsWindowSeconds=2", "AnalyticsBufferSeconds=5"),
    )
    companion: bool = True
    starts: list[float] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def ready_file(self) -> Path:
        """What the local cloud writes when it is ready."""
        return self.folder / "ready.json"

    def ready(self) -> Ready:
        """Return where everything is. Raises ``clients.BadSettings``."""
        return read_ready(self.ready_file)

    async def start(self, faults: Path | None = None) -> None:
        """Start it, and return when everything answers.

        Parameters
        ----------
        faults
            A file of calls that fail from the first one on, so that what is resumed meets them too.

        Raises
        ------
        CloudError
        """
        start = time.monotonic()
        self.ready_file.unlink(missing_ok=True)
        with (self.folder / "printed.txt").open("ab") as out:
            # A group of its own: Ctrl-C is for the campaign, which then stops the cloud.
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a millisecond, and it outlives this call
                self._command(faults), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() - start > START_SECONDS:
                printed = (self.folder / "printed.txt").read_text("utf-8", "replace")[-2000:]
                raise CloudError(f"the local cloud did not start:\n{printed}")
            await asyncio.sleep(0.05)
        self.starts.append(time.monotonic() - start)

    def _is_ready(self) -> bool:
        try:
            self.ready()
        except BadSettings:
            return False
        return True

    def _command(self, faults: Path | None) -> list[str]:
        command = [sys.executable, "-m", "localcloud", "appsync/template.yaml", "--stack-name", "orderwire"]
        command += ["--port", str(self.port), "--data", str(self.folder / "data"), "--no-reload"]
        command += ["--ready-file", str(self.ready_file), "--log-file", str(self.folder / "log.txt")]
        command += ["--faults", str(faults)] if faults is not None else []
        for parameter in self.parameters:
            command += ["--parameter", parameter]
        if self.companion:
            words = [sys.executable, "tools/companion.py", "deploy", "--stage", "local"]
            words += ["--stack", "orderwire", "--project-dir", str(self.folder / "companion")]
            command += ["--also", shlex.join(words)]
        return command

    async def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill every process of it at once, as a machine that loses its power does."""
        if self._process is None or self._process.poll() is not None:
            return
        below = processes_below(self._process.pid)
        for pid in (self._process.pid, *(process.pid for process in below)):
            _kill(pid)
        self._process.wait()

    def kill_function(self, module: str) -> int:
        """Kill the environments of the function whose handler's module is ``module``; return how many."""
        if self._process is None:
            return 0
        # A forked environment is called after that, in the kernel's 15 characters.
        names = [process for process in processes_below(self._process.pid) if process.name == module[:15]]
        for process in names:
            _kill(process.pid)
        return len(names)

    def set_faults(self, document: object | None) -> None:
        """Have calls fail as a document of ``--faults`` says; None ends that."""
        method = "DELETE" if document is None else "PUT"
        body = None if document is None else json.dumps(document).encode()
        url = f"http://127.0.0.1:{self.port}/_localcloud/faults"
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=60):
            pass

    def hits(self) -> int:
        """Return how many calls have been struck since the faults were set."""
        url = f"http://127.0.0.1:{self.port}/_localcloud/faults"
        with urllib.request.urlopen(url, timeout=60) as answer:
            document = json.load(answer)
        return sum(int(fault["hits"]) for fault in document["faults"])


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
