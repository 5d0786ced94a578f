"""Kept connections to the engine for calls that block."""

from __future__ import annotations

import http.client
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 60.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Connections:
    """Connections to one server, for any thread: one that is not in use is taken before another is opened."""

    def __init__(self, endpoint: str) -> None:
        self.host = urlsplit(endpoint).netloc
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request, and return its answer.

        Raises
        ------
        OSError, http.client.HTTPException
            There was none.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._exchange(connection, method, target, headers, body)
            except (http.client.RemoteDisconnected, ConnectionError):
                pass  # the server had closed it meanwhile: it has not read the request
        return self._exchange(
            http.client.HTTPConnection(self.host, timeout=SECONDS), method, target, headers, body
        )

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        try:
            connection.request(method, target, body or None, dict(headers))
            response = connection.getresponse()
            reply = Reply(response.status, response.headers, response.read())
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)
        return reply


def _close(connections: list[http.client.HTTPConnection]) -> None:
    for connection in connections:
        connection.close()
