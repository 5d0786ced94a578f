"""The local cloud's side of its prepared parent: it requests forks, and learns how they end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.functions.blueprint import Blueprint, inherited, parent_command
from localcloud.functions.fork_server.messages import (
    PACKET_BYTES,
    Exited,
    Failed,
    Forked,
    Prepared,
    decode,
    encode,
)
from localcloud.functions.logs import LogPipe
from localcloud.functions.prepared.fork_requests import changes, whole
from localcloud.functions.prepared.forked import CannotFork, ForkedProcess

STOP_SECONDS = 5.0
# Marks a fork as a template, and names its channel.
VARIABLE, TEMPLATE = "_LOCALCLOUD_TEMPLATE", 3
NOWHERE = "127.0.0.1:9"  # the Runtime API of a template, which never asks for work


class PreparedParent:
    """A running prepared parent, from `start` until it ends by itself or is stopped.

    Attributes
    ----------
    lost : bool
        Whether it has ended.
    forked : bool
        Whether it ever forked.
    prepared : Event
        Set once it has loaded everything, or has ended.
    """

    def __init__(
        self,
        channel: socket.socket,
        process: asyncio.subprocess.Process | ForkedProcess,
        log: LogPipe,
        warn: Callable[[str], None],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.lost = False
        self.forked = False
        self.prepared = asyncio.Event()
        self._number = 0
        self._channel = channel
        self._process = process
        self._log = log
        self._warn = warn
        self._variables = variables  # a template's own: its forks differ in few of them
        self._loop = asyncio.get_running_loop()
        self._sending = asyncio.Lock()
        self._has_room = asyncio.Event()
        self._changed = asyncio.Event()
        self._pending: dict[int, asyncio.Future[ForkedProcess]] = {}
        self._running: dict[int, ForkedProcess] = {}
        self._loop.add_reader(channel.fileno(), self._read)

    @classmethod
    async def start(cls, warn: Callable[[str], None]) -> PreparedParent:
        """Start one. It prepares itself while the caller goes on.

        Like an environment's, this process must be started in the main thread. ``warn`` takes what
        it writes: tracebacks, if anything.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        log = LogPipe(warn)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *parent_command(theirs.fileno()),
                cwd=Path("/"),
                env={**inherited(), "TZ": ":UTC"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log.writer,
                stderr=log.writer,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        log.close_writer()
        return cls(ours, process, log, warn)

    async def template(
        self, blueprint: Blueprint, bundled: list[str], line: Callable[[str], None]
    ) -> PreparedParent:
        """Fork a function's template: a parent that has loaded the function's handler.

        ``line`` takes what the handler's module prints. Raises what `fork` does.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        log = LogPipe(line)
        with theirs:
            process = await self.fork(blueprint, NOWHERE, log.writer, bundled, theirs.fileno())
        log.close_writer()
        return PreparedParent(ours, process, log, lambda _: None, blueprint.environment(NOWHERE))

    async def fork(
        self,
        blueprint: Blueprint,
        runtime_api: str,
        output: int,
        bundled: list[str],
        channel: int | None = None,
    ) -> ForkedProcess:
        """Fork an environment's process.

        Parameters
        ----------
        output : int
            The descriptor of its standard output and error.
        bundled : list of str
            Provided packages of which the function brings the very same files.
        channel : int, optional
            The descriptor of a template's own channel.

        Raises
        ------
        CannotFork
            When it has ended, or ends meanwhile, or when the variables are more than a packet holds.
        OSError
            When the code's folder is gone, or the system has no more processes.
        """
        number = self._number = self._number + 1
        variables = blueprint.environment(runtime_api)
        if channel is not None:
            variables[VARIABLE] = str(TEMPLATE)
        if self._variables is None:
            request = whole(number, blueprint, blueprint.command(self._process.pid), variables, bundled)
        else:
            request = changes(number, self._variables, variables)
        answer = self._pending[number] = self._loop.create_future()
        folder = os.open(blueprint.code, os.O_RDONLY | os.O_DIRECTORY)
        try:
            await self._send(encode(request), [output, folder, *([] if channel is None else [channel])])
        except CannotFork:
            del self._pending[number]
            raise
        finally:
            os.close(folder)
        process: ForkedProcess = await answer
        return process

    async def retire(self) -> None:
        """End it once the last of its forks has ended."""
        while self._running and not self.lost:
            self._changed.clear()
            await self._changed.wait()
        await self.stop()

    async def stop(self) -> None:
        """End it. Its forks have ended before."""
        self._close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _send(self, packet: bytes, descriptors: list[int]) -> None:
        if len(packet) > PACKET_BYTES:
            raise CannotFork
        async with self._sending:
            while not self.lost:
                try:
                    socket.send_fds(self._channel, [packet], descriptors)
                except BlockingIOError:
                    await self._room()
                except OSError:
                    self._lose()
                else:
                    return
        raise CannotFork

    async def _room(self) -> None:
        """Wait until the channel takes another packet, or is lost."""
        self._loop.add_writer(self._channel.fileno(), self._has_room.set)
        await self._has_room.wait()
        self._has_room.clear()
        if not self.lost:
            self._loop.remove_writer(self._channel.fileno())

    def _read(self) -> None:
        while not self.lost:
            try:
                packet = self._channel.recv(PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if packet:
                self._hear(packet)
            else:
                self._lose()

    def _hear(self, packet: bytes) -> None:
        match decode(packet):
            case Prepared():
                self.prepared.set()
            case Forked(number, pid):
                self.forked = True
                process = self._running[number] = ForkedProcess(pid)
                answer = self._pending.pop(number)
                if answer.cancelled():
                    os.kill(pid, signal.SIGKILL)
                else:
                    answer.set_result(process)
            case Failed(number, errno, reason):
                answer = self._pending.pop(number)
                if not answer.cancelled():
                    answer.set_exception(OSError(errno, reason))
            case Exited(number, code) if number in self._running:
                exited = self._running.pop(number).exited
                self._changed.set()
                if not exited.done():
                    exited.set_result(code)
            case Exited(number):  # killed before it could say that it is there
                answer = self._pending.pop(number)
                if not answer.cancelled():
                    answer.set_exception(CannotFork())

    def _lose(self) -> None:
        if not self.lost:
            self._warn("The prepared parent of the functions' environments has ended, and they with it.")
            self._close()

    def _close(self) -> None:
        """Take every fork for killed: the kernel does so when their parent dies."""
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        self._has_room.set()
        self._changed.set()
        self.prepared.set()
        self._channel.close()
        self._log.close()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(CannotFork())
        for process in self._running.values():
            if not process.exited.done():
                process.exited.set_result(-signal.SIGKILL)
        self._pending.clear()
        self._running.clear()
