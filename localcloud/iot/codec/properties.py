"""The properties of MQTT 5 packets: which there are, where each may stand, and how it is written."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from localcloud.iot.codec import fields
from localcloud.iot.codec.errors import MalformedPacket
from localcloud.iot.codec.fields import Cursor


class Property(IntEnum):
    """Every property by its identifier (MQTT 5.0, 2.2.2.2)."""

    PAYLOAD_FORMAT_INDICATOR = 0x01
    MESSAGE_EXPIRY_INTERVAL = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_IDENTIFIER = 0x0B
    SESSION_EXPIRY_INTERVAL = 0x11
    ASSIGNED_CLIENT_IDENTIFIER = 0x12
    SERVER_KEEP_ALIVE = 0x13
    AUTHENTICATION_METHOD = 0x15
    AUTHENTICATION_DATA = 0x16
    REQUEST_PROBLEM_INFORMATION = 0x17
    WILL_DELAY_INTERVAL = 0x18
    REQUEST_RESPONSE_INFORMATION = 0x19
    RESPONSE_INFORMATION = 0x1A
    SERVER_REFERENCE = 0x1C
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    USER_PROPERTY = 0x26
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28
    SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29
    SHARED_SUBSCRIPTION_AVAILABLE = 0x2A


Value = int | str | bytes | tuple[str, str]
Properties = tuple[tuple[Property, Value], ...]

_BYTES: Final = frozenset({0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A})
_SHORTS: Final = frozenset({0x13, 0x21, 0x22, 0x23})
_LONGS: Final = frozenset({0x02, 0x11, 0x18, 0x27})
_TEXTS: Final = frozenset({0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F})
_BINARIES: Final = frozenset({0x09, 0x16})
# May stand several times in one packet.
_REPEATED: Final = frozenset({Property.USER_PROPERTY, Property.SUBSCRIPTION_IDENTIFIER})

_REASONED: Final = frozenset({0x1F, 0x26})
_MESSAGE: Final = frozenset({0x01, 0x02, 0x03, 0x08, 0x09, 0x26})
ALLOWED: Final[dict[str, frozenset[int]]] = {
    "CONNECT": frozenset({0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27}),
    "CONNACK": frozenset(
        {0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A}
    ),
    "PUBLISH": _MESSAGE | {0x0B, 0x23},
    "WILL": _MESSAGE | {0x18},
    "ACK": _REASONED,
    "SUBSCRIBE": frozenset({0x0B, 0x26}),
    "UNSUBSCRIBE": frozenset({0x26}),
    "DISCONNECT": _REASONED | {0x11, 0x1C},
    "AUTH": _REASONED | {0x15, 0x16},
}
"""Which properties may stand where."""


def read(cursor: Cursor, place: str) -> Properties:
    """Return the properties that come next.

    Parameters
    ----------
    place
        A key of :data:`ALLOWED`.

    Raises
    ------
    MalformedPacket
        One is unknown, stands where it may not, or stands there twice.
    """
    block = Cursor(cursor.take(cursor.variable()))
    properties: list[tuple[Property, Value]] = []
    before: set[int] = set()
    while block.remaining():
        identifier = block.variable()
        if identifier not in ALLOWED[place]:
            raise MalformedPacket(f"a property 0x{identifier:02X} may not stand in {place}")
        if identifier in before and identifier not in _REPEATED:
            raise MalformedPacket(f"the property 0x{identifier:02X} stands twice in one packet")
        before.add(identifier)
        properties.append((Property(identifier), _value(block, identifier)))
    return tuple(properties)


def _value(block: Cursor, identifier: int) -> Value:  # noqa: PLR0911 - one for each type
    if identifier in _BYTES:
        return block.byte()
    if identifier in _SHORTS:
        return block.short()
    if identifier in _LONGS:
        return block.long()
    if identifier in _TEXTS:
        return block.text()
    if identifier in _BINARIES:
        return block.binary()
    if identifier == Property.SUBSCRIPTION_IDENTIFIER:
        return block.variable()
    return (block.text(), block.text())


def write(properties: Properties) -> bytes:
    """Return the properties led by their length."""
    written = bytearray()
    for identifier, value in properties:
        written.append(identifier)
        written += _written(identifier, value)
    return fields.variable(len(written)) + bytes(written)


def _written(identifier: Property, value: Value) -> bytes:
    if isinstance(value, int):
        if identifier == Property.SUBSCRIPTION_IDENTIFIER:
            return fields.variable(value)
        return value.to_bytes(1 if identifier in _BYTES else 2 if identifier in _SHORTS else 4, "big")
    if isinstance(value, str):
        return fields.text(value)
    if isinstance(value, bytes):
        return fields.binary(value)
    return fields.text(value[0]) + fields.text(value[1])
