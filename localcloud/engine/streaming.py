"""Requests that go to the Lambda service as they are, and its answer back piece by piece.

InvokeWithResponseStream: MiniStack's own way reads the response to its end before it answers. Durable
executions and what starts them: they are the Lambda service's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send
from localcloud.engine.ministack.lambda_svc import lambda_svc

STREAMED = re.compile(r"/2021-11-15/functions/[^/]+/response-streaming-invocations")
INVOKED = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
DURABLE = re.compile(r"/2025-12-01/(?:durable-execution|functions/[^/]+/durable-executions)")
# What the Lambda service looks at; the signature has been the engine's to look at.
PASSED_ON = (
    *(b"x-amz-invocation-type", b"x-amz-log-type", b"x-amz-client-context", b"content-type"),
    *(b"x-amzn-trace-id", b"x-amz-durable-execution-name", b"x-amz-tenant-id"),
)
FRAMING = (b"connection", b"transfer-encoding", b"date")
UNREACHABLE = b'{"message":"the Lambda service cannot be reached"}'
# The Lambda service closes a connection that is silent for 75 s.
IDLE_SECONDS = 30.0
MOST_IDLE = 64

Head = tuple[int, list[tuple[bytes, bytes]]]


class LambdaConnections:
    """Connections to the Lambda service: opened when there is none that is open and idle."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection. Raises ``OSError``."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, reader, writer = self._idle.pop()  # the one that was used last
            if now - since < IDLE_SECONDS and not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)

    def give_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep a connection whose last answer has been read to its end."""
        if len(self._idle) >= MOST_IDLE:
            writer.close()
        else:
            self._idle.append((asyncio.get_running_loop().time(), reader, writer))


def streamed_invocations(lambda_url: str) -> Layer:
    """Return the layer that sends those invocations on to the Lambda service at ``lambda_url``."""
    address = urlsplit(lambda_url)
    connections = LambdaConnections(address.hostname or "127.0.0.1", address.port or 80)

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not _passes(scope["method"], scope.get("raw_path") or b""):
                await application(scope, receive, send)
                return
            body = (await receive()).get("body", b"")  # whole: the gate has read it
            try:
                reader, writer = await connections.take()
            except OSError:
                await _answer(send, 500, [(b"content-type", b"application/json")], UNREACHABLE)
                return
            work = asyncio.ensure_future(_pass_on(scope, body, reader, writer, send))
            disconnected = asyncio.ensure_future(receive())  # the next message is that the caller has gone
            reusable = False
            try:
                await asyncio.wait({work, disconnected}, return_when=asyncio.FIRST_COMPLETED)
                reusable = work.done() and work.result()
            finally:
                if reusable:
                    connections.give_back(reader, writer)
                else:
                    writer.close()
                disconnected.cancel()
                work.cancel()
                await asyncio.wait({work, disconnected})

        return serve

    return layer


def _passes(method: str, raw: bytes) -> bool:
    if not raw.startswith((b"/2015-03-31/functions/", b"/2021-11-15/", b"/2025-12-01/")):
        return False
    path = raw.decode("latin-1")
    if DURABLE.match(path):
        return True
    if method != "POST":
        return False
    if STREAMED.fullmatch(path):
        return True
    invoked = INVOKED.fullmatch(path)
    return invoked is not None and _is_durable(unquote(invoked[1]))


def _is_durable(reference: str) -> bool:
    """Say whether an invoked function has durable executions: of those MiniStack knows nothing right."""
    name, _ = lambda_svc.resolve_request_scoped_name_and_qualifier(reference)
    record = lambda_svc.functions.get(name) or {}
    return "DurableConfig" in (record.get("config") or {})


async def _pass_on(
    scope: Scope, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, send: Send
) -> bool:
    """Pass a request on, and its answer back; say whether the connection can take another request."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    lines = [
        b"%b %b HTTP/1.1" % (scope["method"].encode(), target),
        b"host: localhost",
        b"content-length: %d" % len(body),
    ]
    lines += [b"%b: %b" % (name, value) for name, value in scope["headers"] if name in PASSED_ON]
    writer.write(b"\r\n".join([*lines, b"", body]))
    status, headers = await _head(reader)
    keep_alive = (b"connection", b"close") not in headers
    if (b"transfer-encoding", b"chunked") not in headers:
        length = next((int(value) for name, value in headers if name == b"content-length"), 0)
        await _answer(send, status, headers, await reader.readexactly(length))
        return keep_alive
    passed = [(name, value) for name, value in headers if name not in FRAMING]
    await send({"type": "http.response.start", "status": status, "headers": passed})
    async for piece in _chunks(reader):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return keep_alive


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    passed = [(name, value) for name, value in headers if name not in FRAMING]
    await send({"type": "http.response.start", "status": status, "headers": passed})
    await send({"type": "http.response.body", "body": body})


async def _head(reader: asyncio.StreamReader) -> Head:
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
    headers = []
    for line in lines:
        name, _, value = line.partition(b":")
        headers.append((name.strip().lower(), value.strip()))
    return int(status_line.split(b" ")[1]), headers


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the chunks of a body; one that breaks off raises, so that the caller's breaks off too."""
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        piece = await reader.readexactly(size)
        with suppress(asyncio.IncompleteReadError):
            await reader.readexactly(2)
        if size == 0:
            return
        yield piece
