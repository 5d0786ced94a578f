"""A packet written to bytes."""

from __future__ import annotations

from localcloud.iot.codec import fields, properties
from localcloud.iot.codec.packets import (
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
    Unsuback,
    Unsubscribe,
    Will,
)
from localcloud.iot.codec.properties import Properties


def encode(packet: Packet, version: int) -> bytes:
    """Return a packet's bytes.

    Parameters
    ----------
    version
        The connection's; a CONNECT is written in its own.

    Examples
    --------
    >>> encode(Puback(7), 4).hex()
    '40020007'
    """
    first, body = _written(packet, version)
    return bytes((first,)) + fields.variable(len(body)) + body


def _written(packet: Packet, version: int) -> tuple[int, bytes]:  # noqa: PLR0911 - one for each
    match packet:
        case Connect():
            return 0x10, _connect(packet)
        case Connack():
            code = bytes((packet.session_present, packet.code))
            return 0x20, code + _properties(packet.properties, version)
        case Publish():
            flags = packet.dup << 3 | packet.qos << 1 | packet.retain
            packet_id = _id(packet.packet_id) if packet.qos else b""
            head = fields.text(packet.topic) + packet_id + _properties(packet.properties, version)
            return 0x30 | flags, head + packet.payload
        case Puback():
            return 0x40, _id(packet.packet_id) + _reasoned(packet.code, packet.properties, version)
        case Second():
            return packet.kind << 4 | (2 if packet.kind == 6 else 0), _id(packet.packet_id)
        case Subscribe():
            filters = b"".join(fields.text(each.text) + bytes((each.options,)) for each in packet.filters)
            return 0x82, _id(packet.packet_id) + _properties(packet.properties, version) + filters
        case Suback() | Unsuback():
            first = 0x90 if isinstance(packet, Suback) else 0xB0
            codes = bytes(packet.codes)
            return first, _id(packet.packet_id) + _properties(packet.properties, version) + codes
        case Unsubscribe():
            texts = b"".join(fields.text(text) for text in packet.filters)
            return 0xA2, _id(packet.packet_id) + _properties(packet.properties, version) + texts
        case Pingreq():
            return 0xC0, b""
        case Pingresp():
            return 0xD0, b""
        case Disconnect():
            return 0xE0, _reasoned(packet.code, packet.properties, version)
        case Auth():
            return 0xF0, _reasoned(packet.code, packet.properties, version)


def _id(packet_id: int) -> bytes:
    return packet_id.to_bytes(2, "big")


def _properties(each: Properties, version: int) -> bytes:
    return properties.write(each) if version == MQTT_5 else b""


def _reasoned(code: int, each: Properties, version: int) -> bytes:
    """Return a reason code and properties, left out where they say nothing."""
    if version != MQTT_5 or (not code and not each):
        return b""
    return bytes((code,)) + (properties.write(each) if each else b"")


def _connect(packet: Connect) -> bytes:
    will, version = packet.will, packet.version
    flags = packet.clean << 1
    payload = fields.text(packet.client_id)
    if will is not None:
        flags |= 0x04 | will.qos << 3 | will.retain << 5
        payload += _will(will, version)
    if packet.username is not None:
        flags |= 0x80
        payload += fields.text(packet.username)
    if packet.password is not None:
        flags |= 0x40
        payload += fields.binary(packet.password)
    head = fields.text("MQTT") + bytes((version, flags)) + packet.keep_alive.to_bytes(2, "big")
    return head + _properties(packet.properties, version) + payload


def _will(will: Will, version: int) -> bytes:
    return _properties(will.properties, version) + fields.text(will.topic) + fields.binary(will.payload)
