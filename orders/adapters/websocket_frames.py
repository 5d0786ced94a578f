"""A WebSocket client's side of RFC 6455, without a socket: bytes in, messages and answers out.

A library would have a connection's life, extensions and threads besides; a stream's environment has
memory for little more than the stream (docs/decisions/0082-stream-listens-to-appsync.md). No extension is
offered, so no frame may use one.

Source of the protocol: RFC 6455, https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
LARGEST = 1024 * 1024
"""Bytes of a message that are taken: ours have some hundred, AppSync's at most 240 KB."""

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SMALL, _MEDIUM = 126, 65536


class ProtocolError(Exception):
    """The other side does not keep to the protocol."""


@dataclass(frozen=True, slots=True)
class Text:
    """A whole text message."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Wants a pong with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The other side says goodbye; 1005 when it gave no code."""

    code: int
    reason: str


Received = Text | Ping | Closed


def accept_for(key: str) -> str:
    """Return what a server answers to a handshake's key.

    Examples
    --------
    >>> accept_for("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()  # noqa: S324 - RFC's own


def frame(opcode: int, payload: bytes, mask: bytes | None = None) -> bytes:
    r"""Return a client's frame, whole and masked.

    Examples
    --------
    >>> frame(TEXT, b"Hello", mask=b"\x37\xfa\x21\x3d").hex()
    '818537fa213d7f9f4d5158'
    """
    mask = mask or os.urandom(4)
    size = len(payload)
    if size < _SMALL:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < _MEDIUM:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8, "big")
    # One long number is masked as fast as C does it byte by byte.
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


class Reader:
    """Takes what arrives, in pieces of any size, and yields what is complete.

    Examples
    --------
    >>> reader = Reader()
    >>> list(reader.feed(bytes.fromhex("810548656c")))
    []
    >>> list(reader.feed(bytes.fromhex("6c6f")))
    [Text(text='Hello')]
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._message = bytearray()
        self._kind: int | None = None

    def feed(self, data: bytes) -> Iterator[Received]:
        """Yield messages, pings and a goodbye. What comes after a goodbye is not read.

        Raises
        ------
        ProtocolError
        """
        self._buffer += data
        while (parts := self._frame()) is not None:
            final, opcode, payload = parts
            received = (
                self._control(opcode, payload) if opcode >= CLOSE else self._data(final, opcode, payload)
            )
            if received is not None:
                yield received
            if isinstance(received, Closed):
                self._buffer.clear()

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """Take one frame from the buffer; None while it is not complete."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        final, opcode, size, start = bool(buffer[0] & 0x80), buffer[0] & 0x0F, buffer[1] & 0x7F, 2
        if buffer[0] & 0x70:
            raise ProtocolError("a frame uses an extension that was not offered")
        if buffer[1] & 0x80:
            raise ProtocolError("a server's frame is masked")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise ProtocolError(f"there is no opcode {opcode}")
        if opcode >= CLOSE and (size >= _SMALL or not final):
            raise ProtocolError("a control frame is long or fragmented")
        if size >= _SMALL:
            start = 4 if size == _SMALL else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if size + len(self._message) > self._largest:
            raise ProtocolError(f"a message has more than {self._largest} bytes")
        if len(buffer) < start + size:
            return None
        payload = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return final, opcode, payload

    def _data(self, final: bool, opcode: int, payload: bytes) -> Text | None:
        if (opcode == CONTINUATION) is (self._kind is None):
            raise ProtocolError("a message's fragments are out of order")
        self._kind = self._kind or opcode
        self._message += payload
        if not final:
            return None
        kind, message = self._kind, bytes(self._message)
        self._kind = None
        self._message.clear()
        if kind == BINARY:
            raise ProtocolError("a message is no text")
        try:
            return Text(message.decode())
        except UnicodeDecodeError:
            raise ProtocolError("a text is no UTF-8") from None

    def _control(self, opcode: int, payload: bytes) -> Ping | Closed | None:
        if opcode == PONG:
            return None
        if opcode == PING:
            return Ping(payload)
        if len(payload) == 1:
            raise ProtocolError("a close frame has half of a code")
        code = int.from_bytes(payload[:2], "big") if payload else 1005
        return Closed(code, payload[2:].decode(errors="replace"))
