"""The verdict on a CONNECT: whether it is valid, who sends it, and what the sender may do."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from localcloud.iot.authorizing import (
    Authorizers,
    Grant,
    HttpPart,
    MqttPart,
    NoAnswer,
    NotAuthorized,
    Presented,
)
from localcloud.iot.broker import Broker
from localcloud.iot.codec import (
    MQTT_3,
    MQTT_5,
    Connect,
    Frame,
    MalformedPacket,
    Properties,
    Property,
    UnsupportedVersion,
    parse,
)
from localcloud.iot.codec.codes import Reason
from localcloud.iot.limits import MAX_CLIENT_ID_BYTES, Times, topic_fault
from localcloud.iot.permits import Permits

# What a client agrees on with this endpoint, not with the broker.
_OURS: Final = frozenset({Property.AUTHENTICATION_METHOD, Property.AUTHENTICATION_DATA})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IotContext:
    """What all connections share."""

    authorizers: Authorizers
    broker: Broker
    region: str
    account: str
    times: Times


class ConnectRefused(Exception):
    """A CONNECT that is not accepted.

    Attributes
    ----------
    reason
        The reason code for a client of MQTT 5; success when nothing is said.
    """

    def __init__(self, reason: Reason, version: int = MQTT_5) -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.version = version


class Admission:
    """Judges the CONNECT of one connection.

    Parameters
    ----------
    http
        The request that opened it.
    grant
        Who it is, when the request was signed; else its authorizer is asked.
    """

    def __init__(self, context: IotContext, http: HttpPart, grant: Grant | None, connection_id: str) -> None:
        self._context = context
        self._http = http
        self._grant = grant
        self._id = connection_id

    def read(self, frame: Frame) -> Connect:
        """Return the CONNECT that the first packet is.

        Raises
        ------
        Refused
        """
        try:
            packet = parse(frame, MQTT_3)
        except UnsupportedVersion:
            raise ConnectRefused(Reason.UNSUPPORTED_PROTOCOL_VERSION) from None
        except MalformedPacket as problem:
            log.info("A client began with what is no CONNECT: %s", problem)
            raise ConnectRefused(Reason.SUCCESS) from None
        if not isinstance(packet, Connect):
            raise ConnectRefused(Reason.SUCCESS)
        if len(packet.client_id.encode()) > MAX_CLIENT_ID_BYTES:
            raise ConnectRefused(Reason.CLIENT_IDENTIFIER_NOT_VALID, packet.version)
        will = packet.will
        if will is not None and will.qos > 1:
            raise ConnectRefused(Reason.QOS_NOT_SUPPORTED, packet.version)
        if will is not None and topic_fault(will.topic):
            raise ConnectRefused(Reason.TOPIC_NAME_INVALID, packet.version)
        return packet

    async def admit(self, connect: Connect) -> Permits:
        """Return what the client may do.

        Raises
        ------
        Refused
            An unknown caller, or one who may not connect with this client id and will.
        """
        context, version = self._context, connect.version
        passed = self.passed(connect)
        try:
            grant = self._grant or await self.authorize(connect)
        except NotAuthorized as problem:
            log.warning("An MQTT client is refused: %s", problem)
            raise ConnectRefused(Reason.NOT_AUTHORIZED, version) from None
        except NoAnswer as problem:
            log.warning("An MQTT client has to come again: %s", problem)
            raise ConnectRefused(Reason.SERVER_UNAVAILABLE, version) from None
        permits = Permits.of(grant, passed, region=context.region, account=context.account)
        if not permits.connect(passed.client_id):
            log.warning("The policies of %s do not allow the client id %r", grant.principal, passed.client_id)
            raise ConnectRefused(Reason.NOT_AUTHORIZED, version)
        will = connect.will
        if will is not None and not permits.publish(will.topic, retain=will.retain):
            log.warning("The policies of %s do not allow a will on %r", grant.principal, will.topic)
            raise ConnectRefused(Reason.NOT_AUTHORIZED, version)
        return permits

    async def authorize(self, connect: Connect) -> Grant:
        """Return what the client's authorizer grants now.

        Raises
        ------
        NotAuthorized
        """
        mqtt = MqttPart(connect.client_id, connect.username, connect.password)
        return await self._context.authorizers.authorize(Presented(self._http, mqtt), self._id)

    def passed(self, connect: Connect) -> Connect:
        """Return the CONNECT that the broker is sent: without credentials, and with a client id."""
        return replace(
            connect,
            client_id=connect.client_id or self._id,
            username=None,
            password=None,
            properties=tuple(property_ for property_ in connect.properties if property_[0] not in _OURS),
        )

    def additions(self, connect: Connect, keep_alive: int) -> Properties:
        """Return what a client of MQTT 5 is additions in its CONNACK besides what the broker says."""
        properties: Properties = ()
        if connect.version != MQTT_5:
            return properties
        if keep_alive != connect.keep_alive:
            properties += ((Property.SERVER_KEEP_ALIVE, keep_alive),)
        if not connect.client_id:
            properties += ((Property.ASSIGNED_CLIENT_IDENTIFIER, self._id),)
        return properties
