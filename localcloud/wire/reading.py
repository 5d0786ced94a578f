"""From bytes to requests: the parser, and what is refused before any handler sees it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import httptools

from localcloud.wire.messages import MAX_LINE, Request
from localcloud.wire.streams import BodyStream

HEADERS: Final = 4  # so many of the longest fit into a head
_UPGRADING: Final = frozenset({"connection", "upgrade", "http2-settings", "expect"})


@lru_cache(maxsize=256)
def _key(name: bytes) -> str:
    """Return a header's name as requests have it: clients send the same few again and again."""
    return name.lower().decode("latin-1")


class RequestRejected(Exception):
    """A request that is not handled: what follows it on the connection cannot be distinguished from it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RequestReader:
    """Reads the requests of one connection.

    Attributes
    ----------
    waiting
        Those that came whole. A refusal is the last one: what comes after it is dropped.
    rest
        What came after a request for a WebSocket; None without one.

    Parameters
    ----------
    remote
        Who sends them.
    expecting
        Called when a client waits for "100 Continue" to send its body.
    cuts
        Let a request with too large a body pass, without it, instead of refusing it.
    max_line
        How long a header may be.
    streams
        Says of a request's head whether its body is handed out while it comes, whatever its size; it is
        put in line at once.
    pace
        Called when such a body may be read on.
    """

    def __init__(
        self,
        remote: str,
        max_body: int,
        expecting: Callable[[], None],
        *,
        cuts: bool = False,
        max_line: int = MAX_LINE,
        streams: Callable[[Request], bool] | None = None,
        pace: Callable[[], None] = lambda: None,
    ) -> None:
        self.waiting: deque[Request | RequestRejected] = deque()
        self.stream: BodyStream | None = None
        self._streams, self._pace = streams, pace
        self.refusing = False
        self.rest: bytes | None = None
        self._remote = remote
        self._max_body = max_body
        self._expecting = expecting
        self._cuts = cuts
        self._max_line, self._max_head = max_line, HEADERS * max_line
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    def feed(self, data: bytes) -> None:
        """Take bytes of the client's."""
        if self.refusing:
            return
        if self.rest is not None:
            self.rest += data
            return
        number = self._number
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            problem = error.__context__
            self._refuse(
                problem if isinstance(problem, RequestRejected) else RequestRejected(400, "Bad request")
            )
        except httptools.HttpParserError as error:
            self._refuse(RequestRejected(400, f"This is no HTTP/1.1 request: {error}"))
        else:
            if self._in_head and number == self._number:
                self._head += len(data)  # a line that does not end is no header yet
                if self._head > self._max_head:
                    self._refuse(
                        RequestRejected(431, f"The head of the request is over {self._max_head} bytes.")
                    )

    def resume(self) -> None:
        """Go on with HTTP: the WebSocket was refused."""
        rest, self.rest = self.rest, None
        self._parser = httptools.HttpRequestParser(self)
        if rest:
            self.feed(rest)

    def _refuse(self, problem: RequestRejected) -> None:
        self.refusing = True
        self.waiting.append(problem)

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: bytes | bytearray = b""
        self._head = 0
        self._in_head = self._cut = False
        self._number = 0

    def on_message_begin(self) -> None:
        """Begin a request."""
        number = self._number
        self._begin()
        self._number = number + 1
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self._url += url
        if len(self._url) > MAX_LINE:
            raise RequestRejected(414, f"The request's target is over {MAX_LINE} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(value) + 4  # and the colon, the blank and the end of the line
        if len(value) > self._max_line or self._head > self._max_head:
            raise RequestRejected(431, f"The header {name[:60].decode('latin-1')} makes the head too long.")
        key, text = _key(name), value.decode("utf-8", "surrogateescape")
        previous = self._headers.get(key)
        self._headers[key] = text if previous is None else f"{previous}, {text}"

    def on_headers_complete(self) -> None:
        """Let a client go on that waits for it."""
        self._in_head = False
        headers = self._headers
        if self._streams is not None and self._streams(request := self._request()):
            self.stream = request.stream = BodyStream(self._pace)
            self._headers = self.stream.trailers
            self.waiting.append(request)
            return
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_body:
            self._over()
        if "expect" in headers:
            if headers["expect"].lower() != "100-continue":
                raise RequestRejected(417, "Nothing but 100-continue can be expected.")
            if not self.waiting:
                self._expecting()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._cut:
            return
        if self.stream is not None:
            self.stream.feed(body)
            return
        if not self._body:
            self._body = body  # it mostly comes at once
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body + body)
        else:
            self._body += body
        if len(self._body) > self._max_body:
            self._over()

    def _over(self) -> None:
        """Refuse a body that is too large, or leave it out."""
        if not self._cuts:
            raise RequestRejected(413, f"Request body is over {self._max_body} bytes.")
        self._cut, self._body = True, b""

    def on_message_complete(self) -> None:
        """Put the request in line."""
        if self.stream is not None:
            self.stream.end()
            self.stream = None
            return
        self.waiting.append(self._request())

    def _request(self) -> Request:
        parser = self._parser
        return Request(
            parser.get_method().decode("latin-1"),
            self._url.decode("utf-8", "surrogateescape"),
            self._headers,
            bytes(self._body),
            self._remote,
            parser.should_keep_alive(),
            parser.should_upgrade(),
            self._cut,
        )

    def _upgrade(self, rest: bytes) -> None:
        """Go on after a request for another protocol: ``rest`` is what came after its head."""
        request = self.waiting[-1]
        if isinstance(request, RequestRejected) or request.wants_websocket:
            self.rest = rest
            return
        self.waiting.pop()
        if request.method == "CONNECT":
            self._refuse(RequestRejected(405, "CONNECT is not served."))
            return
        # The protocol is not ours (h2c, say), so the request is one like any other. The parser left its body
        # unread, and is given the request again without what made it do so.
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items() if name not in _UPGRADING]
        self._parser = httptools.HttpRequestParser(self)
        self.feed(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + rest)
