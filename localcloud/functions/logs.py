"""What a function prints: a pipe read line by line, and the lines that AWS adds around an invocation."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

LOG_TAIL_BYTES = 4096
# The largest event of CloudWatch Logs: a longer line becomes several.
LONGEST_LINE = 256 * 1024
PIPE_BYTES = 64 * 1024


class LogPipe:
    """The reading end of a process's standard output and error.

    `drain` reads whatever is there at once. Whatever a function printed before it answered is
    already in the pipe when its answer arrives, so draining then puts every line with its invocation.
    """

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line
        self._rest = b""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        asyncio.get_running_loop().add_reader(self._reader, self.drain)

    @property
    def writer(self) -> int:
        """The descriptor that the process writes to."""
        return self._writer

    def close_writer(self) -> None:
        """Give the writing end up once the process has it."""
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    def drain(self) -> None:
        """Pass on every whole line that is in the pipe."""
        while self._reader >= 0:
            try:
                data = os.read(self._reader, PIPE_BYTES)
            except BlockingIOError:
                return
            if not data:
                self.close()
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._pass_on(line)
            if len(self._rest) >= LONGEST_LINE:
                self._pass_rest_on()
            if len(data) < PIPE_BYTES:
                return  # there was no more: mostly this saves the look that finds nothing

    def end_line(self) -> None:
        """Pass on what is in the pipe, and a line without its end: the next one is another invocation's."""
        self.drain()
        self._pass_rest_on()

    def close(self) -> None:
        """Stop reading, and pass on a last line without its end."""
        self.close_writer()
        if self._reader >= 0:
            asyncio.get_running_loop().remove_reader(self._reader)
            os.close(self._reader)
            self._reader = -1
        self._pass_rest_on()

    def _pass_rest_on(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._pass_on(rest)

    def _pass_on(self, line: bytes) -> None:
        # The runtime client joins the lines of one log event (a traceback) by carriage returns.
        self._line(line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n"))


class LogTail:
    """The last 4 KB of one invocation's log."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._size = 0

    def add(self, line: str) -> None:
        """Append a line, and let the oldest ones go that no longer count."""
        self._lines.append(line)
        self._size += len(line) + 1
        while len(self._lines) > 1 and self._size - len(self._lines[0]) > LOG_TAIL_BYTES:
            self._size -= len(self._lines.popleft()) + 1

    def text(self) -> str:
        """Return the log, cut at 4 KB of UTF-8."""
        whole = "\n".join([*self._lines, ""])
        if whole.isascii():
            return whole[-LOG_TAIL_BYTES:]
        return whole.encode()[-LOG_TAIL_BYTES:].decode("utf-8", "ignore")


def timed_line(request_id: str, message: str) -> str:
    """Return a line of the service's own, with the time before it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{now} {request_id} {message}"


def report_line(
    request_id: str,
    *,
    duration: float,
    memory: int,
    used: int | None,
    init: float | None,
    status: str = "",
) -> str:
    """Return the REPORT line of an invocation.

    Parameters
    ----------
    request_id : str
        The invocation's id.
    duration, init : float
        Milliseconds; ``init`` is None for a warm environment. AWS bills both, rounded up.
    memory, used : int
        Megabytes: configured, and the process's greatest so far (None where it cannot be read).
    status : str
        As AWS appends it: ``"timeout"``, or ``"error"`` with the error's type.
    """
    billed = -(-(duration + (init or 0.0)) // 1)
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {billed:.0f} ms",
        f"Memory Size: {memory} MB",
    ]
    if used is not None:
        parts.append(f"Max Memory Used: {used} MB")
    if init is not None:
        parts.append(f"Init Duration: {init:.2f} ms")
    if status:
        parts.append(f"Status: {status}")
    return "\t".join(parts)
