"""Calls of the Lambda service from threads, in a tenth of the processor time that urllib3 takes.

Every task of every execution makes one, to one server on loopback: nothing of what a general client
looks after (proxies, redirects, retries, certificates, encodings) can occur.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

RECEIVE_BYTES = 65_536
# A burst of tasks fills the queue of connections that a busy server has not accepted yet.
CONNECT_SECONDS = 60.0


class CallError(Exception):
    """The server cannot be reached, or what it said is no HTTP."""


@dataclass
class Reply:
    """What a server answered; names of headers in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class _Reading:
    """A reply on its way, as the parser reports it."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.reply = Reply()
        self.complete = False
        self.keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.reply.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self.reply.body = self.reply.body + part if self.reply.body else part

    def on_message_complete(self) -> None:
        # Later the parser has forgotten both.
        self.reply.status, self.keep = self.parser.get_status_code(), self.parser.should_keep_alive()
        self.complete = True


class CallerPool:
    """Keeps connections to one server: as many as there are calls at a time.

    Parameters
    ----------
    url
        Where the server is, such as ``http://127.0.0.1:3001``.
    seconds
        How long a call may take between two signs of life; None for as long as it takes.
    """

    def __init__(self, url: str, seconds: float | None) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host = parts.netloc
        self._seconds = seconds
        # The one that was used last is the one that the server is least likely to have closed.
        self._idle: deque[socket.socket] = deque()

    def post(self, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send a request and wait for the answer.

        Raises
        ------
        CallError
            There is no answer. Whether the request was carried out is not known: it is not sent again.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {target} HTTP/1.1\r\nHost: {self._host}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        try:
            connection = self._connection()
        except OSError as error:
            raise CallError(f"no connection to {self._host}: {error}") from error
        try:
            connection.sendall(head.encode("latin-1") + body)
            reply, keep = _receive(connection)
        except (OSError, httptools.HttpParserError) as error:
            connection.close()
            raise CallError(f"no answer from {self._host}: {error!r}") from error
        if keep:
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def close(self) -> None:
        """Close the connections that no call uses."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> socket.socket:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if not _said_something(connection):
                return connection
            connection.close()
        connection = socket.create_connection(self._address, CONNECT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(self._seconds)
        return connection


def _said_something(connection: socket.socket) -> bool:
    """Whether there is something to read on an idle connection: its end, most of all."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _receive(connection: socket.socket) -> tuple[Reply, bool]:
    """Read a reply; say with it whether the connection can be used again."""
    reading = _Reading()
    parser = reading.parser
    while not reading.complete:
        part = connection.recv(RECEIVE_BYTES)
        if not part:
            raise ConnectionResetError("closed before the answer was complete")
        parser.feed_data(part)
    # They hold each other.
    del reading.parser
    return reading.reply, reading.keep
