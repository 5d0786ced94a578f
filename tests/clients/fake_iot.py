"""A hand-written AWS IoT beside the fakes: MQTT 5 by WebSocket, its authorizer, and one topic an order."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from localcloud.iot.codec import (
    MQTT_5,
    Connack,
    Connect,
    Disconnect,
    FrameReader,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    encode,
    parse,
)
from localcloud.iot.codec.codes import Reason
from tests.clients.fake_appsync import FakeAppSync

AUTHORIZER = "x-amz-customauthorizer-name=shop"


@dataclass(eq=False)
class Client:
    ws: web.WebSocketResponse
    customer: str = ""
    topics: set[str] = field(default_factory=set)


class FakeIot:
    """Takes tokens that the fake AppSync takes; messages reach the subscribers of their topic."""

    def __init__(self, appsync: FakeAppSync) -> None:
        self._appsync = appsync
        self.clients: set[Client] = set()
        self.connects: list[Connect] = []
        self.subscribes: list[Subscribe] = []
        self.acknowledged = 0
        self.own_topics: tuple[str, ...] = ()  # what a customer may follow; all of one's own without
        appsync.channels.append(self._publish)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection to its end."""
        ws = web.WebSocketResponse(protocols=("mqtt",))
        await ws.prepare(request)
        client, reader = Client(ws), FrameReader(1_000_000)
        try:
            async for message in ws:
                if message.type is WSMsgType.BINARY:
                    for frame in reader.feed(message.data):
                        await self._take(client, parse(frame, MQTT_5))
                await self._note()
        except ConnectionError:
            pass
        finally:
            self.clients.discard(client)
            await self._note()
        return ws

    async def _take(self, client: Client, packet: Any) -> None:
        match packet:
            case Connect():
                self.connects.append(packet)
                customer = self._appsync.tokens.get((packet.password or b"").decode(), "")
                named = packet.username == f"?{AUTHORIZER}" and packet.client_id.startswith(f"{customer}-")
                if not customer or not named:
                    await client.ws.send_bytes(encode(Connack(Reason.NOT_AUTHORIZED), MQTT_5))
                    await client.ws.close()
                    return
                client.customer = customer
                self.clients.add(client)
                await client.ws.send_bytes(encode(Connack(), MQTT_5))
            case Subscribe():
                self.subscribes.append(packet)
                codes = []
                for each in packet.filters:
                    own = each.text.startswith(self.own_topics or f"orders/{client.customer}/")
                    codes.append(each.qos if own else Reason.NOT_AUTHORIZED)
                    client.topics |= {each.text} if own else set()
                await client.ws.send_bytes(encode(Suback(packet.packet_id, tuple(codes)), MQTT_5))
            case Puback():
                self.acknowledged += 1
            case Pingreq():
                await client.ws.send_bytes(encode(Pingresp(), MQTT_5))
            case Disconnect():
                await client.ws.close()

    async def _publish(self, change: dict[str, Any]) -> None:
        topic = f"orders/{change['customerId']}/{change['orderId']}"
        for client in list(self.clients):
            if topic in client.topics:
                message = Publish(topic, json.dumps(change).encode(), qos=1, packet_id=change["version"])
                with contextlib.suppress(ConnectionError):
                    await client.ws.send_bytes(encode(message, MQTT_5))

    async def _note(self) -> None:
        async with self._appsync.changed:
            self._appsync.changed.notify_all()
