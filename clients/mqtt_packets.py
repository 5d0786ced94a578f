"""The part of MQTT 5 that a follower speaks: connect, subscribe, take messages, acknowledge, ping.

Source: OASIS "MQTT Version 5.0". What a server sends and a follower has no use for is read past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


class MqttBroken(Exception):
    """Bytes that are no MQTT; the message says why."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The answer to CONNECT; 0 is success."""

    code: int


@dataclass(frozen=True, slots=True)
class SubscriptionsAnswered:
    """The answer to SUBSCRIBE: a code for each topic, failures from 0x80 on."""

    packet_id: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message. ``packet_id`` is 0 when it wants no acknowledgement."""

    topic: str
    payload: bytes
    packet_id: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The server ends the connection and says why."""

    code: int


@dataclass(frozen=True, slots=True)
class Other:
    """Something else: a sign of life."""


Received = Connected | SubscriptionsAnswered | Message | Ended | Other


def connect(client_id: str, user: str, password: str, keep_alive: int) -> bytes:
    r"""Return a CONNECT with a clean start.

    Examples
    --------
    >>> connect("a", "u", "p", 60)[:8]
    b'\x10\x14\x00\x04MQTT'
    """
    head = _text("MQTT") + b"\x05\xc2" + keep_alive.to_bytes(2, "big") + b"\x00"
    return _packet(0x10, head + _text(client_id) + _text(user) + _text(password))


def subscribe(packet_id: int, topics: Sequence[str]) -> bytes:
    """Return a SUBSCRIBE to topics with QoS 1."""
    filters = b"".join(_text(topic) + b"\x01" for topic in topics)
    return _packet(0x82, packet_id.to_bytes(2, "big") + b"\x00" + filters)


def puback(packet_id: int) -> bytes:
    """Return the acknowledgement of a message."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


class PacketReader:
    r"""Reads packets from a stream of bytes, which may end anywhere.

    Examples
    --------
    >>> reader = PacketReader()
    >>> list(reader.feed(b"\x20\x03\x00")), list(reader.feed(b"\x87\x00"))
    ([], [Connected(code=135)])
    """

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, data: bytes) -> Iterator[Received]:
        """Yield the packets that are complete now.

        Raises
        ------
        MqttBroken
        """
        self._waiting += data
        while len(self._waiting) >= 2:
            try:
                length, start = _variable(self._waiting, 1)
            except IndexError:
                return  # the length has not come whole
            if len(self._waiting) < start + length:
                return
            first, body = self._waiting[0], self._waiting[start : start + length]
            self._waiting = self._waiting[start + length :]
            try:
                yield _read(first, body)
            except (IndexError, UnicodeDecodeError):
                raise MqttBroken(f"a packet of type {first >> 4} is cut off") from None


def _read(first: int, body: bytes) -> Received:
    match first >> 4:
        case 2:
            return Connected(body[1])
        case 3:
            return _message(first, body)
        case 9:
            size, start = _variable(body, 2)
            return SubscriptionsAnswered(_short(body, 0), tuple(body[start + size :]))
        case 14:
            return Ended(body[0] if body else 0)
        case _:
            return Other()


def _message(first: int, body: bytes) -> Message:
    size = _short(body, 0)
    topic, at, packet_id = body[2 : 2 + size].decode(), 2 + size, 0
    if first & 0x06:
        packet_id, at = _short(body, at), at + 2
    properties, start = _variable(body, at)
    return Message(topic, body[start + properties :], packet_id)


def _short(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable byte integer, and where it ends."""
    value = 0
    for place in range(4):
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return value, at + place + 1
    raise MqttBroken("a length has more than four bytes")


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _packet(first: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes((first, *length, rest)) + body
