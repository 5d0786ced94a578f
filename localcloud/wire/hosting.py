"""What a server is to its connections, and what they are to it: neither imports the other for that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from localcloud.wire.messages import Request, Response
from localcloud.wire.streams import StreamedResponse
from localcloud.wire.websocket import Upgrade

HandlerResult = Response | StreamedResponse | Upgrade
AsyncHandler = Callable[[Request], Awaitable[Response | Upgrade]]
Handler = Callable[[Request], Response | Awaitable[HandlerResult]]
"""Answers a request: at once, or after waiting, for which it gets a task."""
Refusal = Callable[[int, str], Response]


class ServedConnection(Protocol):
    """What the server knows of a connection."""

    def finish(self, reason: str) -> None:
        """Close it in good order; a WebSocket sends the reason."""

    def abort(self) -> None:
        """Cut it."""


class Host(Protocol):
    """What a connection knows of its server: see `localcloud.wire.server.Server`."""

    handler: Handler
    refusal: Refusal
    max_body: int
    cuts: bool
    max_line: int
    streams: Callable[[Request], bool] | None
    closing: bool

    def register(self, connection: ServedConnection) -> None:
        """Take note of a connection."""

    def lost(self, connection: ServedConnection) -> None:
        """Forget a connection."""
