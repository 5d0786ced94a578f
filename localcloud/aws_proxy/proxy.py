"""The proxy: takes connections meant for AWS, with TLS or without, and passes them on by their names."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Coroutine
from typing import Final
from urllib.parse import urlsplit

from localcloud.aws_proxy.certificates import Certificates
from localcloud.aws_proxy.names import NotHere, Places

HOST: Final = "127.0.0.1"
AUTHORITY: Final = "/_localcloud/authority.pem"
_HANDSHAKE: Final = b"\x16"  # what a connection with TLS begins with
_LONGEST_HEAD: Final = 64 * 1024
_PIECE: Final = 64 * 1024
_SECONDS: Final = 60.0  # for the first byte, and for the head of a request
log = logging.getLogger(__name__)


class AwsProxy:
    """Listens on one port for all names.

    Attributes
    ----------
    places
        Where the parts are; None until they are there.
    port
        The port, once it is open.
    """

    def __init__(self) -> None:
        self.port = 0
        self.places: Places | None = None
        self._certificates = Certificates()
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refused: set[str] = set()

    async def start(self, port: int = 0) -> None:
        """Listen; 0 takes a free port.

        Raises
        ------
        OSError
            The port is in use.
        """
        listener = socket.create_server((HOST, port), backlog=128)
        listener.setblocking(False)
        self._listener, self.port = listener, listener.getsockname()[1]
        self._spawn(self._accept(listener))

    async def stop(self) -> None:
        """Close every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
        self._certificates.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            self._spawn(self._serve(connection))

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                async with asyncio.timeout(_SECONDS):
                    reader, writer = await self._opened(connection)
                    head = await reader.readuntil(b"\r\n\r\n")
            except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
                log.debug("A connection to the proxy ended: %s", problem)
                return
            try:
                await self._answer(head, reader, writer)
            except OSError as problem:
                log.debug("A connection through the proxy ended: %s", problem)
            finally:
                writer.close()

    async def _opened(self, connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        context = None
        if await _first_byte(connection) == _HANDSHAKE:
            # The first key loads the library.
            context = await asyncio.to_thread(lambda: self._certificates.context)
        reader = asyncio.StreamReader(limit=_LONGEST_HEAD)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection.dup(), ssl=context)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target, host = _target_of(head)
        if target == AUTHORITY:
            pem = await asyncio.to_thread(lambda: self._certificates.authority)
            await _respond(writer, "200 OK", "application/x-pem-file", pem)
            return
        parts = urlsplit(f"//{host}")
        try:
            name, requested_port = parts.hostname or "", parts.port
            if self.places is None:
                raise NotHere("the local cloud is not there yet")
            port = self.places.port_of(name, requested_port)
        except (NotHere, ValueError) as problem:
            if host not in self._refused:
                self._refused.add(host)
                log.warning("A program asked for %s: %s", host, problem)
            body = json.dumps({"__type": "NotServedByLocalCloud", "message": f"{host}: {problem}"}).encode()
            # No 5xx: SDKs would try again.
            await _respond(writer, "400 Bad Request", "application/json", body)
            return
        onward_reader, onward = await asyncio.open_connection(HOST, port)
        onward.write(head)
        try:
            await asyncio.gather(_passed(reader, onward), _passed(onward_reader, writer))
        finally:
            onward.close()


async def _first_byte(connection: socket.socket) -> bytes:
    """Return the first byte that comes, and leave it there."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    readable: asyncio.Future[None] = loop.create_future()

    def on_readable() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(connection, on_readable)
    try:
        await readable
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


def _target_of(head: bytes) -> tuple[str, str]:
    """Return the target and the host of a request."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "host":
            return words[1] if len(words) > 1 else "", value.strip()
    return words[1] if len(words) > 1 else "", ""


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_PIECE):
        writer.write(data)
        await writer.drain()
    # TLS has no half-closed connections.
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


async def _respond(writer: asyncio.StreamWriter, status: str, kind: str, body: bytes) -> None:
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode() + body)
    await writer.drain()
