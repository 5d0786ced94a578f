"""A blocking WebSocket client for one thread, on the standard library alone.

It sends texts, waits for texts, answers pings, and is closed when the other side says goodbye.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
import time
from collections import deque
from contextlib import suppress
from functools import cache
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from orders.adapters.http_connection import where
from orders.adapters.websocket_frames import (
    CLOSE,
    PONG,
    TEXT,
    Closed,
    Ping,
    ProtocolError,
    Reader,
    Text,
    accept_for,
    frame,
)

LARGEST_HEAD = 16 * 1024
_PIECE = 64 * 1024


class ConnectionFailed(Exception):
    """The connection could not be opened, or is lost."""


class Address(NamedTuple):
    """Where a server is, as its URL says.

    Attributes
    ----------
    netloc : str
        The host as requests name it, with its port where the URL has one.
    path : str
        With the query.
    """

    secure: bool
    host: str
    port: int
    netloc: str
    path: str


@cache
def read_address(url: str) -> Address:
    """Return what the URL of a server says.

    Examples
    --------
    >>> read_address("wss://example.com/graphql?x=1")
    Address(secure=True, host='example.com', port=443, netloc='example.com', path='/graphql?x=1')
    """
    parts = urlsplit(url)
    secure = parts.scheme in ("wss", "https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(secure, parts.hostname or "", parts.port or (443 if secure else 80), parts.netloc, path)


class WebSocketClient:
    """An open connection; see `connect`."""

    def __init__(self, connected: socket.socket, reader: Reader) -> None:
        self._socket = connected
        self._reader = reader
        self._messages: deque[str] = deque()
        self._goodbye: str | None = None

    @classmethod
    def connect(cls, address: Address, subprotocols: tuple[str, ...], *, seconds: float) -> Self:
        """Open a connection within some seconds.

        Parameters
        ----------
        address : Address
            See `read_address`.
        subprotocols : tuple of str
            Offered; the server has to take one of them.

        Raises
        ------
        ConnectionFailed
        """
        deadline = time.monotonic() + seconds
        try:
            connected = socket.create_connection(where(address.host, address.port), timeout=seconds)
        except OSError as error:
            raise ConnectionFailed(f"{address.netloc} cannot be reached: {error}") from error
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.secure:
                context = ssl.create_default_context()
                connected = context.wrap_socket(connected, server_hostname=address.host)
            rest = _handshake(connected, address.netloc, address.path, subprotocols, deadline)
            client = cls(connected, Reader())
            client._take(rest)
        except BaseException as error:
            connected.close()
            if isinstance(error, (OSError, ProtocolError)):
                raise ConnectionFailed(f"{address.netloc} does not speak WebSocket: {error}") from error
            raise
        return client

    def send(self, text: str) -> None:
        """Send a text. Raises ``ConnectionFailed``."""
        self._send(frame(TEXT, text.encode()))

    def receive(self, seconds: float) -> str | None:
        """Return the next text; None when none came within some seconds.

        Raises
        ------
        ConnectionFailed
            It is lost, or was closed.
        """
        deadline = time.monotonic() + seconds
        while not self._messages:
            if self._goodbye is not None:
                raise ConnectionFailed(self._goodbye)
            remaining = deadline - time.monotonic()
            try:
                # A timeout of 0 would make it non-blocking: what has arrived is still worth a look.
                self._socket.settimeout(max(remaining, 0.001))
                data = self._socket.recv(_PIECE)
            except TimeoutError:
                return None
            except OSError as error:
                raise ConnectionFailed(str(error)) from error
            if not data:
                raise ConnectionFailed("it ended without a goodbye")
            try:
                self._take(data)
            except ProtocolError as error:
                self.close()
                raise ConnectionFailed(str(error)) from error
        return self._messages.popleft()

    def close(self) -> None:
        """Say goodbye, and close without waiting for the answer."""
        with suppress(OSError):
            self._socket.settimeout(1.0)
            self._socket.sendall(frame(CLOSE, (1000).to_bytes(2, "big")))
        self._socket.close()

    def _take(self, data: bytes) -> None:
        for received in self._reader.feed(data):
            match received:
                case Text(text):
                    self._messages.append(text)
                case Ping(payload):
                    self._send(frame(PONG, payload))
                case Closed(code, reason):
                    # What came before it is still to be received.
                    self._goodbye = f"it was closed with {code} {reason}".rstrip()
                    self.close()

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(5.0)
            self._socket.sendall(data)
        except OSError as error:
            raise ConnectionFailed(str(error)) from error


def _handshake(
    connected: socket.socket, host: str, path: str, subprotocols: tuple[str, ...], deadline: float
) -> bytes:
    """Upgrade the connection; return what came behind the server's head."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {', '.join(subprotocols)}",
    ]
    connected.settimeout(max(0.001, deadline - time.monotonic()))
    connected.sendall("\r\n".join([*lines, "", ""]).encode())
    received = bytearray()
    while b"\r\n\r\n" not in received:
        connected.settimeout(max(0.001, deadline - time.monotonic()))
        data = connected.recv(_PIECE)
        if not data or len(received) > LARGEST_HEAD:
            raise ProtocolError("the answer has no end")
        received += data
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in fields)
    }
    if status.split(" ")[1:2] != ["101"]:
        raise ProtocolError(f"it answers {status!r}")
    if headers.get("sec-websocket-accept") != accept_for(key):
        raise ProtocolError("it answers another handshake")
    if headers.get("sec-websocket-protocol") not in subprotocols:
        raise ProtocolError("it takes none of our subprotocols")
    return rest
