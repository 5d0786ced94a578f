"""One connection of the HTTP/1.1 server, until it ends or becomes a WebSocket."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Coroutine
from typing import Final

from localcloud.wire.hosting import HandlerResult, Host
from localcloud.wire.messages import Request, Response, encode_head
from localcloud.wire.reading import RequestReader, RequestRejected
from localcloud.wire.streams import StreamedResponse, chunk
from localcloud.wire.websocket import Upgrade, WebSocket, handshake_answer, refused_handshake

IDLE_SECONDS: Final = 75.0
"""How long a connection may be silent between requests, or in the middle of one."""
LINGER_SECONDS: Final = 2.0
"""How long a refused client may go on sending: cut off earlier, it would not come to read the answer."""
log = logging.getLogger(__name__)


class HttpConnection(asyncio.Protocol):
    """Reads requests one after the other and writes their answers in the same order.

    One request is handled at a time. Reading pauses while another one waits, and the next one waits while the
    client does not read answers; so a client has no more than a few requests' memory here.
    """

    def __init__(self, server: Host) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._reader: RequestReader
        self._waiting: deque[Request | RequestRejected]
        self._task: asyncio.Task[None] | None = None
        self._pending: Awaitable[HandlerResult] | None = None  # what the task awaits
        self._timer: asyncio.TimerHandle | None = None
        self._active = self._loop.time()
        self._room: asyncio.Event | None = None  # set when a streamed answer may go on
        self._ended = self._full = self._paused = False

    # What the transport calls ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's transports are asyncio.Transport's by their methods alone.
        self._transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self._reader = RequestReader(
            peer[0] if peer else "127.0.0.1",
            self._server.max_body,
            self._expected,
            cuts=self._server.cuts,
            max_line=self._server.max_line,
            streams=self._server.streams,
            pace=self._pace,
        )
        self._waiting = self._reader.waiting
        self._server.register(self)
        self._timer = self._loop.call_later(IDLE_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client's."""
        self._active = self._loop.time()
        self._reader.feed(data)
        if self._waiting or self._reader.stream is not None:
            self._next()
            self._pace()

    def eof_received(self) -> bool:
        """Answer what has come whole, then close; an answer that is being streamed has no reader left."""
        self._ended = True
        if self._reader.stream is not None:
            self._reader.stream.break_off()
        return self._task is not None and self._room is None

    def pause_writing(self) -> None:
        """Handle no more requests while the client does not read."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        if self._room is not None:
            self._room.set()
        self._next()
        self._pace()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client. What it asked for is done to its end, as AWS does it."""
        if self._reader.stream is not None:
            self._reader.stream.break_off()
        if self._room is not None and self._task is not None:
            self._task.cancel()  # what it is sent is still being made
        self._leave()
        self._waiting.clear()

    # The way of a request ----------------------------------------------------------------------------------

    def _next(self) -> None:
        while self._waiting and self._task is None and not self._full and not self._transport.is_closing():
            request = self._waiting.popleft()
            if isinstance(request, RequestRejected):
                refusal = self._server.refusal(request.status, str(request))
                self._transport.write(refusal.encode(keep_alive=False))
                self._linger()
                return
            try:
                answer = self._server.handler(request)
            except Exception:
                answer = self._failed()
            if isinstance(answer, Response):
                self._answer(request, answer)
            else:
                self._pending = answer
                self._task = self._loop.create_task(self._serve(request, answer))

    async def _serve(self, request: Request, pending: Awaitable[HandlerResult]) -> None:
        try:
            answer = await pending
        except Exception:
            answer = self._failed()
        if isinstance(answer, StreamedResponse):
            await self._stream(request, answer)
            return
        self._task = self._pending = None
        if self._transport.is_closing():
            return
        if isinstance(answer, Upgrade):
            refused = refused_handshake(request)
            if refused is None:
                self._switch(request, answer)
                return
            answer = refused
        self._answer(request, answer)
        self._next()
        self._pace()

    async def _stream(self, request: Request, answer: StreamedResponse) -> None:
        """Send a body as fast as it is produced and the client reads."""
        transport, keep = self._transport, request.keep_alive and not self._server.closing
        self._room = asyncio.Event()
        head = encode_head(answer.status, answer.headers, "Transfer-Encoding: chunked", keep_alive=keep)
        try:
            transport.write(head)
            async for piece in answer.pieces:
                if transport.is_closing():
                    break
                transport.write(chunk(piece))
                if self._full:
                    self._room.clear()
                    await self._room.wait()
            else:
                transport.write(b"0\r\n\r\n")
                if not keep:
                    transport.close()
        except Exception:
            self._failed()
            transport.abort()
        finally:
            self._task = self._pending = self._room = None
            if isinstance(answer.pieces, AsyncGenerator):
                await answer.pieces.aclose()
        if not transport.is_closing():
            self._next()
            self._pace()

    def _failed(self) -> Response:
        log.exception("A request failed inside the local cloud")
        return self._server.refusal(500, "Internal failure; see the log.")

    def _expected(self) -> None:
        if self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self, request: Request, answer: Response) -> None:
        transport = self._transport
        keep = request.keep_alive and not self._server.closing and not (self._ended and not self._waiting)
        if request.stream is not None and not request.stream.ended:
            keep = False  # the rest of its body is discarded
        transport.write(answer.encode(keep_alive=keep, head_only=request.method == "HEAD"))
        if not keep:
            transport.close()
            return
        self._active = self._loop.time()
        if self._reader.rest is not None and not self._waiting:
            self._reader.resume()  # it was refused the WebSocket that it asked for

    def _pace(self) -> None:
        """Read on as long as no request waits for its turn."""
        if self._transport.is_closing():
            return
        reader = self._reader
        # What a client sends that is refused is read and dropped.
        pause = not reader.refusing and (bool(reader.waiting) or reader.rest is not None)
        if reader.stream is not None:
            pause = reader.stream.full
        if pause is not self._paused:
            self._paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _switch(self, request: Request, upgrade: Upgrade) -> None:
        """Let a WebSocket take the connection over."""
        transport, rest = self._transport, self._reader.rest or b""
        transport.write(handshake_answer(request, upgrade.subprotocol))
        socket = WebSocket(transport, upgrade, self._server.lost)
        self._server.register(socket)
        self._leave()
        transport.set_protocol(socket)
        if self._paused:
            transport.resume_reading()
        if rest:
            socket.data_received(rest)

    # The end -----------------------------------------------------------------------------------------------

    def finish(self, reason: str) -> None:
        """Close the connection, after the answer that is being made if there is one."""
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection, and give up what it asked for."""
        if self._task is not None:
            self._task.cancel()
            pending = self._pending
            if isinstance(pending, Coroutine):
                # Cancelled before its first step, the task does not even begin to await it.
                self._task.add_done_callback(lambda _task: pending.close())
        self._transport.abort()

    def _linger(self) -> None:
        if self._ended or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def _leave(self) -> None:
        del self._reader  # it holds this object: without a circle both go at once
        self._server.lost(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Close the connection if it has been silent for long."""
        silent = self._loop.time() - self._active
        if self._task is None and silent >= IDLE_SECONDS:
            self._transport.abort()
            return
        wait = IDLE_SECONDS if self._task is not None else IDLE_SECONDS - silent
        self._timer = self._loop.call_later(wait, self._look)
