"""One HTTP/1.1 connection, for the paths that every change of every order takes.

The standard library's client reads each answer's head with the parser of mail: that, and a method call for
each header, is two thirds of the processor time of a publish. Here a head is split once. What this reads is
compared with ``http.client`` in a property test.

Source of the format: RFC 9112, sections 4 to 7.
"""

from __future__ import annotations

import math
import re
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException, RemoteDisconnected
from typing import cast

LARGEST_HEAD = 65_536
"""Bytes of an answer's head; servers of ours and AWS's send some hundred."""

READ = 65_536

SLACK = 0.005
"""Seconds that a step may take beyond the deadline: setting a socket's time limit is a call of the kernel's,
and what the last exchange left it at is mostly as good."""

_ANSWER = re.compile(rb"(HTTP/1\.[^ \r\n]*) ([0-9]{3})(?=[ \r]|\Z)")
# What says where the body ends. An answer of AWS's has as many headers more, which nothing here reads.
_FIELD = re.compile(rb"\r\n(connection|content-length|transfer-encoding):([^\r\n]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: a percent-encoded path, and headers besides ``Host`` and ``Content-Length``."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer's status and its body."""

    status: int
    body: bytes


class MalformedResponse(HTTPException):
    """The other side does not speak HTTP/1, or ended in the middle of an answer."""


class HttpConnection:
    """A connection to one host, opened by the first post. Not for several threads at once.

    Parameters
    ----------
    host, port : str, int
        Where to.
    netloc : str
        The host as requests name it, with its port where the URL has one.
    tls : ssl.SSLContext, optional
        For ``https``.

    Attributes
    ----------
    reusable : bool
        Whether the last answer was read whole and the connection stays open.
    """

    def __init__(self, host: str, port: int, netloc: str, tls: ssl.SSLContext | None) -> None:
        self._host = host
        self._address = where(host, port)
        self._netloc = netloc
        self._tls = tls
        self._socket: socket.socket | None = None
        self._limit = math.inf
        self._rest = b""
        self.reusable = False

    def exchange(self, request: Request, *, deadline: float, largest: int) -> Response:
        """Send a request and read its answer.

        Parameters
        ----------
        deadline : float
            A reading of ``time.monotonic()`` for the whole exchange.
        largest : int
            Bytes of the body that are read; of a longer one the rest is left, and the connection with it.

        Raises
        ------
        TimeoutError
            The deadline is over.
        OSError
            The connection cannot be opened, or broke; ``http.client.RemoteDisconnected`` when it was closed
            before the answer began.
        MalformedResponse, ValueError
            What came is no answer; a header that holds a line's end is refused.
        """
        self.reusable = False
        head = [
            f"{request.method} {request.path} HTTP/1.1",
            f"Host: {self._netloc}",
            f"Content-Length: {len(request.body)}",
            *(f"{name}: {value}" for name, value in request.headers.items()),
        ]
        text = "\r\n".join(head)
        if text.count("\n") != len(head) - 1 or text.count("\r") != len(head) - 1:
            raise ValueError("a path or a header holds a line's end")
        if self._socket is None:
            self._connect(deadline)
        self._limited(deadline).sendall(text.encode("latin-1") + b"\r\n\r\n" + request.body)
        status = 100
        while 100 <= status < 200:  # what says "go on" is no answer yet
            version, status, fields = self._head(deadline)
        content, whole = self._body(status, fields, deadline, largest)
        kept = fields.get(b"connection", b"keep-alive" if version == b"HTTP/1.1" else b"close")
        self.reusable = whole and not self._rest and b"close" not in kept.lower()
        return Response(status, content)

    def close(self) -> None:
        """Close it; a later post opens another."""
        self.reusable, self._rest = False, b""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self, deadline: float) -> None:
        connected = socket.create_connection(self._address, timeout=_remaining(deadline))
        try:
            # Head and body leave together, and nothing waits for more.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connected.settimeout(_remaining(deadline))
                connected = self._tls.wrap_socket(connected, server_hostname=self._host)
        except BaseException:
            connected.close()
            raise
        self._socket, self._limit, self._rest = connected, math.inf, b""

    def _limited(self, deadline: float) -> socket.socket:
        """Return the socket, whose next step may take what is left of the time."""
        assert self._socket is not None
        remaining = _remaining(deadline)
        if not -SLACK < self._limit - remaining < SLACK:
            self._socket.settimeout(remaining)
            self._limit = remaining
        return self._socket

    def _more(self, deadline: float) -> bytes:
        return self._limited(deadline).recv(READ)

    def _head(self, deadline: float) -> tuple[bytes, int, dict[bytes, bytes]]:
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > LARGEST_HEAD:
                raise MalformedResponse("the answer's head is too long")
            more = self._more(deadline)
            if not more:
                if data:
                    raise MalformedResponse("the answer ended in its head")
                raise RemoteDisconnected("the connection was closed before the answer")
            data += more
        self._rest = data[end + 4 :]
        answer = _ANSWER.match(data, 0, end)
        if answer is None:
            raise MalformedResponse(f"the answer begins with {data[:40]!r}")
        fields = {name.lower(): value.strip() for name, value in _FIELD.findall(data, answer.end(), end)}
        return answer[1], int(answer[2]), fields

    def _body(
        self, status: int, fields: dict[bytes, bytes], deadline: float, largest: int
    ) -> tuple[bytes, bool]:
        """Return the body, and whether it was read to its end and the next answer may follow."""
        if status in (204, 304):
            return b"", True
        if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
            return self._chunks(deadline, largest)
        length = fields.get(b"content-length")
        if length is None:  # then it ends with the connection
            return self._read(largest, deadline, to_the_end=True), False
        if not length.isdigit():
            raise MalformedResponse(f"the answer's length is {length[:40]!r}")
        return self._read(min(int(length), largest), deadline), int(length) <= largest

    def _chunks(self, deadline: float, largest: int) -> tuple[bytes, bool]:
        body = b""
        while (size := self._chunk_size(deadline)) > 0:
            body += self._read(min(size, largest - len(body)), deadline)
            if len(body) == largest:
                return body, False
            if self._read(2, deadline) != b"\r\n":
                raise MalformedResponse("a chunk is longer than it says")
        while self._line(deadline):  # trailers
            pass
        return body, True

    def _chunk_size(self, deadline: float) -> int:
        size = self._line(deadline).partition(b";")[0].strip()
        try:
            return int(size, 16)
        except ValueError:
            raise MalformedResponse(f"a chunk's size is {size[:40]!r}") from None

    def _line(self, deadline: float) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            if len(self._rest) > LARGEST_HEAD:
                raise MalformedResponse("the answer has a line without an end")
            self._fill(deadline)
        line, self._rest = self._rest[:end], self._rest[end + 2 :]
        return line

    def _read(self, count: int, deadline: float, *, to_the_end: bool = False) -> bytes:
        while len(self._rest) < count:
            if not (more := self._more(deadline)):
                if to_the_end:
                    break
                raise MalformedResponse("the answer ended in its body")
            self._rest += more
        body, self._rest = self._rest[:count], self._rest[count:]
        return body

    def _fill(self, deadline: float) -> None:
        if not (more := self._more(deadline)):
            raise MalformedResponse("the answer ended in its body")
        self._rest += more


def where(host: str, port: int) -> tuple[str, int]:
    """Return what a socket connects to: as text, a host would be encoded by Python code each time."""
    # Typeshed knows of text alone; `getaddrinfo` takes both.
    return (cast("str", host.encode()) if host.isascii() else host, port)


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
