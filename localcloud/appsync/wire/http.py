"""One connection of the HTTP/1.1 server, until it ends or becomes a WebSocket."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import httptools

from localcloud.appsync.wire.messages import MAX_LINE, Request, Response, Upgrade
from localcloud.appsync.wire.websocket import WebSocket, handshake_answer, refused_handshake

if TYPE_CHECKING:
    from localcloud.appsync.wire.server import Server

MAX_HEAD: Final = 4 * MAX_LINE
IDLE_SECONDS: Final = 75.0
"""How long a connection may be silent between requests, or in the middle of one."""
LINGER_SECONDS: Final = 2.0
"""How long a refused client may go on sending: cut off earlier, it would not come to read the answer."""
Handler = Callable[[Request], Awaitable[Response | Upgrade]]
_UPGRADING: Final = frozenset({"connection", "upgrade", "http2-settings", "expect"})
log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is not handled: what follows it on the connection cannot be told apart from it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class HttpConnection(asyncio.Protocol):
    """Reads requests one after the other and writes their answers in the same order.

    One request is handled at a time. Reading pauses while another one waits, and the next one waits while the
    client does not read answers; so a client has no more than a few requests' memory here.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._remote = "127.0.0.1"
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request | Refused] = deque()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._active = self._loop.time()
        self._rest: bytes | None = None  # what came after a request for another protocol
        self._refusing = self._ended = self._full = self._paused = False
        self._begin()

    # What the transport tells ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's transports are asyncio.Transport's by their methods alone.
        self._transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        if peer:
            self._remote = peer[0]
        self._server.came(self)
        self._timer = self._loop.call_later(IDLE_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client's."""
        self._active = self._loop.time()
        if self._refusing:
            return
        if self._rest is not None:
            self._rest += data
            return
        number = self._number
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            problem = error.__context__
            self._refuse(problem if isinstance(problem, Refused) else Refused(400, "Bad request"))
        except httptools.HttpParserError as error:
            self._refuse(Refused(400, f"This is no HTTP/1.1 request: {error}"))
        else:
            if self._in_head and number == self._number:
                self._head += len(data)  # a line that does not end is no header yet
                if self._head > MAX_HEAD:
                    self._refuse(Refused(431, f"The head of the request is over {MAX_HEAD} bytes."))
        if self._waiting:
            self._next()
            self._pace()

    def eof_received(self) -> bool:
        """Answer what has come whole, then close."""
        self._ended = True
        return self._task is not None

    def pause_writing(self) -> None:
        """Handle no more requests while the client does not read."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client. What it asked for is done to its end, as AWS does it."""
        self._leave()
        self._waiting.clear()

    # What the parser tells ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: bytes | bytearray = b""
        self._head = 0
        self._in_head = False
        self._number = 0

    def on_message_begin(self) -> None:
        """Begin a request."""
        number = self._number
        self._begin()
        self._number = number + 1
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self._url += url
        if len(self._url) > MAX_LINE:
            raise Refused(414, f"The request's target is over {MAX_LINE} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(value) + 4  # and the colon, the blank and the end of the line
        if len(value) > MAX_LINE or self._head > MAX_HEAD:
            raise Refused(431, f"The header {name[:60].decode('latin-1')} makes the head too long.")
        key, text = name.lower().decode("latin-1"), value.decode("utf-8", "surrogateescape")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """Let a client go on that waits for it."""
        self._in_head = False
        headers = self._headers
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._server.max_body:
            raise _too_large(self._server.max_body)
        if "expect" in headers:
            if headers["expect"].lower() != "100-continue":
                raise Refused(417, "Nothing but 100-continue can be expected.")
            if self._task is None and not self._waiting:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._body:
            self._body = body  # it mostly comes at once
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body + body)
        else:
            self._body += body
        if len(self._body) > self._server.max_body:
            raise _too_large(self._server.max_body)

    def on_message_complete(self) -> None:
        """Put the request in line."""
        parser = self._parser
        self._waiting.append(
            Request(
                parser.get_method().decode("latin-1"),
                self._url.decode("utf-8", "surrogateescape"),
                self._headers,
                bytes(self._body),
                self._remote,
                parser.should_keep_alive(),
                parser.should_upgrade(),
            )
        )

    def _upgrade(self, rest: bytes) -> None:
        """Go on after a request for another protocol: ``rest`` is what came after its head."""
        request = self._waiting[-1]
        if isinstance(request, Refused) or request.wants_websocket:
            self._rest = rest
            return
        self._waiting.pop()
        if request.method == "CONNECT":
            self._refuse(Refused(405, "CONNECT is not served."))
            return
        # The protocol is not ours (h2c, say), so the request is one like any other. The parser left its body
        # unread, and is given the request again without what made it do so.
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items() if name not in _UPGRADING]
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + rest)

    # The way of a request ----------------------------------------------------------------------------------

    def _next(self) -> None:
        if self._task is not None or self._full or not self._waiting:
            return
        request = self._waiting.popleft()
        if isinstance(request, Refused):
            self._transport.write(self._server.refusal(request.status, str(request)).encode(keep_alive=False))
            self._linger()
        else:
            self._task = self._loop.create_task(self._serve(request))

    async def _serve(self, request: Request) -> None:
        try:
            answer = await self._server.handler(request)
        except Exception:
            log.exception("A request failed inside the data plane")
            answer = self._server.refusal(500, "Internal failure; see the log.")
        self._task = None
        if self._transport.is_closing():
            return
        if isinstance(answer, Upgrade):
            refused = refused_handshake(request)
            if refused is None:
                self._switch(request, answer)
                return
            answer = refused
        self._answer(request, answer)

    def _answer(self, request: Request, answer: Response) -> None:
        transport = self._transport
        keep = request.keep_alive and not self._server.closing and not (self._ended and not self._waiting)
        transport.write(answer.encode(keep_alive=keep, head_only=request.method == "HEAD"))
        if not keep:
            transport.close()
            return
        self._active = self._loop.time()
        if self._rest is not None and not self._waiting:
            # It was refused the WebSocket that it asked for: the connection goes on as it was.
            rest, self._rest = self._rest, None
            self._parser = httptools.HttpRequestParser(self)
            if rest:
                self.data_received(rest)
        self._next()
        self._pace()

    def _pace(self) -> None:
        """Read on as long as no request waits for its turn."""
        pause = not self._refusing and (bool(self._waiting) or self._rest is not None)
        if pause is not self._paused:
            self._paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _switch(self, request: Request, upgrade: Upgrade) -> None:
        """Let a WebSocket take the connection over."""
        transport, rest = self._transport, self._rest or b""
        transport.write(handshake_answer(request, upgrade.subprotocol))
        socket = WebSocket(transport, upgrade, self._server.lost)
        self._server.came(socket)
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
        self._transport.abort()

    def _refuse(self, problem: Refused) -> None:
        self._refusing = True  # from here on all is read and dropped
        self._waiting.append(problem)

    def _linger(self) -> None:
        if self._ended or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def _leave(self) -> None:
        del self._parser  # it holds this object: without a circle both go at once
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


def _too_large(limit: int) -> Refused:
    return Refused(413, f"Request body is over {limit} bytes.")
