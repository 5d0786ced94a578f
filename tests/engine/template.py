"""Forks engines from a process that has imported what they import: that is most of a start.

The template is `tests.engine.forking`. A request is a packet with an engine's variables and descriptors: its
standard input, its output, a pipe that gets its exit code, and its listener. A process that is forked from
the one that has started it sends a channel of its own first.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
# A packet that comes with a channel is no engine's variables.
CHANNEL = b"channel"


class Engine:
    """A forked engine, with what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, stdin: IO[bytes] | None, ended: int) -> None:
        self.pid = pid
        self.stdin = stdin
        self.returncode: int | None = None
        self.ended = ended

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            if not select.select([self.ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(["engine"], timeout or 0.0)
            self.returncode = int(os.read(self.ended, 16))
            os.close(self.ended)
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, None as long as it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Template:
    """The tests' side of the template.

    Parameters
    ----------
    above
        Of the process that this one is forked from: the template is the same.
    """

    def __init__(self, above: Template | None = None) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            if above is not None:
                # Nothing is read from it here: the answer might be another process's.
                socket.send_fds(above._channel, [CHANNEL], [theirs.fileno()])
                return
            process = subprocess.Popen(
                [str(ROOT / ".venv-engine/bin/python"), "-m", "tests.engine.forking", str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"]},
                start_new_session=True,
                pass_fds=(theirs.fileno(),),
            )
        atexit.register(self._end, process)

    def fork(
        self,
        environment: Mapping[str, str],
        output: int,
        listener: int | None = None,
        *,
        stdin: int | None = None,
        words: Sequence[str] = (),
    ) -> Engine:
        """Start an engine; without a listener it binds the port of its settings.

        Parameters
        ----------
        stdin
            Its standard input; None makes a pipe that the engine's object holds.
        words
            Its command line.
        """
        ended, ending = os.pipe()
        pipe = None
        try:
            if stdin is None:
                theirs, ours = os.pipe()
                pipe = os.fdopen(ours, "wb")
            else:
                theirs = os.dup(stdin)
            descriptors = [theirs, output, ending, *([] if listener is None else [listener])]
            try:
                request = json.dumps([*words, environment]).encode()
                socket.send_fds(self._channel, [request], descriptors)
            finally:
                os.close(theirs)
        finally:
            os.close(ending)
        return Engine(int(self._channel.recv(99)), pipe, ended)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Close its channel: it ends with the last."""
        self._channel.close()
        process.wait(60)


_templates: dict[int, Template] = {}


def template() -> Template:
    """Return the template for this process: started once for it and those that are forked from it."""
    own = os.getpid()
    if own not in _templates:
        _templates[own] = Template(next(iter(_templates.values()), None))
    return _templates[own]
