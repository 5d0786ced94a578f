"""One MQTT connection to AWS IoT Core: live when every topic is subscribed to.

MQTT 5, QoS 1, over a WebSocket. Each connection begins with a clean start: what it missed is read from
history, so that AWS need not keep a session.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import SplitResult, parse_qs, urlsplit

import aiomqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from clients import reading
from clients.errors import BadSettings, NotAllowed, NotSignedIn, OrderwireError, Refused, Unavailable
from clients.model import Change, History
from clients.traffic import Traffic

AUTHORIZER: Final = "x-amz-customauthorizer-name"
MAX_TOPICS: Final = 50
"""AWS IoT's limit of subscriptions on one connection."""
_AT_ONCE: Final = 8  # filters that one SUBSCRIBE may hold there
_KEEP_ALIVE: Final = 60  # a sign of life is free from 30 s on
_NOT_AUTHORIZED: Final = 0x87
_REFUSED: Final = 0x80
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where AWS IoT is, and which authorizer lets people in."""

    host: str
    port: int
    path: str
    secure: bool
    authorizer: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Take ``wss://HOST/mqtt?x-amz-customauthorizer-name=NAME`` apart.

        Raises
        ------
        BadSettings

        Examples
        --------
        >>> Address.parse("wss://iot.example/mqtt?x-amz-customauthorizer-name=shop").port
        443
        """
        parts = urlsplit(url)
        names = parse_qs(parts.query).get(AUTHORIZER)
        if parts.scheme not in {"ws", "wss"} or not parts.hostname or not names:
            raise BadSettings(f"{url!r} is not an address such as wss://HOST/mqtt?{AUTHORIZER}=NAME.")
        secure = parts.scheme == "wss"
        return cls(parts.hostname, _port(parts, url) or (443 if secure else 80), parts.path, secure, names[0])


def _port(parts: SplitResult, url: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise BadSettings(f"{url!r} has no port that there is.") from None


@dataclass(frozen=True, slots=True)
class Sign:
    """Who connects: a client id, and the token that is the password."""

    client_id: str
    token: str = field(repr=False)


class MqttConnection:
    """Open a connection, subscribe to each topic, and pass on what arrives.

    Parameters
    ----------
    topics
        At most ``MAX_TOPICS``.
    patience
        Seconds to wait for an answer.
    """

    def __init__(
        self, address: Address, sign: Sign, topics: Sequence[str], *, traffic: Traffic, patience: float
    ) -> None:
        self._address = address
        self._sign = sign
        self._topics = topics
        self._traffic = traffic
        self._user = f"?{AUTHORIZER}={address.authorizer}"
        self._client = aiomqtt.Client(
            address.host,
            address.port,
            identifier=sign.client_id,
            username=self._user,
            password=sign.token,
            protocol=aiomqtt.ProtocolVersion.V5,
            transport="websockets",
            websocket_path=address.path,
            tls_context=ssl.create_default_context() if address.secure else None,
            clean_start=True,
            keepalive=_KEEP_ALIVE,
            timeout=patience,
        )

    @property
    def histories(self) -> Sequence[History]:
        """Nothing: a retained message is the last change alone, and arrives as any other."""
        return ()

    async def __aenter__(self) -> Self:
        """Return when every subscription is live.

        Raises
        ------
        OrderwireError
            ``NotSignedIn``, ``NotAllowed``, ``Refused``: trying again with the same token is of no
            use. Anything else: it may be.
        """
        self._traffic.opened()
        self._count_handshake()
        try:
            await self._client.__aenter__()
        except aiomqtt.MqttError as error:
            raise _refused(error, self._address.host) from None
        self._traffic.received_bytes(5)  # CONNACK
        try:
            for start in range(0, len(self._topics), _AT_ONCE):
                await self._subscribe(self._topics[start : start + _AT_ONCE])
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for a message that could not be read; raise when lost."""
        try:
            async for message in self._client.messages:
                payload = message.payload
                size = 7 + len(str(message.topic)) + len(payload) + _size(message.properties)
                self._traffic.received_bytes(size)
                if message.qos:
                    self._traffic.sent_bytes(4)  # PUBACK
                yield _change(payload)
        except aiomqtt.MqttError:
            raise Unavailable("The connection is lost.") from None

    async def _subscribe(self, topics: Sequence[str]) -> None:
        wanted = [(topic, SubscribeOptions(qos=1)) for topic in topics]
        self._traffic.sent_bytes(5 + sum(3 + len(topic) for topic in topics))
        try:
            codes = await self._client.subscribe(wanted)
        except aiomqtt.MqttError as error:
            raise Unavailable(f"A subscription was not answered ({error}).") from None
        self._traffic.received_bytes(5 + len(codes))
        for topic, code in zip(topics, codes, strict=True):
            value = _value(code)
            if value == _NOT_AUTHORIZED:
                raise NotAllowed(f"Following {topic} is not for you.")
            if value >= _REFUSED:
                raise Refused(f"AWS IoT refuses the subscription to {topic} ({code}).")

    async def _leave(self) -> None:
        try:
            await self._client.__aexit__(None, None, None)
        except aiomqtt.MqttError as error:
            log.debug("The connection was lost while it was closed (%s).", error)

    def _count_handshake(self) -> None:
        """Count what opens the connection: paho writes it, and counts nothing."""
        headers = {"Host": f"{self._address.host}:{self._address.port}", **_UPGRADE}
        self._traffic.request(f"GET {self._address.path} HTTP/1.1", headers)
        self._traffic.response("HTTP/1.1 101 Switching Protocols", _UPGRADED)
        self._traffic.sent_bytes(22 + len(self._sign.client_id) + len(self._user) + len(self._sign.token))


_UPGRADE: Final = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-Websocket-Key": "x" * 24,
    "Sec-Websocket-Version": "13",
    "Sec-Websocket-Protocol": "mqtt",
}
_UPGRADED: Final = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": "x" * 28,
    "Sec-WebSocket-Protocol": "mqtt",
}


def _change(payload: bytes) -> Change | None:
    try:
        return Change.parse(json.loads(payload))
    except (ValueError, RecursionError, reading.Unexpected) as error:
        log.warning("A message could not be read (%s); reading history instead.", error)
        return None


def _size(properties: Properties | None) -> int:
    """Return how many bytes a message's properties take."""
    packed: bytes = b"" if properties is None else properties.pack()  # type: ignore[no-untyped-call] # paho's
    return len(packed)


def _value(code: object) -> int:
    """Return a code of MQTT 5, or one of MQTT 3.1.1, as a number."""
    return code.value if isinstance(code, ReasonCode) else code if isinstance(code, int) else _REFUSED


def _refused(error: aiomqtt.MqttError, host: str) -> OrderwireError:
    code = error.rc if isinstance(error, aiomqtt.MqttCodeError) else None
    if isinstance(code, ReasonCode) and code.value == _NOT_AUTHORIZED:
        return NotSignedIn("AWS IoT refuses the token.")
    return Unavailable(f"{host} does not let us connect ({error}).")
