"""What a handler is given, and what it gives back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from localcloud.wire.streams import BodyStream

MAX_BODY: Final = 1024 * 1024
MAX_LINE: Final = 64 * 1024  # a handshake may carry its token in the query: far over the usual 8 KB
_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
# The framing is the server's: a handler that set one of these would break it.
_FRAMING: Final = frozenset({"connection", "content-length", "date", "transfer-encoding"})
_UNSAFE: Final = str.maketrans(dict.fromkeys("\r\n\0", " "))


@dataclass(slots=True)
class Request:
    """A request, read to its end.

    Attributes
    ----------
    target
        The path and the query as they were sent: what a client has signed.
    headers
        Names in lower case; a header that came several times is joined by commas.
    keep_alive
        Whether the client keeps the connection for another request.
    upgrade
        Whether it asks for another protocol.
    cut
        Whether its body was too large and is left out (of servers that do so).
    stream
        Its body while it comes, where the server hands that out; ``body`` is empty then.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    remote: str = "127.0.0.1"
    keep_alive: bool = True
    upgrade: bool = False
    cut: bool = False
    stream: BodyStream | None = None

    @property
    def raw_path(self) -> str:
        """The path as it was sent."""
        return self._split()[0]

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        path = self._split()[0]
        return unquote(path) if "%" in path else path

    @property
    def raw_query(self) -> str:
        """The query as it was sent, without its question mark."""
        return self._split()[1]

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; of several with one name the first."""
        return dict(reversed(parse_qsl(self._split()[1], keep_blank_values=True)))

    @property
    def wants_websocket(self) -> bool:
        """Whether it opens a WebSocket."""
        return (
            self.upgrade
            and self.method == "GET"
            and "websocket" in self.headers.get("upgrade", "").lower().split(", ")
        )

    def _split(self) -> tuple[str, str]:
        target = self.target
        if target.startswith("/") and "?" not in target and "#" not in target:
            return target, ""
        if not target.startswith("/"):  # the form that proxies are sent: http://host/path
            _, _, rest = target.partition("://")
            target = "/" + rest.partition("/")[2]
        path, _, query = target.partition("#")[0].partition("?")
        return path, query


@dataclass(slots=True)
class Response:
    """An answer: its body whole, its framing left to the server."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self, *, keep_alive: bool = True, head_only: bool = False) -> bytes:
        """Return the answer as it is sent.

        Parameters
        ----------
        head_only
            Leave the body out, as an answer to ``HEAD`` does.
        """
        head = encode_head(
            self.status, self.headers, f"Content-Length: {len(self.body)}", keep_alive=keep_alive
        )
        return head if head_only else head + self.body


def encode_head(status: int, headers: Mapping[str, str], framing: str, *, keep_alive: bool) -> bytes:
    """Return an answer up to its body; ``framing`` is the header that says where the body ends."""
    lines = [_STATUS[status]]
    for name, value in headers.items():
        if name.lower() not in _FRAMING:
            line = f"{name}: {value}"
            # Resolvers set headers: a line break in one must not begin another.
            lines.append((line if line.isprintable() else line.translate(_UNSAFE)) + "\r\n")
    lines.append(f"{framing}\r\nDate: {_date(int(time.time()))}\r\n")
    lines.append("\r\n" if keep_alive else "Connection: close\r\n\r\n")
    return "".join(lines).encode("utf-8", "replace")


def items(text: str) -> list[str]:
    """Return the items of a header that is a list."""
    return [item.strip() for item in text.split(",")]


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def negotiated(protocols: str, protocol: str) -> str | None:
    """Return ``protocol`` if it is among the subprotocols that a client offers."""
    return protocol if protocol in items(protocols) else None
