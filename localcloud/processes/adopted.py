"""A process that was started before there was an event loop, as asyncio shows its own."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from contextlib import suppress


class _Output(asyncio.StreamReaderProtocol):
    """Closes its pipe at the end of the output: uvloop would keep it, and could not close its loop."""

    def eof_received(self) -> bool:
        super().eof_received()
        return False


class AdoptedProcess:
    """A process with its output as a stream.

    Parameters
    ----------
    process
        Started with a pipe as its standard output.
    output
        That pipe, read by the loop.
    """

    def __init__(self, process: subprocess.Popen[bytes], output: asyncio.StreamReader) -> None:
        self.stdout = output
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        threading.Thread(target=self._watch, daemon=True, name=f"process {process.pid}").start()

    @classmethod
    async def of(cls, process: subprocess.Popen[bytes], *, limit: int) -> AdoptedProcess:
        """Adopt a process; a line of its output has at most ``limit`` bytes."""
        output = asyncio.StreamReader(limit)
        await asyncio.get_running_loop().connect_read_pipe(lambda: _Output(output), process.stdout)
        return cls(process, output)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Wait until it has ended; return its code."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def _watch(self) -> None:
        code = self._process.wait()
        with suppress(RuntimeError):  # the loop has ended before it
            self._loop.call_soon_threadsafe(self._end, code)

    def _end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)
