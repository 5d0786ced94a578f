"""AWS IoT's endpoint: each cell of the table, another's client id, and tokens that do not hold."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from localcloud.iot.codec import (
    MQTT_5,
    Connack,
    Connect,
    FrameReader,
    Packet,
    Puback,
    Publish,
    Suback,
    Subscribe,
    TopicFilter,
    encode,
    parse,
)
from localcloud.iot.codec.codes import Reason
from tests.access.conftest import World
from tests.access.table import MQTT_CALLERS, MQTT_ROWS, Bad, Caller, MqttRow, Outcome

pytestmark = pytest.mark.integration

TOKENS = (
    Bad.NO_TOKEN,
    Bad.EXPIRED,
    Bad.TAMPERED,
    Bad.FORGED,
    Bad.UNSIGNED,
    Bad.OTHER_CLIENT,
    Bad.OTHER_POOL,
)


class Client:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._reader = FrameReader(1_000_000)
        self._waiting: list[Packet] = []

    async def ask(self, packet: Packet) -> Packet:
        """Send a packet, and return the next one that comes."""
        await self._socket.send_bytes(encode(packet, MQTT_5))
        return await self.next()

    async def next(self) -> Packet:
        while not self._waiting:
            data = await self._socket.receive_bytes(timeout=60)
            self._waiting += [parse(frame, MQTT_5) for frame in self._reader.feed(data)]
        return self._waiting.pop(0)


@asynccontextmanager
async def connecting(world: World, token: str | None, client_id: str) -> AsyncIterator[tuple[Client, Packet]]:
    """Connect; yields the client, and what it was answered."""
    cloud = world.shop.cloud
    address: Any = cloud.ready["iot"]
    user = f"?x-amz-customauthorizer-name={cloud.outputs['IotAuthorizer']}"
    password = None if token is None else token.encode()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address["websocket"], protocols=("mqtt",)) as socket,
    ):
        client = Client(socket)
        yield client, await client.ask(Connect(MQTT_5, client_id, username=user, password=password))


def cells() -> list[Any]:
    return [
        pytest.param(row, who, outcome, id=f"{row.filter or 'publish'}-{who.name}")
        for row in MQTT_ROWS
        for who, outcome in zip(MQTT_CALLERS, row.outcomes, strict=True)
    ]


@pytest.mark.parametrize(("row", "who", "outcome"), cells())
async def test_mqtt_access_is_as_the_table_says(
    world: World, row: MqttRow, who: Caller, outcome: Outcome
) -> None:
    person = world.people[who]
    order = str(uuid.uuid4())
    topic = f"orders/{world.owner.sub}/{order}"
    async with connecting(world, person.token, f"{person.sub}-{order}") as (client, answer):
        assert isinstance(answer, Connack)
        assert answer.code == 0
        if row.filter is None:
            assert await client.ask(Publish(topic, b"{}", 1, packet_id=1)) == Puback(1, Reason.NOT_AUTHORIZED)
            return
        wanted = row.filter.format(customer=world.owner.sub, order=order)
        granted = await client.ask(Subscribe(1, (TopicFilter(wanted, 1),)))
        assert granted == Suback(1, (1 if outcome is Outcome.HEARS else Reason.NOT_AUTHORIZED,))
        if outcome is Outcome.HEARS:
            data = world.shop.cloud.session().client("iot-data", endpoint_url=world.shop.cloud.engine)
            data.publish(topic=topic, qos=1, payload=json.dumps({"n": 1}))
            message = await client.next()
            assert isinstance(message, Publish)
            assert (message.topic, message.payload) == (topic, b'{"n": 1}')


@pytest.mark.parametrize("kind", [*TOKENS, Bad.NOBODY], ids=lambda kind: kind.name)
async def test_invalid_token_is_refused(world: World, kind: Bad) -> None:
    token = world.bad[kind].headers("", "").get("Authorization") if kind is not Bad.NOBODY else None
    async with connecting(world, token, f"{world.owner.sub}-x") as (_, answer):
        assert answer == Connack(Reason.NOT_AUTHORIZED)


@pytest.mark.parametrize("who", MQTT_CALLERS, ids=lambda who: who.name)
async def test_client_id_of_another_customer_is_refused(world: World, who: Caller) -> None:
    other = Caller.STRANGER if who is not Caller.STRANGER else Caller.OWNER
    async with connecting(world, world.people[who].token, f"{world.people[other].sub}-x") as (_, answer):
        assert answer == Connack(Reason.NOT_AUTHORIZED)
