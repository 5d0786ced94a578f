"""What the load clients write and read: connections that do the least, on asyncio's protocols."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable

from bench.servers import Endpoint

FRAME = 380  # bytes, as they come over the wire
PATIENCE = 60.0
_SUBSCRIPTION = "subscription { onPublish { id status note } }"
_MUTATION = (
    "mutation P($id: ID!, $status: String!, $note: String) "
    "{ publish(id: $id, status: $status, note: $note) { id status note } }"
)


class Subscriber(asyncio.Protocol):
    """One WebSocket: says its lines in turn, then reports how many bytes come.

    Attributes
    ----------
    live
        Done once it is subscribed.
    """

    __slots__ = ("_buffer", "_endpoint", "_lines", "_received", "live", "received_bytes", "transport")

    def __init__(self, endpoint: Endpoint, number: int, received: Callable[[Subscriber, int], None]) -> None:
        self.transport: asyncio.Transport
        self.live = asyncio.get_running_loop().create_future()
        self.received_bytes = 0
        self._endpoint = endpoint
        self._received = received
        self._buffer = b""
        # What to wait for, and what to say then.
        self._lines = [(b"\r\n\r\n", b"")]
        if endpoint.appsync:
            self._lines = [
                (b"\r\n\r\n", masked('{"type":"connection_init"}')),
                (b"connection_ack", masked(_start(endpoint, number))),
                (b"start_ack", b""),
            ]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(_handshake(self._endpoint))

    def data_received(self, data: bytes) -> None:
        """Go on with the lines, or report what came."""
        if not self._lines:
            self._received(self, len(data))
            return
        self._buffer += data
        awaited, reply = self._lines[0]
        if awaited in self._buffer:
            self._buffer = b""
            self._lines.pop(0)
            if reply:
                self.transport.write(reply)
            else:
                self.live.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a handshake that is under way."""
        if not self.live.done():
            self.live.set_exception(ConnectionError(f"{self._endpoint.name} closed a handshake"))


class Publisher(asyncio.Protocol):
    """One connection that asks, and asks again once it is answered."""

    def __init__(self, opening: bytes, question: bytes, *, http: bool) -> None:
        self.transport: asyncio.Transport
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening = opening
        self._question = question
        self._http = http
        self._buffer = b""
        self._remaining = 0
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]
        if self._opening:
            self.transport.write(self._opening)
        else:
            self.ready.set_result(None)

    async def ask(self, times: int = 1) -> None:
        """Ask so many times, one after the other."""
        self._remaining = times
        self._done = asyncio.get_running_loop().create_future()
        self.transport.write(self._question)
        async with asyncio.timeout(PATIENCE):
            await self._done

    def data_received(self, data: bytes) -> None:
        """Take an answer, or a part of it."""
        self._buffer += data
        if not self.ready.done():
            if b"\r\n\r\n" in self._buffer:
                self._buffer = b""
                self.ready.set_result(None)
            return
        if self._done is None or (self._http and not answered(self._buffer)):
            return
        if self._http and b'"errors"' in self._buffer:
            self._done.set_exception(RuntimeError(f"a mutation failed: {self._buffer!r}"))
            return
        self._buffer = b""
        self._remaining -= 1
        if self._remaining:
            self.transport.write(self._question)
        else:
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is under way."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server closed a publisher's connection"))


async def publisher(endpoint: Endpoint, note: str) -> Publisher:
    """Connect a publisher."""
    if endpoint.appsync:
        connection = Publisher(b"", _post(endpoint, note), http=True)
    else:
        connection = Publisher(_handshake(endpoint), masked(note), http=False)
    await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", endpoint.port)
    await connection.ready
    return connection


def answered(answer: bytes) -> bool:
    """Say whether an answer over HTTP is there to its end; it has a length, and no chunks."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    _, _, length = head.lower().partition(b"content-length:")
    return len(body) >= int(length.split(b"\r\n")[0])


def masked(text: str) -> bytes:
    """Return a text frame as a client sends it; a mask of zeros changes nothing."""
    payload = text.encode()
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + payload


def _start(endpoint: Endpoint, number: int) -> str:
    payload = {
        "data": json.dumps({"query": _SUBSCRIPTION, "variables": {}}),
        "extensions": {"authorization": _credential(endpoint)},
    }
    return json.dumps({"id": f"{number:036d}", "type": "start", "payload": payload})


def _credential(endpoint: Endpoint) -> dict[str, str]:
    return {"host": f"127.0.0.1:{endpoint.port}", "x-api-key": endpoint.key}


def _handshake(endpoint: Endpoint) -> bytes:
    header = base64.b64encode(json.dumps(_credential(endpoint)).encode()).decode().replace("=", "%3D")
    query = f"?header={header}&payload=e30%3D" if endpoint.appsync else ""
    protocol = "Sec-WebSocket-Protocol: graphql-ws\r\n" if endpoint.appsync else ""
    return (
        f"GET {endpoint.realtime}{query} HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\n{protocol}\r\n"
    ).encode()


def _post(endpoint: Endpoint, note: str) -> bytes:
    variables = {"id": "1", "status": "PACKED", "note": note}
    body = json.dumps({"query": _MUTATION, "variables": variables}).encode()
    head = (
        f"POST {endpoint.path} HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
        f"Content-Type: application/json\r\nx-api-key: {endpoint.key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def full_note(endpoint: Endpoint) -> str:
    """Return the text that makes a frame as long as it shall be."""
    if not endpoint.appsync:
        return "n" * (FRAME - 4)
    event = {"data": {"onPublish": {"id": "1", "status": "PACKED", "note": ""}}}
    frame = {"id": "0" * 36, "type": "data", "payload": event}
    return "n" * (FRAME - 4 - len(json.dumps(frame, separators=(",", ":"))))
