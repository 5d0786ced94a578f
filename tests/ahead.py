"""The engine of a local cloud that is forked: forked as well, from the template of the tests' engines."""

from __future__ import annotations

import os
import signal
import socket
from multiprocessing.connection import Connection
from typing import NamedTuple

from localcloud.engine_process import early
from tests.engine.template import Engine, template


class Ahead(NamedTuple):
    """An engine that waits for its settings, and what another process has of it."""

    pid: int
    settings: socket.socket
    output: Connection
    ended: Connection

    def close(self) -> None:
        """Leave it to the other process."""
        for each in self[1:]:
            each.close()


class AdoptedEngine(Engine):
    """That engine in the process of its local cloud, with what `EarlyEngine` uses of `subprocess.Popen`."""

    def __init__(self, pid: int, output: Connection, ended: Connection) -> None:
        super().__init__(pid, None, os.dup(ended.fileno()))
        self.stdout = os.fdopen(os.dup(output.fileno()), "rb", buffering=0)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def start_ahead() -> Ahead:
    """Start an engine as a local cloud does it before it imports its own modules."""
    settings, theirs = socket.socketpair()
    output, written = os.pipe()
    with theirs:
        try:
            engine = template().fork(early.inherited(), written, stdin=theirs.fileno(), words=[early.EARLY])
        finally:
            os.close(written)
    return Ahead(engine.pid, settings, Connection(output), Connection(engine.ended))


def adopt(ahead: Ahead) -> None:
    """Have this process take that engine instead of starting one."""

    def take(self: early.EarlyEngine) -> None:
        self._ours = socket.socket(fileno=ahead.settings.detach())
        self.process = AdoptedEngine(ahead.pid, ahead.output, ahead.ended)  # type: ignore[assignment]

    early.EarlyEngine.__init__ = take  # type: ignore[method-assign]
