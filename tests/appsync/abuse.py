"""Clients that keep to no rule, and one that does: whatever the others send, it must not notice."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from localcloud.appsync.serving.connection import RealtimeSettings
from tests.appsync.endpoint_support import API_KEY, Running, running
from tests.examples import examples

HOST = "127.0.0.1"
SECONDS = 60.0
CREDENTIAL = {"host": HOST, "x-api-key": API_KEY}
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
INIT = '{"type":"connection_init"}'
ON_SAY = "subscription { onSay { id text } }"
# The same examples each time: a test must say the same today and tomorrow.
QUICK = settings(
    max_examples=examples(100),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
SLOW = settings(QUICK, max_examples=1500)
json_documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def packed(document: Any, *, url: bool = False) -> str:
    """Return a document as a handshake carries it: in the query, or in a subprotocol."""
    raw = json.dumps(document).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() if url else base64.b64encode(raw).decode()


def start(id_: str, query: str = ON_SAY, **authorization: str) -> str:
    """Return a start frame."""
    payload = {
        "data": json.dumps({"query": query}),
        "extensions": {"authorization": authorization or CREDENTIAL},
    }
    return json.dumps({"id": id_, "type": "start", "payload": payload})


def post(body: bytes, *headers: bytes) -> bytes:
    """Return a request with a good key."""
    lines = (
        b"POST /graphql HTTP/1.1",
        b"Host: 127.0.0.1",
        b"x-api-key: " + API_KEY.encode(),
        b"Content-Length: %d" % len(body),
        *headers,
    )
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


# Raw connections -------------------------------------------------------------------------------------------


@dataclass
class Raw:
    """A TCP connection to the port of an API."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):  # it may have been closed meanwhile, which is an answer
            await self.writer.drain()

    async def rest(self) -> bytes:
        """End what is sent, and return all that the server still says; it must come to an end."""
        with contextlib.suppress(OSError):
            self.writer.write_eof()
        return await self.until_closed()

    async def until_closed(self) -> bytes:
        content = b""
        async with asyncio.timeout(SECONDS):
            with contextlib.suppress(ConnectionError):
                while data := await self.reader.read(65536):
                    content += data
        return content

    def reset(self) -> None:
        """Cut the connection as a machine does that was switched off and on."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def raw(up: Running) -> AsyncIterator[Raw]:
    port = int(up.address.graphql.split("/")[2].partition(":")[2])
    reader, writer = await asyncio.open_connection(HOST, port, limit=2**22)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """Return status and body of each answer in what a server said, which must hold nothing else.

    What comes after an upgrade is left out: frames, as the server had to take the rest for such.
    """
    responses: list[tuple[int, bytes]] = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        assert status.startswith(b"HTTP/1.1 "), data[:200]
        code = int(status.split()[1])
        if code == 101:
            return [*responses, (code, b"")]
        headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
        length = int(headers.get(b"content-length", b"0"))
        assert len(rest) >= length, data[:200]
        if code >= 200:
            responses.append((code, rest[:length]))
        data = rest[length:]
    return responses


# WebSockets, frame by frame --------------------------------------------------------------------------------


def frame(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """Return a frame as a client sends it, or as none should."""
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data) if length is None else length
    first = bytes([(fin << 7) | (rsv << 4) | opcode])
    bit = masked << 7
    if size < 126:
        head = first + bytes([bit | size])
    elif size < 65536:
        head = first + bytes([bit | 126]) + size.to_bytes(2)
    else:
        head = first + bytes([bit | 127]) + size.to_bytes(8)
    if not masked:
        return head + data
    mask = b"\x37\xfa\x21\x3d"
    long = (mask * (len(data) // 4 + 1))[: len(data)]
    masked_data = int.from_bytes(data) ^ int.from_bytes(long)  # as numbers: some frames are of megabytes
    return head + mask + masked_data.to_bytes(len(data))


@dataclass
class RawSocket(Raw):
    """A WebSocket whose frames a test makes itself."""

    async def receive(self) -> tuple[int, bytes]:
        """Return the opcode and the payload of the next frame."""
        async with asyncio.timeout(SECONDS):
            first, size = await self.reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2))
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8))
            return first & 15, await self.reader.readexactly(size)

    async def message(self) -> dict[str, Any]:
        """Return the next text frame but for keep-alives."""
        while True:
            opcode, data = await self.receive()
            if opcode == TEXT and (document := json.loads(data))["type"] != "ka":
                return dict(document)
            assert opcode in {TEXT, PONG}, (opcode, data)

    async def closed(self) -> int | None:
        """Return the code of the close frame that ends what the server says; None when there is none."""
        try:
            while True:
                opcode, data = await self.receive()
                if opcode == CLOSE:
                    await self.send(frame(CLOSE, data[:2]))
                    await self.until_closed()
                    return int.from_bytes(data[:2])
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def still_serves(self) -> None:
        """Check that a frame is still answered."""
        await self.send(frame(TEXT, '{"type":"stop","id":"still there?"}'))
        while (await self.message()) != {"type": "complete", "id": "still there?"}:
            pass


def handshake(*headers: str, query: str | None = None, key: str | None = None) -> bytes:
    """Return a request for a WebSocket, by default with a good credential in its query."""
    query_string = f"header={quote(packed(CREDENTIAL))}&payload=e30=" if query is None else query
    websocket_key = key or base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /graphql/realtime?{query_string} HTTP/1.1",
        f"Host: {HOST}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {websocket_key}",
        *(headers or ("Sec-WebSocket-Protocol: graphql-ws",)),
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@asynccontextmanager
async def connected(
    up: Running, *, init: bool = True, request: bytes | None = None
) -> AsyncIterator[RawSocket]:
    """Open a WebSocket, by default with its acknowledgement."""
    async with raw(up) as bare:
        await bare.send(request or handshake())
        async with asyncio.timeout(SECONDS):
            head = await bare.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        opened = RawSocket(bare.reader, bare.writer)
        if init:
            await opened.send(frame(TEXT, INIT))
            assert (await opened.message())["type"] == "connection_ack"
        yield opened


# The one that keeps to the rules ---------------------------------------------------------------------------


@dataclass(repr=False)  # hypothesis would write it down for each example
class Witness:
    """The first subscriber: it receives each mutation, once, and nothing else."""

    up: Running
    socket: aiohttp.ClientWebSocketResponse
    sent_count: int = 0
    failures: list[str] = field(default_factory=list)

    async def hears(self) -> None:
        """Check that a mutation is answered and its event arrives. A second one of it would fail the next."""
        self.sent_count += 1
        self.up.resolvers.calls.clear()
        name = f"n{self.sent_count}"
        message = {"id": name, "text": "x"}
        answer = await self.up.query(f'mutation {{ say(id: "{name}", text: "x") {{ id text }} }}')
        assert answer == {"data": {"say": message}}
        while (frame := await self.socket.receive_json(timeout=SECONDS))["type"] == "ka":
            pass
        assert frame == {"id": "witness", "type": "data", "payload": {"data": {"onSay": message}}}
        assert self.failures == []


class _Failures(logging.Handler):
    def __init__(self, problems: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        self._problems.append(record.getMessage())


def _address(up: Running) -> str:
    return f"{up.address.realtime}?header={quote(packed(CREDENTIAL))}&payload=e30="


@asynccontextmanager
async def watched(settings: RealtimeSettings | None = None) -> AsyncIterator[Witness]:
    """Run an API with a witness; at the end it must still receive, and the server has logged no failure."""
    async with running(settings=settings) as up, up.session.ws_connect(_address(up)) as opened:
        await opened.send_str(INIT)
        assert (await opened.receive_json(timeout=SECONDS))["type"] == "connection_ack"
        await opened.send_str(start("witness"))
        assert await opened.receive_json(timeout=SECONDS) == {"id": "witness", "type": "start_ack"}
        witness = Witness(up, opened)
        handler, loop = _Failures(witness.failures), asyncio.get_running_loop()
        logging.getLogger().addHandler(handler)
        loop.set_exception_handler(lambda _loop, about: witness.failures.append(str(about)))
        try:
            await witness.hears()
            yield witness
            await witness.hears()
            await witness.hears()
        finally:
            logging.getLogger().removeHandler(handler)
            loop.set_exception_handler(None)
