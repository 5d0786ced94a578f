"""The prepared parent's loop: it prepares itself step by step, and forks whenever it is asked to.

It has one thread, and opens nothing but its channel to the local cloud. A question comes before
the next step, so an early one is not held up; its fork then finds less prepared, and imports the
rest itself, as a fresh interpreter does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import traceback
from collections.abc import Iterator

from localcloud.functions.fork_server.messages import (
    PACKET_BYTES,
    Exited,
    Failed,
    Fork,
    Forked,
    Message,
    Prepared,
    decode,
    encode,
)

DESCRIPTORS = 3  # the output's, the working directory's, and a template's own channel
TEMPLATE = 3  # where a template finds that


class Server:
    """Forks on request, and says how each fork ended.

    Parameters
    ----------
    channel : socket
        To the local cloud; once that end is closed, this process ends as well.
    steps : iterator
        Each step prepares some more.
    """

    def __init__(self, channel: socket.socket, steps: Iterator[None]) -> None:
        self._channel = channel
        self._steps: Iterator[None] | None = steps
        self._children: dict[int, tuple[int, int]] = {}  # by pidfd: the process, and the question's number
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def serve(self) -> Fork:
        """Serve; in each fork, return what it was asked for."""
        while True:
            for descriptor, _ in self._poll.poll(None if self._steps is None else 0) or [(-1, 0)]:
                if descriptor == -1:
                    self._prepare()
                elif descriptor in self._children:
                    self._collect(descriptor)
                else:
                    request = self._answer()
                    if request is not None:
                        return request

    def _prepare(self) -> None:
        assert self._steps is not None
        try:
            if next(self._steps, self) is self:
                self._steps = None
        except Exception:  # whatever it is, functions can do without
            traceback.print_exc()
            self._steps = None
        # What lies still is never looked at by a fork's garbage collector, and so stays shared.
        gc.collect()
        gc.freeze()
        if self._steps is None:
            trim()
            self._say(Prepared())

    def _answer(self) -> Fork | None:
        packet, descriptors, _, _ = socket.recv_fds(self._channel, PACKET_BYTES, DESCRIPTORS)
        if not packet:
            os._exit(0)
        request = decode(packet)
        assert isinstance(request, Fork)
        try:
            pid = os.fork()
        except OSError as error:
            self._say(Failed(request.number, error.errno or 0, os.strerror(error.errno or 0)))
        else:
            if pid == 0:
                self._take_leave(request, *descriptors)
                return request
            descriptor = os.pidfd_open(pid)
            self._children[descriptor] = (pid, request.number)
            self._poll.register(descriptor, select.POLLIN)
        for descriptor in descriptors:
            os.close(descriptor)
        return None

    def _take_leave(self, request: Fork, output: int, folder: int, *channel: int) -> None:
        """Keep nothing of the parent's but its memory. This runs in the fork.

        It announces itself: the parent must not learn of it before it has a group to be killed
        by, nor later than of its first request.
        """
        os.setsid()
        self._say(Forked(request.number, os.getpid()))
        os.fchdir(folder)
        os.dup2(output, 1)
        os.dup2(output, 2)
        # Closed by its own object: left to the garbage collector, it would close a file of the function's.
        self._channel.close()
        duplicates = [os.dup2(descriptor, TEMPLATE) for descriptor in channel]
        os.closerange(TEMPLATE + len(duplicates), max(map(int, os.listdir("/proc/self/fd"))) + 1)  # noqa: PTH208 - nothing to import

    def _collect(self, descriptor: int) -> None:
        pid, number = self._children.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        # What it started and left behind: the process's number is its group's until it is collected.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._say(Exited(number, os.waitstatus_to_exitcode(status)))

    def _say(self, message: Message) -> None:
        try:
            self._channel.send(encode(message))
        except OSError:  # the local cloud has gone
            os._exit(0)


def trim() -> None:
    """Give back the memory that preparing took and nothing needs (glibc)."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
