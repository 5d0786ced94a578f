"""HTTP connections: uvicorn's, with a way to cut one off, and a short way for what is asked most."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from localcloud.engine.asgi import ABORT
from localcloud.engine.direct import WATCHED
from localcloud.engine.idle_timer import IdleTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsproto.events import Request

    from localcloud.engine.asgi import Application, Message, Receive, Scope, Send
    from localcloud.engine.direct import Direct, SignedOperation


class EngineConnection(HttpToolsProtocol):
    """One connection.

    A request that :class:`~localcloud.engine.direct.Direct` takes is answered as soon as its last
    byte is there, without a task or a scope of its own; any other is uvicorn's.

    Parameters
    ----------
    direct
        The short way.
    """

    def __init__(self, *arguments: Any, direct: Direct, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._direct = direct
        self._operation: SignedOperation | None = None
        self._body = b""
        self._watched: dict[bytes, bytes] = {}
        self._idle = IdleTimer(self.loop, self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def on_message_begin(self) -> None:
        """Begin with a request; uvicorn does so when the request turns out to be for it."""
        self.url = b""
        self.headers = []
        self._watched.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        name = name.lower()
        self.headers.append((name, value))
        if name in WATCHED:
            self._watched[name] = value

    def on_headers_complete(self) -> None:
        """Take the request the short way if it is one for that."""
        cycle: RequestResponseCycle | None = self.cycle
        # An answer must not overtake that of the request before it.
        if self.url == b"/" and (cycle is None or cycle.response_complete):
            self._operation = self._direct.operation(self.parser, self._watched)
            if self._operation is not None:
                self._body = b""
                return
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a part of a body."""
        if self._operation is None:
            super().on_body(body)
        else:
            self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        """Answer, or leave it to the application that has been started with the headers."""
        operation = self._operation
        if operation is None:
            super().on_message_complete()
            return
        self._operation = None
        self.transport.write(self._direct.answer(operation, self._body))
        self.server_state.total_requests += 1
        self._idle.use()

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it; uvicorn sets a timer for each wait."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle.use()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a request is under way or it has become a WebSocket's."""
        cycle: RequestResponseCycle | None = self.cycle
        at_work = self._operation is not None or not (cycle is None or cycle.response_complete)
        if not at_work and self in self.connections:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that it has gone."""
        super().connection_lost(exc)
        self._idle.cancel()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, _with_aborts(cycle, app))


class Socket(WSProtocol):
    """A WebSocket whose handshake the application sees with all that it asks for."""

    def handle_connect(self, event: Request) -> None:
        """Begin; wsproto has taken the subprotocols out of the headers, where MiniStack looks for MQTT."""
        super().handle_connect(event)
        if event.subprotocols:
            offered = (b"sec-websocket-protocol", ", ".join(event.subprotocols).encode())
            self.scope["headers"] = [*self.scope["headers"], offered]


def _with_aborts(cycle: RequestResponseCycle, application: Application) -> Any:
    """Let an application send :data:`ABORT`; without it every request ends in a response."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_abort(message: Message) -> None:
            if message["type"] != ABORT:
                await send(message)
                return
            # Once it knows that the caller is gone, uvicorn sends nothing more.
            cycle.disconnected = True
            cycle.transport.close()

        await application(scope, receive, send_or_abort)

    return serve


def connections(direct: Direct) -> Callable[..., asyncio.Protocol]:
    """Return what makes a connection, as uvicorn's ``http`` setting takes it."""
    return functools.partial(EngineConnection, direct=direct)
