"""The connections to one HTTP server on this machine: opened when they are wanted, and kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from localcloud.calls.errors import NoAnswer
from localcloud.calls.exchange import ClientConnection, HttpReply
from localcloud.processes.stopwatch import Overhead

MOST: Final = 256
# A busy server accepts a burst of connections late.
CONNECT_SECONDS: Final = 60.0
SECONDS: Final = 30.0
_TARGET: Final = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"
_UNSAFE: Final = str.maketrans(dict.fromkeys("\r\n\0", " "))


class HttpConnections:
    """Sends requests to one server, at most ``MOST`` at once; more wait for their turn.

    Parameters
    ----------
    endpoint
        ``http://HOST:PORT``.
    overhead
        What the local cloud itself takes, which counts against no limit; without, all time counts.
    seconds
        How long the server may take for an answer, once a connection is free; None: as long as it likes.
    """

    def __init__(
        self, endpoint: str, overhead: Overhead | None = None, seconds: float | None = SECONDS
    ) -> None:
        parts = urlsplit(endpoint)
        self.endpoint = endpoint
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.host = parts.netloc
        self._idle: list[ClientConnection] = []
        self._open: set[ClientConnection] = set()
        self._room = asyncio.Semaphore(MOST)
        self._overhead = overhead or Overhead(time.monotonic)
        self._seconds = seconds

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        limit: int | None = None,
    ) -> HttpReply:
        """Send a request, and return its answer. It is sent once: whether to repeat it the caller knows.

        Parameters
        ----------
        target
            Path and query, encoded.
        headers
            Without those of the framing, and without ``Host``.
        limit
            How many bytes the answer's body may have.

        Raises
        ------
        NoAnswer, AnswerTooLarge
        """
        if not target.isascii() or not target.isprintable() or " " in target:
            target = quote(target, safe=_TARGET)  # a break of the line in it would begin a header
        lines = [f"{method} {target} HTTP/1.1\r\nHost: {self.host}\r\n"]
        for name, value in headers.items():
            line = f"{name}: {value}"
            lines.append((line if line.isprintable() else line.translate(_UNSAFE)) + "\r\n")
        if body or method in {"POST", "PUT", "PATCH"}:
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        request = "".join(lines).encode("utf-8", "surrogateescape") + body
        async with self._room:
            return await self._exchange(request, limit)

    def close(self) -> None:
        """Cut every connection; what is under way fails."""
        for connection in list(self._open):
            connection.abort()

    async def _exchange(self, request: bytes, limit: int | None) -> HttpReply:
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            return await connection.exchange(request, limit, self._seconds)
        finally:
            if connection.reusable:
                self._idle.append(connection)
            else:
                connection.abort()

    async def _connect(self) -> ClientConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: ClientConnection(self._lost, self._overhead), self._host, self._port
                )
        except OSError as error:  # TimeoutError is one
            raise NoAnswer(f"{self.endpoint} cannot be reached: {error}") from None
        self._open.add(connection)
        return connection

    def _lost(self, connection: ClientConnection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
