"""One MQTT connection to AWS IoT Core: live when every topic is subscribed to.

MQTT 5, QoS 1, over a WebSocket. Each connection begins with a clean start: what it missed is read from
history, so that AWS need not keep a session.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp

from clients import mqtt_packets as packets
from clients import reading
from clients.errors import BadSettings, NotAllowed, NotSignedIn, Refused, Unavailable
from clients.live_socket import LiveSocket
from clients.model import Change, History
from clients.mqtt_packets import Connected, Ended, Message, MqttBroken, Received, SubscriptionsAnswered
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

    url: str
    authorizer: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Take ``wss://HOST/mqtt?x-amz-customauthorizer-name=NAME`` apart.

        Raises
        ------
        BadSettings

        Examples
        --------
        >>> Address.parse("wss://iot.example/mqtt?x-amz-customauthorizer-name=shop")
        Address(url='wss://iot.example/mqtt', authorizer='shop')
        """
        parts = urlsplit(url)
        names = parse_qs(parts.query).get(AUTHORIZER)
        if parts.scheme not in {"ws", "wss"} or not parts.hostname or not names:
            raise BadSettings(f"{url!r} is not an address such as wss://HOST/mqtt?{AUTHORIZER}=NAME.")
        return cls(parts._replace(query="", fragment="").geturl(), names[0])


@dataclass(frozen=True, slots=True)
class Sign:
    """Who connects: a client id, and the token that is the password."""

    client_id: str
    token: str = field(repr=False)


class MqttConnection(LiveSocket):
    """Open a connection, subscribe to each topic, and pass on what arrives.

    Parameters
    ----------
    topics
        At most ``MAX_TOPICS``.
    patience
        Seconds to wait for an answer.
    """

    peer = "AWS IoT"
    refusals: ClassVar = {
        401: (NotSignedIn, "refuses the connection"),
        403: (NotSignedIn, "refuses the connection"),
    }

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: Address,
        sign: Sign,
        topics: Sequence[str],
        *,
        traffic: Traffic,
        patience: float,
    ) -> None:
        super().__init__(session, address.url, traffic=traffic, patience=patience, protocols=("mqtt",))
        self._authorizer = address.authorizer
        self._sign = sign
        self._topics = topics
        self._reader = packets.PacketReader()
        self._received: deque[Received] = deque()
        self._early: deque[Message] = deque()

    @property
    def histories(self) -> Sequence[History]:
        """Nothing: a retained message is the last change alone, and arrives as any other."""
        return ()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._socket.closed:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                # Not counted: the following is over, and AWS does not bill it.
                await self._socket.send_bytes(packets.DISCONNECT)
        await super().__aexit__(kind, error, trace)

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for a message that could not be read; raise when lost."""
        while True:
            message = self._early.popleft() if self._early else await self._next_or_ping()
            if isinstance(message, Message):
                if message.packet_id:
                    await self._send(packets.puback(message.packet_id))
                yield _change(message.payload)

    async def _go_live(self) -> None:
        await self._connect()
        for start in range(0, len(self._topics), _AT_ONCE):
            await self._subscribe(start // _AT_ONCE + 1, self._topics[start : start + _AT_ONCE])

    async def _connect(self) -> None:
        user = f"?{AUTHORIZER}={self._authorizer}"
        await self._send(packets.connect(self._sign.client_id, user, self._sign.token, _KEEP_ALIVE))
        answer = await self._next()
        if not isinstance(answer, Connected):
            raise Unavailable("What answers is not AWS IoT.")
        if answer.code == _NOT_AUTHORIZED:
            # AWS IoT says no more: that there is no such authorizer is the same answer.
            raise NotSignedIn(
                f"AWS IoT's authorizer {self._authorizer!r} refuses the token, or there is none of "
                'that name (a stack whose IotChannel is "false" has none).'
            )
        if answer.code:
            raise Unavailable(f"AWS IoT refuses the connection (reason 0x{answer.code:02X}).")

    async def _subscribe(self, packet_id: int, topics: Sequence[str]) -> None:
        await self._send(packets.subscribe(packet_id, topics))
        while not isinstance(answer := await self._next(), SubscriptionsAnswered):
            if isinstance(answer, Message):
                self._early.append(answer)
        for topic, code in zip(topics, answer.codes, strict=False):
            if code == _NOT_AUTHORIZED:
                raise NotAllowed(f"Following {topic} is not for you.")
            if code >= _REFUSED:
                raise Refused(f"AWS IoT refuses the subscription to {topic} (reason 0x{code:02X}).")

    async def _next_or_ping(self) -> Received:
        try:
            return await self._next(_KEEP_ALIVE)
        except TimeoutError:
            await self._send(packets.PINGREQ)
        try:
            return await self._next(self._patience)
        except TimeoutError:
            raise Unavailable("AWS IoT is silent.") from None

    async def _next(self, timeout: float | None = None) -> Received:  # noqa: ASYNC109 - aiohttp's own
        while not self._received:
            message = await self._socket.receive(timeout)
            if message.type is not aiohttp.WSMsgType.BINARY:
                raise self._lost()
            self._traffic.received_bytes(len(message.data))
            try:
                self._received.extend(self._reader.feed(message.data))
            except MqttBroken as problem:
                raise Unavailable(f"What AWS IoT sent is no MQTT: {problem}.") from None
        received = self._received.popleft()
        if isinstance(received, Ended):
            raise Unavailable(f"AWS IoT ends the connection (reason 0x{received.code:02X}).")
        return received


def _change(payload: bytes) -> Change | None:
    try:
        return Change.parse(json.loads(payload))
    except (ValueError, RecursionError, reading.Unexpected) as error:
        log.warning("A message could not be read (%s); reading history instead.", error)
        return None
