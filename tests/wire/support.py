"""A server with a handler that tells what it was asked, and a client that writes bytes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from localcloud.wire import Request, Response, Server, Upgrade, WebSocket, serve

SECONDS = 60
Answer = Callable[[Request], Response | Awaitable[Response | Upgrade]]


async def echo(request: Request) -> Response | Upgrade:
    """Answer with what was asked."""
    document = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.body.decode(errors="replace"),
    }
    return Response(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


@dataclass
class Client:
    """A connection that writes and reads bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes | str) -> None:
        for part in parts:
            self.writer.write(part if isinstance(part, bytes) else part.encode())
            await self.writer.drain()

    async def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Return the next answer: its status, headers and body."""
        async with asyncio.timeout(SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            status = int(head[0].split(" ")[1])
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
            }
            length = int(headers.get("content-length", 0)) if body else 0
            return status, headers, await self.reader.readexactly(length)

    async def echoed(self) -> dict[str, object]:
        """Return what the handler was asked."""
        status, _, body = await self.answer()
        assert status == 200, body
        document: dict[str, object] = json.loads(body)
        return document

    async def ended(self) -> bool:
        """Return whether the server closes the connection without another byte."""
        async with asyncio.timeout(SECONDS):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True

    async def frame(self) -> tuple[int, bytes]:
        """Return the next WebSocket frame: its first byte and payload."""
        async with asyncio.timeout(SECONDS):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8), "big")
            return first, await self.reader.readexactly(length)

    async def closing(self) -> tuple[int, str]:
        """Return the code and reason of the next frame, which closes."""
        first, payload = await self.frame()
        assert first == 0x88, (first, payload)
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(handler: Answer = echo) -> AsyncIterator[Server]:
    server = await serve(handler, 0)
    try:
        yield server
    finally:
        await server.close()


@dataclass
class RecordingListener:
    """A listener that notes its calls."""

    socket: WebSocket
    texts: list[str] = field(default_factory=list)
    binaries: list[bytes] = field(default_factory=list)
    overflows: list[int] = field(default_factory=list)
    closings: int = 0

    def text(self, text: str) -> None:
        self.texts.append(text)
        self.socket.outbox.send(f"heard {len(text)}".encode())

    def binary(self, data: bytes) -> None:
        self.binaries.append(data)

    def overflowed(self, waiting: int) -> None:
        self.overflows.append(waiting)

    def closed(self) -> None:
        self.closings += 1


@dataclass
class Sockets:
    """A handler that opens WebSockets, and its listeners."""

    buffer_bytes: int = 1024 * 1024
    max_message: int = 100_000
    opened: list[RecordingListener] = field(default_factory=list)

    async def handle(self, request: Request) -> Response | Upgrade:
        if not request.wants_websocket:
            return await echo(request)

        def accept(socket: WebSocket) -> RecordingListener:
            self.opened.append(RecordingListener(socket))
            return self.opened[-1]

        return Upgrade(accept, None, self.max_message, self.buffer_bytes)


def handshake(**changes: str | None) -> bytes:
    """Return a request for a WebSocket."""
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(bytes(range(16))).decode(),
        "Sec-WebSocket-Version": "13",
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return ("\r\n".join(["GET /graphql HTTP/1.1", *lines]) + "\r\n\r\n").encode()


def frame(payload: bytes | str, first: int = 0x81) -> bytes:
    """Return a masked frame."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    mask = b"\x01\xf2\x03\x84"  # the same each time, so that tests have the same names
    size = len(data)
    length = (
        bytes((0x80 | size,))
        if size < 126
        else b"\xfe" + size.to_bytes(2, "big")
        if size < 65_536
        else b"\xff" + size.to_bytes(8, "big")
    )
    return bytes((first,)) + length + mask + bytes(b ^ mask[n % 4] for n, b in enumerate(data))


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.005)
