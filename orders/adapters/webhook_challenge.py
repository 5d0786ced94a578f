"""`Challenger` over HTTP: one POST to the very address that was checked, with no redirect followed."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from urllib.parse import urlsplit

SECONDS = 5.0
"""For the whole exchange: registration's function has 29."""

LARGEST = 4096
"""Bytes of an answer that are read."""


class HttpChallenger:
    """Asks an endpoint over HTTP.

    Parameters
    ----------
    seconds : float
        For the whole exchange.
    tls : ssl.SSLContext, optional
        Whose certificates are trusted; the system's without.
    """

    def __init__(self, *, seconds: float = SECONDS, tls: ssl.SSLContext | None = None) -> None:
        self._seconds = seconds
        self._tls = tls

    def post(self, url: str, address: str, body: bytes) -> bytes | None:
        """Return what the endpoint answers with a 200; None for anything else, whatever went wrong.

        The name is in the Host header and in TLS, whose certificate must be its own; the connection goes
        to ``address`` all the same.
        """
        parts = urlsplit(url)
        until = time.monotonic() + self._seconds
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        sockets: list[socket.socket] = []

        def connect(where: tuple[str, int], timeout: object = None, *_: object) -> socket.socket:
            sockets.append(socket.create_connection((address, where[1]), _remaining(until)))
            return sockets[-1]

        # http.client's own seam; its connect() goes through it.
        vars(connection)["_create_connection"] = connect
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = {"Content-Type": "application/json", "User-Agent": "Orderwire"}
        try:
            connection.connect()
            # The socket with TLS around it, where there is TLS.
            connection.sock.settimeout(_remaining(until))
            connection.request("POST", path, body=body, headers=headers)
            connection.sock.settimeout(_remaining(until))
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                return None
            return _read(answer, connection.sock, until)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
            for opened in sockets:
                opened.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._seconds)
        tls = self._tls or ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self._seconds, context=tls)


def _read(answer: http.client.HTTPResponse, sock: socket.socket | None, until: float) -> bytes:
    """Read the body piece by piece: who dribbles is given up at the end of the time."""
    body = b""
    while len(body) <= LARGEST:
        if sock is not None:
            sock.settimeout(_remaining(until))
        piece = answer.read1(LARGEST)
        if not piece:
            break
        body += piece
    return body


def _remaining(until: float) -> float:
    remaining = until - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
