"""What is wrong with bytes that are no MQTT.

``MalformedPacket``
 +-- ``PacketTooLarge``       longer than is read
 +-- ``UnsupportedVersion``   a CONNECT of another version
"""

from __future__ import annotations

from localcloud.iot.codec.codes import Reason


class MalformedPacket(Exception):
    """Bytes that break the protocol.

    Attributes
    ----------
    reason
        What MQTT 5 calls it.
    """

    reason = Reason.MALFORMED_PACKET


class PacketTooLarge(MalformedPacket):
    """A packet longer than this side reads."""

    reason = Reason.PACKET_TOO_LARGE


class UnsupportedVersion(MalformedPacket):
    """A CONNECT of a version that is neither 3.1.1 nor 5."""

    reason = Reason.UNSUPPORTED_PROTOCOL_VERSION
