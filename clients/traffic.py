"""What a client sent and received, counted in one place, so that the ways of following can be compared."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from websockets.http11 import Request, Response


@dataclass
class Traffic:
    """Counts of one client; they only go up.

    Attributes
    ----------
    requests
        HTTP requests that were sent, those that open a WebSocket among them.
    connections
        TCP connections that were opened.
    messages_in, messages_out
        WebSocket messages.
    bytes_in, bytes_out
        HTTP: the request or status line, the headers and the body as they are on the wire. WebSocket:
        payloads and frame headers, of messages alone. Not in them: TLS, TCP, control frames, how a
        chunked body is framed, and the sign-in, which is the same for all ways.
    answer_seconds
        How long the answers to HTTP requests took, together.
    """

    requests: int = 0
    connections: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    answer_seconds: float = 0.0

    def opened(self) -> None:
        """Count a connection."""
        self.connections += 1

    def request(self, line: str, headers: Mapping[str, str]) -> None:
        """Count a request's line and headers."""
        self.requests += 1
        self.bytes_out += _head(line, headers)

    def response(self, line: str, headers: Mapping[str, str]) -> None:
        """Count a response's line and headers."""
        self.bytes_in += _head(line, headers)

    def handshake(self, request: Request, answered: Response) -> None:
        """Count a connection that was opened by a WebSocket's handshake."""
        self.opened()
        self.request(f"GET {request.path} HTTP/1.1", dict(request.headers.raw_items()))
        line = f"HTTP/1.1 {answered.status_code} {answered.reason_phrase}"
        self.response(line, dict(answered.headers.raw_items()))

    def sent(self, message: str) -> None:
        """Count a WebSocket message of ours: frames of clients are masked, with a key of 4 bytes."""
        self.messages_out += 1
        self.bytes_out += _framed(message) + 4

    def sent_bytes(self, size: int) -> None:
        """Count a binary WebSocket message of ours of so many bytes."""
        self.messages_out += 1
        self.bytes_out += _frame(size) + 4

    def received_bytes(self, size: int) -> None:
        """Count a binary WebSocket message of the server's of so many bytes."""
        self.messages_in += 1
        self.bytes_in += _frame(size)

    def received(self, message: str) -> None:
        """Count a WebSocket message of the server's."""
        self.messages_in += 1
        self.bytes_in += _framed(message)


def trace(traffic: Traffic) -> aiohttp.TraceConfig:
    """Return what makes an aiohttp session count."""
    config = aiohttp.TraceConfig()

    async def opened(
        _session: aiohttp.ClientSession, _: SimpleNamespace, _event: aiohttp.TraceConnectionCreateEndParams
    ) -> None:
        traffic.opened()

    async def started(
        _session: aiohttp.ClientSession, context: SimpleNamespace, _: aiohttp.TraceRequestStartParams
    ) -> None:
        context.start = time.monotonic()

    async def head_sent(
        _session: aiohttp.ClientSession, _: SimpleNamespace, event: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        traffic.request(f"{event.method} {event.url.raw_path_qs} HTTP/1.1", event.headers)

    async def body_sent(
        _session: aiohttp.ClientSession, _: SimpleNamespace, event: aiohttp.TraceRequestChunkSentParams
    ) -> None:
        traffic.bytes_out += len(event.chunk)

    async def answered(
        _session: aiohttp.ClientSession, context: SimpleNamespace, event: aiohttp.TraceRequestEndParams
    ) -> None:
        traffic.answer_seconds += time.monotonic() - context.start
        response = event.response
        traffic.response(f"HTTP/1.1 {response.status} {response.reason}", response.headers)
        length = response.headers.get("Content-Length", "")
        # What is read later may have been compressed on its way; the header is exact, if there is one.
        context.has_length = length.isdecimal()
        if context.has_length and response.status != 304:  # which has the length of what it leaves out
            traffic.bytes_in += int(length)

    async def body_received(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        event: aiohttp.TraceResponseChunkReceivedParams,
    ) -> None:
        if not context.has_length:
            traffic.bytes_in += len(event.chunk)

    config.on_connection_create_end.append(opened)
    config.on_request_start.append(started)
    config.on_request_headers_sent.append(head_sent)
    config.on_request_chunk_sent.append(body_sent)
    config.on_request_end.append(answered)
    config.on_response_chunk_received.append(body_received)
    return config


def _head(line: str, headers: Mapping[str, str]) -> int:
    """Return the bytes of a head: each line ends with two, and so does the whole."""
    return len(line) + 4 + sum(len(name) + len(value) + 4 for name, value in headers.items())


def _framed(message: str) -> int:
    return _frame(len(message.encode()))


def _frame(size: int) -> int:
    return size + 2 + (0 if size < 126 else 2 if size < 65536 else 8)
