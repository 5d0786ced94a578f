"""A request as it came in, apart from the server: the source of events, signatures and authorizers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias
from urllib.parse import unquote_plus

from aiohttp import web

from localcloud.auth.sigv4 import SignedRequest
from localcloud.gateway.errors import HeadersTooLarge, TooLarge
from localcloud.gateway.ids import new_request_id, new_short_id, new_trace_id

JSON: TypeAlias = Mapping[str, "JSON"] | list["JSON"] | str | int | float | bool | None
MAX_BODY: Final = 10 * 1024 * 1024
MAX_HEAD: Final = 10_240  # request line and headers together, as API Gateway's quotas have it
MAX_LINE: Final = 64 * 1024  # what the server still reads, to answer that it is too much


@dataclass(frozen=True)
class Incoming:
    """One request.

    Attributes
    ----------
    path, query
        As they came: percent-encoded.
    headers
        In their order, with the names as the client wrote them.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    version: str = "HTTP/1.1"
    received: float = field(default_factory=time.time)
    request_id: str = field(default_factory=new_request_id)
    extended_id: str = field(default_factory=new_short_id)

    @cached_property
    def lowered(self) -> Mapping[str, str]:
        """The headers by their names in lower case; of several, the last."""
        return {name.lower(): value for name, value in self.headers}

    @cached_property
    def host(self) -> str:
        """The address that the client asked, ``127.0.0.1:PORT`` as a rule."""
        return self.lowered.get("host", "")

    @cached_property
    def user_agent(self) -> str | None:
        """The client's ``User-Agent``, or None."""
        return self.lowered.get("user-agent")

    @cached_property
    def trace_id(self) -> str:
        """The ``X-Amzn-Trace-Id``: the client's, or one made here."""
        return self.lowered.get("x-amzn-trace-id") or new_trace_id(self.received)

    @cached_property
    def parameters(self) -> Mapping[str, list[str]]:
        """The query's parameters, decoded, each with all of its values."""
        parameters: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            if part:
                name, _, value = part.partition("=")
                parameters.setdefault(decoded(name), []).append(decoded(value))
        return parameters

    @property
    def epoch_ms(self) -> int:
        """When it came, in milliseconds."""
        return int(self.received * 1000)

    def signed(self) -> SignedRequest:
        """Return what a signature of it covers."""
        return SignedRequest(self.method, self.path, self.query, self.lowered, self.body)


def decoded(text: str) -> str:
    """Return a percent-encoded text as it is meant; what is no UTF-8 becomes U+FFFD."""
    return unquote_plus(text, errors="replace")


def plain(text: str) -> str:
    """Return a header's text without halves of surrogate pairs: bytes that are no UTF-8 count as Latin-1."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("latin-1") if _has_halves(text) else text


def _has_halves(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of each name, in their order; the first spelling of a name counts."""
    values: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
    return values


async def read(request: web.BaseRequest) -> Incoming:
    """Return a request, read to its end.

    Raises
    ------
    HeadersTooLarge, TooLarge
        When it is over API Gateway's limits.
    """
    headers = tuple((plain(name), plain(value)) for name, value in request.headers.items())
    head = len(request.method) + len(request.raw_path) + 12 + sum(len(n) + len(v) + 4 for n, v in headers)
    if head > MAX_HEAD:
        raise HeadersTooLarge
    if request.headers.get("Expect", "").lower() == "100-continue":
        # Without it, curl holds a larger body back for a second.
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge
    try:
        body = await request.read() if request.body_exists else b""
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None
    path, _, query = request.raw_path.partition("?")
    return Incoming(
        request.method,
        plain(path.partition("#")[0]),
        plain(query.partition("#")[0]),
        headers,
        body,
        request.remote or "127.0.0.1",
        f"HTTP/{request.version.major}.{request.version.minor}",
    )


def forwarded(incoming: Incoming) -> list[tuple[str, str]]:
    """Return the headers as a function sees them: with those that API Gateway adds."""
    port = incoming.host.rpartition(":")[2] if ":" in incoming.host else "80"
    forwarded_for = incoming.lowered.get("x-forwarded-for")
    added = {
        "X-Amzn-Trace-Id": incoming.trace_id,
        "X-Forwarded-For": f"{forwarded_for}, {incoming.source_ip}" if forwarded_for else incoming.source_ip,
        "X-Forwarded-Port": port,
        "X-Forwarded-Proto": "http",
    }
    lowered = {name.lower() for name in added}
    return [pair for pair in incoming.headers if pair[0].lower() not in lowered] + list(added.items())
