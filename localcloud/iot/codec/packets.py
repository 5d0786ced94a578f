"""The packets of both versions, each one frozen value. MQTT 3.1.1 leaves codes and properties out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from localcloud.iot.codec.properties import Properties

MQTT_3: Final = 4
"""The protocol level of MQTT 3.1.1."""
MQTT_5: Final = 5


@dataclass(frozen=True, slots=True)
class Will:
    """What is published when the client is lost."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Connect:
    """Client to server: the first packet. ``clean`` is Clean Session, in MQTT 5 Clean Start."""

    version: int
    client_id: str
    clean: bool = True
    keep_alive: int = 0
    will: Will | None = None
    username: str | None = field(default=None, repr=False)
    password: bytes | None = field(default=None, repr=False)
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Connack:
    """Server to client: the answer to CONNECT. ``code`` is a return code, in MQTT 5 a reason code."""

    code: int = 0
    session_present: bool = False
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Publish:
    """Both ways: a message. ``packet_id`` is 0 at QoS 0."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_id: int = 0
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Puback:
    """Both ways: a message of QoS 1 has arrived."""

    packet_id: int
    code: int = 0
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Second:
    """PUBREC, PUBREL or PUBCOMP, which belong to QoS 2; ``kind`` is the packet's type."""

    kind: int
    packet_id: int


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """A filter of a SUBSCRIBE with its options; the lowest two bits are the QoS."""

    text: str
    options: int = 0

    @property
    def qos(self) -> int:
        """The QoS that is asked for."""
        return self.options & 0x03


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server."""

    packet_id: int
    filters: tuple[TopicFilter, ...]
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Suback:
    """Server to client: one code for each filter, in their order."""

    packet_id: int
    codes: tuple[int, ...]
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Client to server."""

    packet_id: int
    filters: tuple[str, ...]
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Unsuback:
    """Server to client; ``codes`` are MQTT 5's alone."""

    packet_id: int
    codes: tuple[int, ...] = ()
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Pingreq:
    """Client to server: a sign of life."""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """Server to client."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The end; a server says it in MQTT 5 alone."""

    code: int = 0
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Auth:
    """MQTT 5's extended authentication, which AWS does not have."""

    code: int = 0
    properties: Properties = ()


Packet = (
    Connect
    | Connack
    | Publish
    | Puback
    | Second
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
    | Auth
)
