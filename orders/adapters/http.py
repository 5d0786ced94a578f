"""Requests over connections that are kept open, with a deadline for the whole exchange."""

from __future__ import annotations

import ssl
import time
from http.client import HTTPException, RemoteDisconnected
from urllib.parse import urlsplit

from orders.adapters.http_connection import HttpConnection, Request, Response
from orders.errors import ConfigurationError, PublishFailed, PublishLate

__all__ = ["HttpPool", "Response"]

MAX_IDLE = 50.0
"""Seconds; load balancers drop a connection that was silent for a minute."""

MAX_BODY = 65_536
"""Bytes of an answer that are read: most of ours have some hundred."""


class HttpPool:
    """Connections to one host. Threads may share it: each exchange has a connection to itself.

    Parameters
    ----------
    url : str
        ``http`` or ``https``; every request goes to it, or to another path of its host.
    largest : int
        Bytes of an answer that are read.
    """

    def __init__(self, url: str, *, largest: int = MAX_BODY) -> None:
        self._largest = largest
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"{url!r} is no http or https URL.")
        # Made once: reading the machine's certificates takes some ten milliseconds.
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname
        self._port = parts.port or (443 if self._tls else 80)
        self._netloc = parts.netloc
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path or "/"
        # Last in, first out: the connection used last is the likeliest to be alive still.
        self._idle: list[tuple[HttpConnection, float]] = []

    def post(
        self,
        body: bytes,
        headers: dict[str, str],
        *,
        deadline: float,
        path: str | None = None,
        method: str = "POST",
    ) -> Response:
        """Send ``body`` and return the answer.

        A kept connection may have been closed by the other side at any moment, above all while
        Lambda had the function frozen. Then the request goes once more, over a new one: whatever
        is sent here may arrive twice.

        Parameters
        ----------
        deadline : float
            A reading of ``time.monotonic()``.
        path : str, optional
            Percent-encoded; that of the pool's URL without.
        method : str
            Another one than POST, such as DELETE, whose body is empty.

        Raises
        ------
        PublishLate, PublishFailed
        """
        request = Request(method, path or self.path, body, headers)
        start = time.monotonic()
        kept = self._take(start)
        try:
            if kept is not None:
                try:
                    return self._exchange(kept, request, deadline)
                except (RemoteDisconnected, ConnectionError):
                    kept.close()
            return self._exchange(self._open(), request, deadline)
        except TimeoutError as error:
            raise PublishLate(round(deadline - start, 3)) from error
        except (OSError, HTTPException, ValueError) as error:
            raise PublishFailed(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop()[0].close()

    def _exchange(self, connection: HttpConnection, request: Request, deadline: float) -> Response:
        try:
            response = connection.exchange(request, deadline=deadline, largest=self._largest)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()
        return response

    def _take(self, now: float) -> HttpConnection | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if now - since < MAX_IDLE:
                return connection
            connection.close()

    def _open(self) -> HttpConnection:
        return HttpConnection(self._host, self._port, self._netloc, self._tls)
