"""The operating system's side of an environment: a process in a group of its own, and its output."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.launching import Launch, Process
from localcloud.functions.logs import LogPipe


class RuntimeProcess:
    """One process of the runtime client."""

    def __init__(self, line: Callable[[str], None], launch: Launch) -> None:
        self._output = LogPipe(line)
        self._launch = launch
        self._process: Process | None = None
        self._status = -1  # its status file: it is read after each invocation

    async def spawn(self, blueprint: Blueprint, runtime_api: str) -> None:
        """Start it."""
        self._process = await self._launch(blueprint, runtime_api, self._output.writer)
        self._output.close_writer()

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
        if self._status >= 0:
            os.close(self._status)
            self._status = -1

    def peak_memory(self) -> int | None:
        """Return its greatest resident size in MB, where the system reports it (Linux)."""
        if self._process is None:
            return None
        try:
            if self._status < 0:
                self._status = os.open(f"/proc/{self._process.pid}/status", os.O_RDONLY)
            status = os.pread(self._status, 4096, 0)
        except OSError:  # another system, or it has ended
            return None
        _, marker, rest = status.partition(b"VmHWM:")
        return -(-int(rest.split()[0]) // 1024) if marker else None
