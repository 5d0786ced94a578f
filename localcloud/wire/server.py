"""The server: a port, its connections, and their end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from localcloud.wire.hosting import Handler, Refusal, ServedConnection
from localcloud.wire.http import HttpConnection
from localcloud.wire.messages import MAX_BODY, MAX_LINE, Request, Response
from localcloud.wire.websocket import CLOSE_SECONDS, WebSocket

HOST: Final = "127.0.0.1"
BACKLOG: Final = 2048  # a crowd that connects again at once must not wait for a SYN to be repeated


def _plain(status: int, message: str) -> Response:
    return Response(status, message.encode(), {"Content-Type": "text/plain; charset=utf-8"})


class Server:
    """Serves a handler on one port; :func:`serve` creates it.

    Attributes
    ----------
    refusal
        Makes the answer to what never reaches the handler, of a status and a message.
    max_body
        How many bytes a request's body may have.
    cuts
        Whether a request with more reaches the handler, without its body, instead of being refused.
    max_line
        How many bytes a header may have.
    streams
        Says of a request's head whether its handler gets the body while it comes (``Request.stream``).
    """

    def __init__(
        self,
        handler: Handler,
        refusal: Refusal,
        max_body: int = MAX_BODY,
        *,
        cuts: bool = False,
        max_line: int = MAX_LINE,
        streams: Callable[[Request], bool] | None = None,
    ) -> None:
        self.streams = streams
        self.handler = handler
        self.refusal = refusal
        self.max_body = max_body
        self.cuts = cuts
        self.max_line = max_line
        self.port = 0
        self.closing = False
        self._connections: set[ServedConnection] = set()
        self._none_left = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def open(self, port: int) -> None:
        """Listen.

        Raises
        ------
        OSError
            The port is in use.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpConnection(self), HOST, port, backlog=BACKLOG, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self, reason: str = "The server is going away") -> None:
        """Close the port; answers that are being made, and clients that know how to close, have a second."""
        self.closing = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.finish(reason)
        await self._all_closed()
        for connection in list(self._connections):
            connection.abort()
        await self._all_closed()

    def abort(self) -> None:
        """Close the port and cut every connection at once: the other sides are gone."""
        self.closing = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()

    def register(self, connection: ServedConnection) -> None:
        """Take note of a connection."""
        self._connections.add(connection)

    def websockets(self) -> int:
        """Return how many WebSockets are open."""
        return sum(isinstance(connection, WebSocket) for connection in self._connections)

    def lost(self, connection: ServedConnection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if self.closing and not self._connections:
            self._none_left.set()

    async def _all_closed(self) -> None:
        """Wait until there is no connection left, but not for long."""
        if self._connections:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._none_left.wait(), CLOSE_SECONDS)


async def serve(
    handler: Handler,
    port: int,
    *,
    refusal: Refusal = _plain,
    max_body: int = MAX_BODY,
    cuts: bool = False,
    max_line: int = MAX_LINE,
    streams: Callable[[Request], bool] | None = None,
) -> Server:
    """Serve ``handler`` on a loopback port; 0 takes a free one. `Server` names the rest.

    Raises
    ------
    OSError
        The port is in use.
    """
    server = Server(handler, refusal, max_body, cuts=cuts, max_line=max_line, streams=streams)
    await server.open(port)
    return server
