"""A packet read from its bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from localcloud.iot.codec import properties
from localcloud.iot.codec.errors import MalformedPacket, UnsupportedVersion
from localcloud.iot.codec.fields import Cursor
from localcloud.iot.codec.frames import Frame
from localcloud.iot.codec.packets import (
    MQTT_3,
    MQTT_5,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Second,
    Suback,
    Subscribe,
    TopicFilter,
    Unsuback,
    Unsubscribe,
    Will,
)
from localcloud.iot.codec.properties import Properties


def parse(frame: Frame, version: int) -> Packet:
    r"""Return the packet.

    Parameters
    ----------
    version
        The connection's, :data:`MQTT_3` or :data:`MQTT_5`; a CONNECT names its own.

    Raises
    ------
    MalformedPacket
        The bytes break the protocol.

    Examples
    --------
    >>> parse(Frame(0x40, b"\x00\x07", b""), MQTT_3)
    Puback(packet_id=7, code=0, properties=())
    """
    kind, flags = frame.first >> 4, frame.first & 0x0F
    cursor = Cursor(frame.body)
    if kind == 3:
        return _publish(cursor, flags, version)
    if flags != (2 if kind in {6, 8, 10} else 0):
        raise MalformedPacket(f"a packet of type {kind} has the flags {flags:04b}")
    if kind not in _PARSERS:
        raise MalformedPacket(f"there is no packet of type {kind}")
    packet = _PARSERS[kind](cursor, version)
    cursor.end()
    return packet


def _properties(cursor: Cursor, place: str, version: int) -> Properties:
    return properties.read(cursor, place) if version == MQTT_5 else ()


def _packet_id(cursor: Cursor) -> int:
    packet_id = cursor.short()
    if not packet_id:
        raise MalformedPacket("0 is no packet identifier")
    return packet_id


def _connect(cursor: Cursor, _version: int) -> Connect:
    if cursor.text() != "MQTT":
        raise UnsupportedVersion("the protocol is not called MQTT")
    version = cursor.byte()
    if version not in {MQTT_3, MQTT_5}:
        raise UnsupportedVersion(f"protocol level {version}")
    flags, keep_alive = cursor.byte(), cursor.short()
    if flags & 0x01:
        raise MalformedPacket("the reserved flag of CONNECT is set")
    own = _properties(cursor, "CONNECT", version)
    client_id = cursor.text()
    will = _will(cursor, flags, version)
    username = cursor.text() if flags & 0x80 else None
    if flags & 0x40 and username is None and version == MQTT_3:
        raise MalformedPacket("a password without a user name")
    password = cursor.binary() if flags & 0x40 else None
    return Connect(version, client_id, bool(flags & 0x02), keep_alive, will, username, password, own)


def _will(cursor: Cursor, flags: int, version: int) -> Will | None:
    qos, retain = flags >> 3 & 0x03, bool(flags & 0x20)
    if not flags & 0x04:
        if qos or retain:
            raise MalformedPacket("flags of a will that is not there")
        return None
    if qos == 3:
        raise MalformedPacket("there is no QoS 3")
    own = _properties(cursor, "WILL", version)
    return Will(cursor.text(), cursor.binary(), qos, retain, own)


def _connack(cursor: Cursor, version: int) -> Connack:
    flags, code = cursor.byte(), cursor.byte()
    if flags & 0xFE:
        raise MalformedPacket("a reserved flag of CONNACK is set")
    return Connack(code, bool(flags), _properties(cursor, "CONNACK", version))


def _publish(cursor: Cursor, flags: int, version: int) -> Publish:
    qos, dup = flags >> 1 & 0x03, bool(flags & 0x08)
    if qos == 3:
        raise MalformedPacket("there is no QoS 3")
    if dup and not qos:
        raise MalformedPacket("a message of QoS 0 is never sent again")
    topic = cursor.text()
    packet_id = _packet_id(cursor) if qos else 0
    own = _properties(cursor, "PUBLISH", version)
    return Publish(topic, cursor.rest(), qos, bool(flags & 0x01), dup, packet_id, own)


def _puback(cursor: Cursor, version: int) -> Puback:
    packet_id = _packet_id(cursor)
    code, own = _reasoned(cursor, "ACK", version)
    return Puback(packet_id, code, own)


def _second(kind: int) -> Callable[[Cursor, int], Second]:
    def read(cursor: Cursor, version: int) -> Second:
        packet_id = _packet_id(cursor)
        _reasoned(cursor, "ACK", version)
        return Second(kind, packet_id)

    return read


def _reasoned(cursor: Cursor, place: str, version: int) -> tuple[int, Properties]:
    """Return a reason code and properties; MQTT 5 may leave both out, and MQTT 3.1.1 does."""
    code = cursor.byte() if version == MQTT_5 and cursor.remaining() else 0
    return code, properties.read(cursor, place) if version == MQTT_5 and cursor.remaining() else ()


def _subscribe(cursor: Cursor, version: int) -> Subscribe:
    packet_id = _packet_id(cursor)
    own = _properties(cursor, "SUBSCRIBE", version)
    filters: list[TopicFilter] = []
    while cursor.remaining():
        text, options = cursor.text(), cursor.byte()
        reserved = 0xC0 if version == MQTT_5 else 0xFC
        if options & reserved or options & 0x03 == 3 or options & 0x30 == 0x30:
            raise MalformedPacket("the options of a subscription are none")
        filters.append(TopicFilter(text, options))
    if not filters:
        raise MalformedPacket("SUBSCRIBE without a filter")
    return Subscribe(packet_id, tuple(filters), own)


def _suback(cursor: Cursor, version: int) -> Suback:
    packet_id = _packet_id(cursor)
    own = _properties(cursor, "ACK", version)
    return Suback(packet_id, tuple(cursor.rest()), own)


def _unsubscribe(cursor: Cursor, version: int) -> Unsubscribe:
    packet_id = _packet_id(cursor)
    own = _properties(cursor, "UNSUBSCRIBE", version)
    filters: list[str] = []
    while cursor.remaining():
        filters.append(cursor.text())
    if not filters:
        raise MalformedPacket("UNSUBSCRIBE without a filter")
    return Unsubscribe(packet_id, tuple(filters), own)


def _unsuback(cursor: Cursor, version: int) -> Unsuback:
    packet_id = _packet_id(cursor)
    own = _properties(cursor, "ACK", version)
    return Unsuback(packet_id, tuple(cursor.rest()) if version == MQTT_5 else (), own)


def _disconnect(cursor: Cursor, version: int) -> Disconnect:
    return Disconnect(*_reasoned(cursor, "DISCONNECT", version))


def _auth(cursor: Cursor, version: int) -> Auth:
    if version != MQTT_5:
        raise MalformedPacket("MQTT 3.1.1 has no AUTH")
    return Auth(*_reasoned(cursor, "AUTH", version))


_PARSERS: Final[dict[int, Callable[[Cursor, int], Packet]]] = {
    1: _connect,
    2: _connack,
    4: _puback,
    5: _second(5),
    6: _second(6),
    7: _second(7),
    8: _subscribe,
    9: _suback,
    10: _unsubscribe,
    11: _unsuback,
    12: lambda _cursor, _version: Pingreq(),
    13: lambda _cursor, _version: Pingresp(),
    14: _disconnect,
    15: _auth,
}
