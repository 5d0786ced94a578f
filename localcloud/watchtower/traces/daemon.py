"""The X-Ray daemon: segments by UDP, and its TCP side, by which SDKs ask for sampling rules.

Both have one port number, as AWS_XRAY_DAEMON_ADDRESS has it. The TCP side serves the whole of X-Ray's
API: the engine sends on what reaches its own address.

Source of the format: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from localcloud.wire import Request, Response, Server, serve

if TYPE_CHECKING:
    from localcloud.watchtower.traces.api import XRayApi
    from localcloud.watchtower.traces.store import TraceStore

_HEADER: Final = b'{"format":"json","version":1}'
_BLANKS: Final = b" \t\r"
_ATTEMPTS: Final = 20
_BUFFER: Final = 4 * 1024 * 1024
_MAX_BODY: Final = 8 * 1024 * 1024
_JSON: Final = "application/json"


def segment_of(datagram: bytes) -> bytes | None:
    """Return the document of a datagram; None where its header is not the daemon's.

    Examples
    --------
    >>> segment_of(b'{"format": "json", "version": 1}' + bytes([10]) + b'{"name": "a"}')
    b'{"name": "a"}'
    >>> segment_of(b'{"name": "a"}') is None
    True
    """
    header, newline, document = datagram.partition(b"\n")
    if not newline or header.translate(None, _BLANKS) != _HEADER:
        return None
    return document


def _datagram_socket(port: int) -> socket.socket:
    """Return a socket that holds what comes while this process is busy: its sender does not notice a loss."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        # The system allows as much as it likes (net.core.rmem_max).
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes], None], refuse: Callable[[str], None]) -> None:
        self._receive = receive
        self._refuse = refuse

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """Take a segment."""
        document = segment_of(data)
        if document is None:
            self._refuse(f"a datagram from {addr[0]}:{addr[1]} is no trace segment: it has no header line")
        else:
            self._receive(document)


class Daemon:
    """Both sockets, on loopback.

    Parameters
    ----------
    store
        Given every segment.
    api
        Returns the API, which is loaded on demand.
    warn
        Called with what senders do not learn.
    """

    def __init__(self, store: TraceStore, api: Callable[[], XRayApi], warn: Callable[[str], None]) -> None:
        self._store = store
        self._api = api
        self._warn = warn
        self._server: Server | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, port: int = 0) -> int:
        """Open both sockets on a port; 0 takes a free one. Return its number.

        Raises
        ------
        OSError
            The port is in use.
        """
        for attempt in range(_ATTEMPTS):
            server = await serve(self._handle, port, max_body=_MAX_BODY)
            try:
                self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self._store.receive, self._warn), sock=_datagram_socket(server.port)
                )
            except OSError:
                await server.close()
                # A free TCP port may be in use by UDP.
                if port or attempt == _ATTEMPTS - 1:
                    raise
                continue
            self._server = server
            return server.port
        raise AssertionError("the last attempt raises")

    async def stop(self) -> None:
        """Close both."""
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            await self._server.close()

    async def _handle(self, request: Request) -> Response:
        # The engine sends what its endpoint has accepted; SDKs send POST, however they sign.
        answer = await self._api().answer(request.path, request.body)
        headers = {"Content-Type": _JSON}
        if answer.error:
            headers["x-amzn-ErrorType"] = answer.error
        return Response(answer.status, answer.body, headers)
