"""Closing a connection without an answer, which ASGI has no message for."""

from __future__ import annotations

from typing import Any

from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.http_stream import HTTPStream

from localcloud.engine.asgi import ABORT


def allow_aborts() -> None:
    """Teach hypercorn :data:`ABORT`; without it every request ends in a response, if only a 500."""
    before = HTTPStream.app_send

    async def app_send(stream: HTTPStream, message: Any) -> None:
        if message is not None and message["type"] == ABORT:
            # With no response begun, hypercorn closes the connection behind the stream.
            await stream.send(StreamClosed(stream_id=stream.stream_id))
            return
        await before(stream, message)

    setattr(HTTPStream, "app_send", app_send)  # noqa: B010 - assigned plainly, its type would not fit
