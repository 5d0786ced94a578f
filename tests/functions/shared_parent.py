"""A prepared parent that is started once: the services of many tests fork from it, one after the other."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Callable

from localcloud.functions.blueprint import inherited, parent_command
from localcloud.functions.fork_server.messages import PACKET_BYTES, Prepared, decode
from localcloud.functions.logs import LogPipe
from localcloud.functions.prepared.forked import ForkedProcess
from localcloud.functions.prepared.parent import PreparedParent


class SharedParent:
    """The process, which has loaded everything, and the socket that it serves."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._printed = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed at its end
        with theirs:
            self._process = subprocess.Popen(
                parent_command(theirs.fileno()),
                cwd="/",
                env={**inherited(), "TZ": ":UTC"},
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=self._printed,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert isinstance(decode(self._channel.recv(PACKET_BYTES)), Prepared)

    async def joined(self, warn: Callable[[str], None]) -> PreparedParent:
        """Return what forks from it, and leaves it running when it is stopped: `PreparedParent.start`."""
        channel = self._channel.dup()
        channel.setblocking(False)
        process = ForkedProcess(self._process.pid)
        process.exited.set_result(0)  # it is not waited for
        parent = PreparedParent(channel, process, LogPipe(warn), warn)
        parent.prepared.set()
        return parent

    def printed(self) -> str:
        """Return what it has written: tracebacks and warnings, if anything."""
        self._printed.seek(0)
        return self._printed.read()

    def end(self) -> None:
        """Close its socket, at which it ends."""
        self._channel.close()
        self._process.wait(60)
        self._printed.close()
