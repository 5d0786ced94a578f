"""The upgrade from HTTP to WebSocket, and the socket's options."""

from __future__ import annotations

import asyncio
import base64
import binascii
import socket
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web
from websockets.utils import accept_key

from localcloud.gateway.requests import Incoming
from localcloud.gateway.websocket.connection import WebSocketConnection

if TYPE_CHECKING:
    from aiohttp.http_websocket import WebSocketReader

# A client whose machine vanished says nothing: the kernel asks after a minute, and gives up half a minute
# later. Not by WebSocket pings, for API Gateway sends its clients none.
_KEEP_ALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
_UNACKNOWLEDGED_MS: Final = 30_000


def accept_token(incoming: Incoming) -> str | None:
    """Return the ``Sec-WebSocket-Accept`` of a handshake; None when it is none (RFC 6455, 4.2.1)."""
    headers = incoming.lowered
    key = headers.get("sec-websocket-key", "")
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return None
    upgrades = "upgrade" in {part.strip().lower() for part in headers.get("connection", "").split(",")}
    if incoming.method != "GET" or not upgrades or len(raw) != 16:
        return None
    return accept_key(key) if headers.get("sec-websocket-version") == "13" else None


def vanishing_is_noticed(transport: asyncio.Transport) -> None:
    """Let the kernel find out that a client is gone which never said so."""
    connected = transport.get_extra_info("socket")
    if connected is None:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (*_KEEP_ALIVE, ("TCP_USER_TIMEOUT", _UNACKNOWLEDGED_MS)):
        option = getattr(socket, name, None)  # each system has its own of these
        if option is not None:
            connected.setsockopt(socket.IPPROTO_TCP, option, value)


async def switch(
    request: web.BaseRequest, connection: WebSocketConnection, token: str, protocol: str | None
) -> web.StreamResponse:
    """Switch protocols, and return when the connection is gone."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": token}
    if protocol is not None:
        headers["Sec-WebSocket-Protocol"] = protocol
    response = web.StreamResponse(status=101, reason="Switching Protocols", headers=headers)
    try:
        await response.prepare(request)
    except ConnectionError:
        connection.feed_eof()
        return response
    request.protocol.keep_alive(False)
    # The interface of aiohttp's own reader: `feed_data` with all that comes, `feed_eof` when it is over.
    request.protocol.set_parser(cast("WebSocketReader", connection))
    if request.transport is None:  # it went while the answer was written, and no client is left
        connection.feed_eof()
    await connection.closed
    return response
