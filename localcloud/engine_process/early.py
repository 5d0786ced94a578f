"""The engine's process, started before the local cloud has imported itself: both import at the same time.

It gets its settings later, by its standard input, which is a socket: one message with the variables and the
socket that it is to serve on. Standard library only, and little of it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress

from localcloud.engine_process.environment import PROJECT, EngineError, engine_command, is_checkout
from localcloud.importing import VARIABLE as IMPORTS
from localcloud.importing import imports_folder

EARLY = "--early"


def inherited() -> dict[str, str]:
    """Return the variables that the engine has of ours."""
    # The last two say whose certificates SNS trusts at endpoints over HTTPS.
    names = {"PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    keep = {name: value for name, value in os.environ.items() if name in names}
    path = {"PYTHONPATH": str(PROJECT)} if is_checkout() else {}
    return {**keep, **path, IMPORTS: str(imports_folder()), "PYTHONUNBUFFERED": "1"}


class EarlyEngine:
    """An engine that waits for its settings.

    Raises
    ------
    EngineError
        Its environment is missing.
    OSError
        It cannot be started.
    """

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*engine_command(), EARLY],
                env=inherited(),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def settle(self, variables: Mapping[str, str], listener: socket.socket) -> socket.socket:
        """Hand its settings over, and the socket to serve on; return our end of its standard input."""
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended: its output says why
            self.send(self._ours, variables, listener)
        return self._ours

    @staticmethod
    def send(standard_input: socket.socket, variables: Mapping[str, str], listener: socket.socket) -> None:
        """Write what the engine reads."""
        message = json.dumps(dict(variables)).encode() + b"\n"
        socket.send_fds(standard_input, [message[:1]], [listener.fileno()])
        standard_input.sendall(message[1:])

    def discard(self) -> None:
        """End it: it is not needed."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._ours.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


def early_engine() -> EarlyEngine | None:
    """Start an engine ahead of time; None where there is none to start yet: the start itself says why."""
    try:
        return EarlyEngine()
    except (EngineError, OSError):
        return None
