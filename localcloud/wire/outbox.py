"""What a connection has yet to send: bounded, and never waited for.

Frames are written straight to the transport, encoded here, because an event goes to thousands of sockets and
its frames differ by one id. Without an ``await`` per subscriber, a slow one delays no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

DEFAULT_LIMIT: Final = 4 * 1024 * 1024
_TEXT: Final = 0x81  # the last fragment of a text message (RFC 6455, 5.2); a server does not mask
_BINARY: Final = 0x82


def frame_header(length: int, first: int = _TEXT) -> bytes:
    """Return the header of an unmasked frame with a payload of ``length`` bytes, of text by default."""
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


class Outbox:
    """Sends text frames over a WebSocket's transport.

    Parameters
    ----------
    transport
        The transport of an open WebSocket without compression. Nothing else may be in the middle of a
        frame, which holds because writers write whole frames.
    limit
        How many bytes may wait to be read by the peer.
    overflowed
        Called once, when more than that waits: nothing is sent any more, and the connection is to be closed.
    """

    __slots__ = ("_limit", "_open", "_overflowed", "_transport")

    def __init__(
        self, transport: asyncio.Transport, *, limit: int, overflowed: Callable[[int], None]
    ) -> None:
        self._transport = transport
        self._limit = limit
        self._overflowed = overflowed
        self._open = True

    def send(self, payload: bytes) -> None:
        """Send a text frame; nothing happens once the connection has gone."""
        self.write(frame_header(len(payload)) + payload)

    def send_binary(self, payload: bytes) -> None:
        """Send a binary frame; nothing happens once the connection has gone."""
        self.write(frame_header(len(payload), _BINARY) + payload)

    def write(self, frames: bytes) -> None:
        """Send whole frames, headers and all."""
        if not self._open:
            return
        transport = self._transport
        if transport.is_closing():
            self._open = False
            return
        transport.write(frames)
        if transport.get_write_buffer_size() > self._limit:
            self.check()

    def check(self) -> None:
        """Look at how much waits, after something else was written: a pong, say."""
        waiting = self._transport.get_write_buffer_size()
        if self._open and waiting > self._limit:
            self._open = False
            self._overflowed(waiting)

    def close(self) -> None:
        """Send nothing any more."""
        self._open = False
