"""Children that never outlive their parent, and that are ended politely first."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from socket import socket
from subprocess import Popen

from localcloud.processes.adopted import AdoptedProcess

GRACE_SECONDS = 8.0
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Exit:
    """How a child ended: its exit code, negative for a signal, and the last lines it wrote."""

    name: str
    code: int
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        """Say it as a person would."""
        how = f"was ended by signal {-self.code}" if self.code < 0 else f"exited with code {self.code}"
        output = "".join(f"\n    {line}" for line in self.last_lines)
        return f"the {self.name} {how}{':' + output if output else ''}"


class Child:
    """A process in a session of its own, so that a terminal's Ctrl-C reaches its parent alone.

    Its standard input is a pipe that the parent holds: when the parent dies, however suddenly,
    the pipe closes, and a child that reads it knows.
    """

    def __init__(self, name: str, process: Process | AdoptedProcess, on_line: Callable[[str], None]) -> None:
        self.name = name
        self._process = process
        self._on_line = on_line
        self._last_lines: list[str] = []
        self._standard_input: socket | None = None  # an asyncio process holds its own
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        inherits: Sequence[int] = (),
    ) -> Child:
        """Start ``command``; each line that it prints goes to ``on_line``.

        It has the open files ``inherits`` as well, under the same numbers.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
            pass_fds=tuple(inherits),
            limit=_LONGEST_LINE,
        )
        return cls(name, process, on_line)

    @classmethod
    async def adopt(
        cls, name: str, process: Popen[bytes], on_line: Callable[[str], None], standard_input: socket
    ) -> Child:
        """Take over a process in a session of its own, and our end of the socket that it reads."""
        child = cls(name, await AdoptedProcess.of(process, limit=_LONGEST_LINE), on_line)
        child._standard_input = standard_input
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                raw = await self._process.stdout.readline()
            except ValueError:  # a line beyond the limit: the reader has dropped it
                continue
            if not raw:
                return
            line = raw.decode(errors="replace").rstrip()
            self._last_lines = [*self._last_lines[-14:], line]
            self._on_line(line)

    async def wait(self) -> Exit:
        """Wait until the child has ended and its output is read."""
        code = await self._process.wait()
        await self._reader
        if self._standard_input is not None:
            self._standard_input.close()
        return Exit(self.name, code, tuple(self._last_lines))

    def kill(self) -> None:
        """End the child's whole group at once: it saves nothing."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Ask the child to end; when it does not within the grace, end its whole group."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), grace_seconds)
            except TimeoutError:
                self.kill()
        await self.wait()


async def run_attached(
    command: Sequence[str], environment: Mapping[str, str], until: Callable[[], Awaitable[object]]
) -> int | None:
    """Run ``command`` on our own terminal; end it, and return None, when ``until`` comes first.

    Its code is as a shell gives it: 128 and the number of the signal that ended it.
    """
    process = await asyncio.create_subprocess_exec(*command, env=dict(environment), stdin=DEVNULL)
    finished = asyncio.ensure_future(process.wait())
    interrupted = asyncio.ensure_future(until())
    await asyncio.wait({finished, interrupted}, return_when=asyncio.FIRST_COMPLETED)
    interrupted.cancel()
    if finished.done():
        code = finished.result()
        return code if code >= 0 else 128 - code
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(finished), GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await finished
    return None
