r"""The state of one connection, apart from its socket: bytes go in, events and bytes come out.

::

    OPEN --close frame, refused frame, end of stream, close()--> ENDED

The frames themselves are ``websockets``' sans-I/O protocol. It is used, and not aiohttp's, because aiohttp
joins the frames of a message and hides their sizes, while API Gateway limits both: here a frame over 32 KB is
refused by its header alone, before its payload is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

MAX_MESSAGE: Final = 128 * 1024
MAX_FRAME: Final = 32 * 1024


@dataclass(frozen=True)
class Message:
    """Client to server: a whole text message."""

    text: str


@dataclass(frozen=True)
class Ended:
    """The connection is over, ended by either side: what ``$disconnect`` receives.

    Attributes
    ----------
    code
        The close frame's; 1005 when it had none, 1006 when there was no close frame.
    """

    code: int
    reason: str


Event: TypeAlias = Message | Ended


class GatewayConnectionMachine:
    r"""The WebSocket protocol's state for one connection that has been upgraded.

    Examples
    --------
    >>> machine = GatewayConnectionMachine()
    >>> machine.receive(bytes.fromhex("818200000000") + b"hi")
    [Message(text='hi')]
    >>> machine.send(b"yo")
    >>> machine.outgoing()
    b'\x81\x02yo'
    """

    def __init__(self, *, max_message: int = MAX_MESSAGE, max_frame: int = MAX_FRAME) -> None:
        self.ended: Ended | None = None
        self._max_frame = max_frame
        self._protocol = ServerProtocol(state=OPEN, max_size=(max_message, max_frame))
        self._fragments: list[bytes | bytearray | memoryview] = []
        self._hangs_up = False

    @property
    def hangs_up(self) -> bool:
        """Whether the stream ends once what is outgoing has been written."""
        return self._hangs_up

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes of the client's, and return what they came to."""
        self._protocol.receive_data(data)
        events: list[Event] = []
        for frame in self._protocol.events_received():
            if isinstance(frame, Frame) and self.ended is None:
                events += self._on_frame(frame)
        return events + self._on_failure()

    def receive_eof(self) -> list[Event]:
        """Take note that the stream has ended."""
        if self.ended is not None:
            return []
        self._protocol.receive_eof()
        return self._end(1006, "Connection Closed Abnormally")

    def send(self, payload: bytes) -> None:
        """Send a text message, in frames of 32 KB at most; nothing happens once the connection is over."""
        if self.ended is not None:
            return
        first, *others = [
            payload[at : at + self._max_frame] for at in range(0, len(payload), self._max_frame)
        ] or [b""]
        self._protocol.send_text(first, fin=not others)
        for at, part in enumerate(others, 1):
            self._protocol.send_continuation(part, fin=at == len(others))

    def close(self, code: int, reason: str) -> list[Event]:
        """Close the connection from this side."""
        if self.ended is not None:
            return []
        self._protocol.send_close(code, reason)
        return self._end(code, reason)

    def outgoing(self) -> bytes:
        """Return what is to be written now."""
        parts = self._protocol.data_to_send()
        if b"" in parts:  # how `websockets` says that the stream ends here
            self._hangs_up = True
        return b"".join(parts)

    def _on_frame(self, frame: Frame) -> list[Event]:
        match frame.opcode:
            case Opcode.CLOSE:
                return self._on_close()
            case Opcode.BINARY:
                return self._fail(1003, "Binary frames are not supported")
            case Opcode.TEXT | Opcode.CONT:
                return self._on_text(frame)
        return []

    def _on_close(self) -> list[Event]:
        received = self._protocol.close_rcvd
        assert received is not None
        if received.code == CloseCode.NO_STATUS_RCVD:
            return self._end(1005, "Client-side close frame status not set")
        return self._end(received.code, received.reason)

    def _on_text(self, frame: Frame) -> list[Event]:
        self._fragments.append(frame.data)
        if not frame.fin:
            return []
        whole = b"".join(self._fragments)
        self._fragments.clear()
        try:
            return [Message(whole.decode())]
        except UnicodeDecodeError:
            return self._fail(1007, "Text is not valid UTF-8")

    def _on_failure(self) -> list[Event]:
        """Return the end that the protocol itself came to: a frame that is too large, or none at all."""
        if self._protocol.parser_exc is None or self.ended is not None:
            return []
        sent = self._protocol.close_sent
        if sent is None:
            return self._end(1006, "Connection Closed Abnormally")
        return self._end(sent.code, sent.reason)

    def _fail(self, code: int, reason: str) -> list[Event]:
        self._protocol.fail(code, reason)
        return self._end(code, reason)

    def _end(self, code: int, reason: str) -> list[Event]:
        self._fragments.clear()
        self.ended = Ended(code, reason)
        return [self.ended]
