"""Between a client and the broker: each packet is looked at, and passed on, answered, dropped or the end.

No socket and no clock of its own here: packets in, what is to be sent and whether it is over out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.iot.codec import (
    MQTT_5,
    Connack,
    Disconnect,
    Frame,
    MalformedPacket,
    Pingreq,
    Properties,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
    encode,
    parse,
)
from localcloud.iot.codec.codes import REFUSED_3, Reason
from localcloud.iot.limits import (
    BYTES_PER_SECOND,
    MAX_FILTERS,
    MAX_PAYLOAD,
    MAX_SUBSCRIPTIONS,
    PUBLISHES_PER_SECOND,
    TokenBucket,
    filter_fault,
    topic_fault,
)
from localcloud.iot.permits import Permits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passage:
    """What becomes of a packet.

    Attributes
    ----------
    end
        Why the connection ends after that; None when it goes on.
    """

    to_client: bytes = b""
    to_broker: bytes = b""
    end: Reason | None = None


class PacketGate:
    """One connection after its CONNECT was accepted.

    Parameters
    ----------
    version
        MQTT's, :data:`MQTT_3` or :data:`MQTT_5`.
    properties
        What clients of MQTT 5 get in their CONNACK besides what the broker says.
    """

    def __init__(
        self,
        version: int,
        permits: Permits,
        *,
        clock: Callable[[], float],
        properties: Properties = (),
    ) -> None:
        self._version = version
        self._permits = permits
        self._properties = properties
        self._publishes = TokenBucket(PUBLISHES_PER_SECOND, clock=clock)
        self._bytes = TokenBucket(BYTES_PER_SECOND, clock=clock)
        self._filters: set[str] = set()
        # The codes of SUBSCRIBEs under way, with None where the broker is to say one.
        self._pending: dict[int, list[int | None]] = {}

    def client(self, frame: Frame) -> Passage:  # noqa: PLR0911 - one for each packet
        """Take a packet of the client's."""
        try:
            packet = parse(frame, self._version)
        except MalformedPacket as problem:
            log.info("A client sent what is no MQTT: %s", problem)
            return self._over(problem.reason)
        match packet:
            case Publish():
                return self._published(packet, frame)
            case Subscribe():
                return self._subscribed(packet)
            case Unsubscribe():
                self._filters.difference_update(packet.filters)
                return Passage(to_broker=frame.raw)
            case Puback() | Pingreq():
                return Passage(to_broker=frame.raw)
            case Disconnect():
                return Passage(to_broker=frame.raw, end=Reason.SUCCESS)
            case _:
                return self._over(Reason.PROTOCOL_ERROR)

    def broker(self, frame: Frame) -> Passage:
        """Take a packet of the broker's."""
        packet = parse(frame, self._version)
        match packet:
            case Publish() if not self._permits.receive(packet.topic):
                acknowledged = encode(Puback(packet.packet_id), self._version) if packet.qos else b""
                return Passage(to_broker=acknowledged)
            case Suback():
                return Passage(to_client=encode(self._merged(packet), self._version))
            case Connack() if self._properties:
                answer = Connack(packet.code, packet.session_present, (*packet.properties, *self._properties))
                return Passage(to_client=encode(answer, self._version))
            case Disconnect():
                return Passage(to_client=frame.raw, end=Reason.SESSION_TAKEN_OVER)
            case _:
                return Passage(to_client=frame.raw)

    def over(self, reason: Reason) -> bytes:
        """Return what a client gets at the end: MQTT 3.1.1 has no words for it."""
        return encode(Disconnect(reason), MQTT_5) if self._version == MQTT_5 else b""

    def _over(self, reason: Reason) -> Passage:
        return Passage(to_client=self.over(reason), end=reason)

    def _published(self, packet: Publish, frame: Frame) -> Passage:  # noqa: PLR0911 - one for each rule
        if packet.qos > 1:
            return self._over(Reason.QOS_NOT_SUPPORTED)
        if len(packet.payload) > MAX_PAYLOAD:
            return self._over(Reason.PACKET_TOO_LARGE)
        fault = topic_fault(packet.topic)
        if fault is not None:
            log.info("A message was refused: %s", fault)
            return self._over(Reason.TOPIC_NAME_INVALID)
        if not self._permits.publish(packet.topic, retain=packet.retain):
            log.warning("The policies do not allow to publish to %r", packet.topic)
            if self._version == MQTT_5 and packet.qos:
                return self._unpublished(packet, Reason.NOT_AUTHORIZED)
            return self._over(Reason.NOT_AUTHORIZED)
        if not self._publishes.take(1) or not self._bytes.take(len(frame.raw)):
            # Without an acknowledgement a client of MQTT 3.1.1 sends it again.
            return self._unpublished(packet, Reason.QUOTA_EXCEEDED)
        return Passage(to_broker=frame.raw)

    def _unpublished(self, packet: Publish, reason: Reason) -> Passage:
        acknowledged = self._version == MQTT_5 and packet.qos
        return Passage(to_client=encode(Puback(packet.packet_id, reason), MQTT_5) if acknowledged else b"")

    def _subscribed(self, packet: Subscribe) -> Passage:
        if len(packet.filters) > MAX_FILTERS:
            return self._over(Reason.QUOTA_EXCEEDED)
        if self._version != MQTT_5 and any(each.qos > 1 for each in packet.filters):
            log.warning("A SUBSCRIBE asks for QoS 2, and AWS IoT does not answer those")
            return Passage()
        codes: list[int | None] = []
        for each in packet.filters:
            code = self._refusal(each.text)
            if code in {Reason.NOT_AUTHORIZED, Reason.TOPIC_FILTER_INVALID} and self._version != MQTT_5:
                return self._over(Reason.NOT_AUTHORIZED)
            codes.append(code if code is None or self._version == MQTT_5 else REFUSED_3)
            if code is None:
                self._filters.add(each.text)
        granted = tuple(each for each, code in zip(packet.filters, codes, strict=True) if code is None)
        if not granted:
            refused = Suback(packet.packet_id, tuple(code for code in codes if code is not None))
            return Passage(to_client=encode(refused, self._version))
        self._pending[packet.packet_id] = codes
        passed = Subscribe(packet.packet_id, granted, packet.properties)
        return Passage(to_broker=encode(passed, self._version))

    def _refusal(self, text: str) -> Reason | None:
        """Return why a filter is not subscribed to."""
        if text.startswith("$share/"):
            return Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
        fault = filter_fault(text)
        if fault is not None:
            log.info("A subscription was refused: %s", fault)
            return Reason.TOPIC_FILTER_INVALID
        if not self._permits.subscribe(text):
            log.warning("The policies do not allow to subscribe to %r", text)
            return Reason.NOT_AUTHORIZED
        if text not in self._filters and len(self._filters) >= MAX_SUBSCRIPTIONS:
            return Reason.QUOTA_EXCEEDED
        return None

    def _merged(self, answer: Suback) -> Suback:
        """Return the broker's answer with the codes of the filters that it never saw."""
        codes = self._pending.pop(answer.packet_id, None)
        if codes is None:
            return answer
        granted = iter(answer.codes)
        merged = tuple(next(granted, Reason.UNSPECIFIED) if code is None else code for code in codes)
        return Suback(answer.packet_id, merged, answer.properties)
