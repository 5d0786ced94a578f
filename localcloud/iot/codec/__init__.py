"""MQTT 3.1.1 and 5 on the wire: bytes to packets and back, without a socket.

Sources: OASIS "MQTT Version 3.1.1" and "MQTT Version 5.0".
"""

from localcloud.iot.codec.errors import MalformedPacket, PacketTooLarge, UnsupportedVersion
from localcloud.iot.codec.frames import Frame, FrameReader
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
from localcloud.iot.codec.parsing import parse
from localcloud.iot.codec.properties import Properties, Property
from localcloud.iot.codec.writing import encode

__all__ = [
    "MQTT_3",
    "MQTT_5",
    "Auth",
    "Connack",
    "Connect",
    "Disconnect",
    "Frame",
    "FrameReader",
    "MalformedPacket",
    "Packet",
    "PacketTooLarge",
    "Pingreq",
    "Pingresp",
    "Properties",
    "Property",
    "Puback",
    "Publish",
    "Second",
    "Suback",
    "Subscribe",
    "TopicFilter",
    "Unsuback",
    "Unsubscribe",
    "UnsupportedVersion",
    "Will",
    "encode",
    "parse",
]
