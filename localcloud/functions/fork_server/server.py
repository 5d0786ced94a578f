"""The prepared parent's loop: it prepares itself step by step, and forks whenever it is asked to.

It has one thread, and opens nothing but its channel to the local cloud. A question comes before
the next step, so an early one is not held up; its fork then finds less prepared, and imports the
rest itself, as a fresh interpreter does.

**Whatever this loop writes to between two forks, the first of them has to itself from then on**: the
kernel shares pages, and a page is written to when an object on it is only looked at. So the parent reads
nothing of a request but its head; the fork does the rest.
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

# By their own names: to look into `os` for one is to write to more pages.
from os import closerange, dup2, fchdir, fork, getpid, setsid

from localcloud.functions.fork_server.holes import fill
from localcloud.functions.fork_server.hooks import ForkHooks
from localcloud.functions.fork_server.messages import (
    HEAD_BYTES,
    PACKET_BYTES,
    Exited,
    Failed,
    Fork,
    Forked,
    Message,
    Prepared,
    decode,
    encode,
    number_of,
)

DESCRIPTOR_BYTES = 4
# The output's, the working directory's, and a template's own channel.
RIGHTS_BYTES = socket.CMSG_LEN(3 * DESCRIPTOR_BYTES)
TEMPLATE = 3  # where a template finds that
ARENAS = -8  # `M_ARENA_MAX` of glibc's `malloc.h`


class Server:
    """Forks on request, and says how each fork ended.

    Parameters
    ----------
    channel : socket
        To the local cloud; once that end is closed, this process ends as well.
    steps : iterator
        Each step prepares some more.
    hooks : ForkHooks
        What forks of a prepared parent can do without.
    """

    def __init__(self, channel: socket.socket, steps: Iterator[None], hooks: ForkHooks) -> None:
        self._channel = channel
        self._steps: Iterator[None] | None = steps
        self._children: dict[int, tuple[int, bytes]] = {}  # by pidfd: the process, and its request's head
        self._hooks = hooks
        self._events = select.epoll()
        self._events.register(channel, select.EPOLLIN)
        self._highest = max(channel.fileno(), self._events.fileno())  # of the descriptors that forks close

    def serve(self) -> Fork:
        """Serve; in each fork, return what it was asked for."""
        while self._steps is not None:
            for descriptor, _ in self._events.poll(0, 1) or [(-1, 0)]:
                if descriptor == -1:
                    self._prepare()
                elif (request := self._heed(descriptor)) is not None:
                    return request
        while True:
            for descriptor, _ in self._events.poll(-1, 1):
                request = self._heed(descriptor)
                if request is not None:
                    return request

    def _heed(self, descriptor: int) -> Fork | None:
        if descriptor not in self._children:
            return self._answer()
        self._collect(descriptor)
        return None

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
            fill()
            self._hooks.set_aside()
            self._say(Prepared())

    def _answer(self) -> Fork | None:
        packet, ancillary, _, _ = self._channel.recvmsg(PACKET_BYTES, RIGHTS_BYTES)
        if not packet:
            os._exit(0)
        rights = memoryview(ancillary[0][2])
        try:
            pid = fork()
        except OSError as error:
            self._say(Failed(number_of(packet), error.errno or 0, os.strerror(error.errno or 0)))
        else:
            if pid == 0:
                self._hooks.put_back_in_time()
                request = decode(packet)
                assert isinstance(request, Fork)
                self._take_leave(request, *rights.cast("i").tolist())
                return request
            descriptor = os.pidfd_open(pid)
            self._children[descriptor] = (pid, packet[:HEAD_BYTES])
            self._events.register(descriptor, select.EPOLLIN)
            self._highest = max(self._highest, descriptor)
        for descriptor in rights.cast("i"):
            os.close(descriptor)
        return None

    def _take_leave(self, request: Fork, output: int, folder: int, *channel: int) -> None:
        """Keep nothing of the parent's but its memory. This runs in the fork.

        It announces itself: the parent must not learn of it before it has a group to be killed
        by, nor later than of its first request.
        """
        setsid()
        self._say(Forked(request.number, getpid()))
        fchdir(folder)
        dup2(output, 1)
        dup2(output, 2)
        # Closed by their own objects: the garbage collector would have them close files of the function's.
        self._channel.close()
        self._events.close()
        for descriptor in channel:
            dup2(descriptor, TEMPLATE)
        closerange(TEMPLATE + len(channel), max(self._highest, output, folder, *channel) + 1)

    def _collect(self, descriptor: int) -> None:
        pid, head = self._children.pop(descriptor)
        self._events.unregister(descriptor)
        os.close(descriptor)
        # What it started and left behind: the process's number is its group's until it is collected.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._say(Exited(number_of(head), os.waitstatus_to_exitcode(status)))

    def _say(self, message: Message) -> None:
        try:
            self._channel.send(encode(message))
        except OSError:  # the local cloud has gone
            os._exit(0)


def trim() -> None:
    """Give back the memory that preparing took and nothing needs (glibc)."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def share_one_heap() -> None:
    """Have all threads take memory from one heap (glibc).

    A rehearsal has threads. What they leave behind would lie in heaps of its own, and each fork copies pages
    of those, too.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(ARENAS, 1)
