"""An open WebSocket: messages in, text frames out, and an end that the client receives.

The protocol itself (framing, masks, pings, the closing handshake, what is no UTF-8) is websockets' own state
machine, which knows of no socket.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol as Frames
from websockets.protocol import Side, State
from websockets.utils import accept_key

from localcloud.wire.messages import MAX_BODY, Request, Response
from localcloud.wire.outbox import Outbox

CLOSE_SECONDS: Final = 1.0
"""How long a client may take to answer a close frame."""
DRAIN_SECONDS: Final = 5.0
"""The same for one that has much to read before it comes to the close frame."""
_REASON_BYTES: Final = 123  # what a control frame has room for
_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.WARNING)  # it reports each connection's end


class Listener(Protocol):
    """Receives what comes over a WebSocket."""

    def text(self, text: str) -> None:
        """Take a text message."""

    def binary(self, data: bytes) -> None:
        """Take a binary message."""

    def overflowed(self, waiting: int) -> None:
        """Take note that the client does not read: so many bytes wait, and the connection is being closed."""

    def closed(self) -> None:
        """Take note, once, that nothing can be sent any more."""


@dataclass(slots=True)
class Upgrade:
    """An answer that turns the connection into a WebSocket.

    Attributes
    ----------
    accept
        Called with the WebSocket once it is open; returns who listens to it.
    subprotocol
        The one of the client's that is chosen.
    buffer_bytes
        How much may wait to be read by the client before the connection is closed.
    """

    accept: Callable[[WebSocket], Listener]
    subprotocol: str | None = None
    max_message: int = MAX_BODY
    buffer_bytes: int = 4 * 1024 * 1024


def refused_handshake(request: Request) -> Response | None:
    """Return why a request for a WebSocket is none; None when it is good."""
    if request.headers.get("sec-websocket-version") != "13":
        return Response(426, b"WebSocket version 13 is spoken here.", {"Sec-WebSocket-Version": "13"})
    try:
        key = base64.b64decode(request.headers.get("sec-websocket-key", ""), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 16:
        return Response(400, b"Sec-WebSocket-Key is not 16 bytes in base64.")
    return None


def handshake_answer(request: Request, subprotocol: str | None) -> bytes:
    """Return the answer to a good request for a WebSocket."""
    accept = accept_key(request.headers["sec-websocket-key"])
    protocol_header = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n{protocol_header}\r\n"
    ).encode()


class WebSocket(asyncio.Protocol):
    """A WebSocket after its handshake.

    Attributes
    ----------
    outbox
        Where its text frames are sent.

    Parameters
    ----------
    lost
        Called when the connection is lost.
    """

    __slots__ = (
        "_deadline",
        "_frames",
        "_is_text",
        "_listener",
        "_lost",
        "_message",
        "_transport",
        "outbox",
    )

    def __init__(
        self, transport: asyncio.Transport, upgrade: Upgrade, lost: Callable[[WebSocket], None]
    ) -> None:
        self._transport = transport
        self._lost = lost
        self._frames = Frames(Side.SERVER, state=State.OPEN, max_size=upgrade.max_message, logger=_quiet)
        self._message: bytearray | None = None  # the fragments of a message so far
        self._is_text = True
        self._deadline: asyncio.TimerHandle | None = None
        self.outbox = Outbox(transport, limit=upgrade.buffer_bytes, overflowed=self._overflowed)
        self._listener: Listener | None = upgrade.accept(self)

    def close(self, code: int, reason: str, *, within: float = CLOSE_SECONDS) -> None:
        """Send nothing but a close frame any more; without an answer in time the connection is cut."""
        if self._frames.state is not State.OPEN:
            return
        shortened = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        self._frames.send_close(code, shortened)
        self._flush(within)
        self._closed()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client's."""
        frames = self._frames
        try:
            frames.receive_data(data)
        except EOFError:
            return  # it sends on after its own end
        for event in frames.events_received():
            if self._listener is None:
                break  # what came before was the end of it
            if isinstance(event, Frame):
                self._frame(event)
        self._flush()
        if frames.state is not State.OPEN:
            self._closed()

    def eof_received(self) -> None:
        """Take note that the client sends nothing more; the transport closes itself."""
        self._frames.receive_eof()
        self._frames.data_to_send()
        self._closed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection has gone."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._closed()
        self._lost(self)

    def finish(self, reason: str) -> None:
        """Close it because the server goes away."""
        self.close(CloseCode.GOING_AWAY, reason)

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._is_text = frame.opcode is Opcode.TEXT
            if frame.fin:
                self._on_message(bytes(frame.data))
            else:
                self._message = bytearray(frame.data)
        elif frame.opcode is Opcode.CONT and self._message is not None:
            self._message += frame.data
            if frame.fin:
                whole, self._message = bytes(self._message), None
                self._on_message(whole)

    def _on_message(self, message: bytes) -> None:
        assert self._listener is not None
        if not self._is_text:
            self._listener.binary(message)
            return
        try:
            text = message.decode()
        except UnicodeDecodeError:
            self._frames.fail(CloseCode.INVALID_DATA, "a text message is no UTF-8")
            self._flush()
            self._closed()
            return
        self._listener.text(text)

    def _flush(self, within: float = CLOSE_SECONDS) -> None:
        """Write what the protocol has to say: pongs, a close frame, and the end after it."""
        progressed = False
        for data in self._frames.data_to_send():
            progressed = True
            if data and not self._transport.is_closing():
                self._transport.write(data)
            elif not data:
                self._transport.close()
        if not progressed:
            return
        self.outbox.check()
        if self._frames.state is not State.OPEN and self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(within, self._transport.abort)

    def _overflowed(self, waiting: int) -> None:
        if self._listener is not None:
            self._listener.overflowed(waiting)
        # The close frame queues behind what is not read: a client that is slow still gets it, one that is
        # dead is cut off.
        self.close(CloseCode.POLICY_VIOLATION, "The client reads too slowly", within=DRAIN_SECONDS)

    def _closed(self) -> None:
        self.outbox.close()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.closed()
