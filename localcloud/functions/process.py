"""The operating system's side of an environment: a process in a group of its own, and its output."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.launching import Launch, Process
from localcloud.functions.logs import LogPipe
from localcloud.processes.proc_file import ProcFile
from localcloud.processes.stopwatch import ProcessTimes, parse_times


class RuntimeProcess:
    """One process of the runtime client."""

    def __init__(self, line: Callable[[str], None], launch: Launch) -> None:
        self._output = LogPipe(line)
        self._launch = launch
        self._process: Process | None = None
        # What the kernel says of it is read for each invocation.
        self._status: ProcFile | None = None
        self._schedstat: ProcFile | None = None

    async def spawn(self, blueprint: Blueprint, runtime_api: str) -> None:
        """Start it."""
        self._process = await self._launch(blueprint, runtime_api, self._output.writer)
        self._output.close_writer()
        self._status = ProcFile(self._process.pid, "status")
        self._schedstat = ProcFile(self._process.pid, "schedstat")

    @property
    def pid(self) -> int:
        """The process's id. It has been started."""
        assert self._process is not None
        return self._process.pid

    def has_ended(self) -> bool:
        """Say whether the system has it no more: `wait` returns a moment later."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    async def wait(self) -> int:
        """Wait for its end, and return its exit code: negative for a signal."""
        assert self._process is not None
        return await self._process.wait()

    def drain(self) -> None:
        """Pass on every line that it has written so far."""
        self._output.drain()

    def end_line(self) -> None:
        """Pass on all that it has written so far, the last line whether it has an end or not."""
        self._output.end_line()

    def kill(self) -> None:
        """Kill it, and whatever it started itself."""
        if self._process is not None:
            # Gone already; macOS answers EPERM for a process that only waits to be collected.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left of its group, and stop reading."""
        self.kill()
        self._output.close()
        for file in (self._status, self._schedstat):
            if file is not None:
                file.close()

    def times(self) -> ProcessTimes | None:
        """Return its times so far; None when it is gone or the system does not report them."""
        return None if self._schedstat is None else parse_times(self._schedstat.read())

    def peak_memory(self) -> int | None:
        """Return its greatest resident size in MB, where the system reports it (Linux)."""
        status = None if self._status is None else self._status.read()
        _, marker, rest = (status or b"").partition(b"VmHWM:")
        return -(-int(rest.split()[0]) // 1024) if marker else None
