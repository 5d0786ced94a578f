"""InvokeWithResponseStream: sent on to the Lambda service, and its answer back piece by piece.

MiniStack's own way reads the response to its end before it answers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send

PATH = re.compile(r"/2021-11-15/functions/[^/]+/response-streaming-invocations")
# What the Lambda service looks at; the signature has been the engine's to look at.
PASSED_ON = (
    *(b"x-amz-invocation-type", b"x-amz-log-type", b"x-amz-client-context", b"content-type"),
    b"x-amzn-trace-id",
)
FRAMING = (b"connection", b"transfer-encoding", b"date")
UNREACHABLE = b'{"message":"the Lambda service cannot be reached"}'

Head = tuple[int, list[tuple[bytes, bytes]]]


def streamed_invocations(lambda_url: str) -> Layer:
    """Return the layer that sends those invocations on to the Lambda service at ``lambda_url``."""
    address = urlsplit(lambda_url)

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            raw = scope.get("raw_path") or b""
            if (
                scope["type"] != "http"
                or scope["method"] != "POST"
                or not PATH.fullmatch(raw.decode("latin-1"))
            ):
                await application(scope, receive, send)
                return
            body = (await receive()).get("body", b"")  # whole: the gate has read it
            try:
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
            except OSError:
                await _answer(send, 500, [(b"content-type", b"application/json")], UNREACHABLE)
                return
            work = asyncio.ensure_future(_pass_on(scope, body, reader, writer, send))
            gone = asyncio.ensure_future(receive())  # the next thing to hear is that the caller has gone
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            finally:
                gone.cancel()
                work.cancel()
                writer.close()
                await asyncio.wait({work, gone})

        return serve

    return layer


async def _pass_on(
    scope: Scope, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, send: Send
) -> None:
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    lines = [b"POST %b HTTP/1.1" % target, b"host: localhost", b"content-length: %d" % len(body)]
    lines += [b"%b: %b" % (name, value) for name, value in scope["headers"] if name in PASSED_ON]
    writer.write(b"\r\n".join([*lines, b"connection: close", b"", body]))
    status, headers = await _head(reader)
    if (b"transfer-encoding", b"chunked") not in headers:
        await _answer(send, status, headers, await reader.read())
        return
    passed = [(name, value) for name, value in headers if name not in FRAMING]
    await send({"type": "http.response.start", "status": status, "headers": passed})
    async for piece in _chunks(reader):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


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
