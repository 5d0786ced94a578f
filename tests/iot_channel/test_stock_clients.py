"""Clients that we did not write follow an order through AWS IoT: AWS's own, Python's and node's."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from awscrt import mqtt5  # type: ignore[import-untyped]

from tests.aws_rules.npm import installed, needs
from tests.integration.conftest import Person, Shop, order_input
from tests.iot_channel.test_follow import LIFE, submit

pytestmark = [pytest.mark.integration, pytest.mark.slow]

NODE = Path(__file__).parent / "node"
NOT_AUTHORIZED = 0x87
ELSEWHERE = "orders/another-customer/4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


@dataclass(frozen=True)
class Endpoint:
    """Where AWS IoT is, and which authorizer lets people in."""

    shop: Shop

    @property
    def endpoint(self) -> str:
        return str(self.shop.cloud.ready["iot"]["endpoint"])  # type: ignore[index] # a JSON object

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def authorizer(self) -> str:
        return self.shop.cloud.outputs["IotAuthorizer"]

    @property
    def user(self) -> str:
        return f"?x-amz-customauthorizer-name={self.authorizer}"


@pytest.fixture
def endpoint(shop: Shop) -> Endpoint:
    return Endpoint(shop)


@dataclass
class AwsClient:
    """AWS's own MQTT 5 client, with its events."""

    client: Any
    messages: asyncio.Queue[tuple[str, bytes]] = field(default_factory=asyncio.Queue)
    ended: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)
    connected: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def aws_client(endpoint: Endpoint, client_id: str, token: str) -> AsyncIterator[AwsClient]:
    loop = asyncio.get_running_loop()
    ours = AwsClient(None)

    def notify(work: Any, *arguments: Any) -> None:
        loop.call_soon_threadsafe(work, *arguments)

    def received(data: mqtt5.PublishReceivedData) -> None:
        packet = data.publish_packet
        notify(ours.messages.put_nowait, (packet.topic, packet.payload))

    def failed(data: mqtt5.LifecycleConnectFailureData) -> None:
        code = None if data.connack_packet is None else int(data.connack_packet.reason_code)
        notify(ours.ended.put_nowait, code)

    options = mqtt5.ClientOptions(
        host_name="127.0.0.1",
        port=endpoint.port,
        connect_options=mqtt5.ConnectPacket(
            client_id=client_id, username=endpoint.user, password=token.encode()
        ),
        # Called by this very name.
        websocket_handshake_transform=lambda transform_args: transform_args.set_done(),
        on_publish_callback_fn=received,
        on_lifecycle_event_connection_success_fn=lambda _data: notify(ours.connected.set),
        on_lifecycle_event_connection_failure_fn=failed,
    )
    ours.client = mqtt5.Client(options)
    ours.client.start()
    try:
        yield ours
    finally:
        ours.client.stop()


def subscription(topic: str) -> mqtt5.SubscribePacket:
    return mqtt5.SubscribePacket(
        subscriptions=[mqtt5.Subscription(topic_filter=topic, qos=mqtt5.QoS.AT_LEAST_ONCE)]
    )


async def test_aws_iot_client_follows_and_is_refused_another_topic(shop: Shop, endpoint: Endpoint) -> None:
    person, order = shop.person("dan"), order_input("cup")
    topic = f"orders/{person.sub}/{order['clientToken']}"
    async with aws_client(endpoint, f"{person.sub}-crt", person.token) as ours, asyncio.timeout(120):
        await ours.connected.wait()
        for wanted, code in ((topic, 1), (ELSEWHERE, NOT_AUTHORIZED), ("orders/#", NOT_AUTHORIZED)):
            answer = await asyncio.wrap_future(ours.client.subscribe(subscription(wanted)))
            assert [int(reason_code) for reason_code in answer.reason_codes] == [code]
        await submit(shop, person, order)
        statuses = [json.loads((await ours.messages.get())[1])["status"] for _ in LIFE]
    assert sorted(statuses) == sorted(LIFE)


def _forged(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[::-1]}"


async def test_aws_iot_client_is_refused_with_a_forged_token_or_foreign_client_id(
    shop: Shop, endpoint: Endpoint
) -> None:
    person, other = shop.person("eve"), shop.person("fay")
    for client_id, token in (
        (f"{person.sub}-x", _forged(person.token)),
        (f"{person.sub}-x", "no token"),
        (f"{other.sub}-x", person.token),
    ):
        async with aws_client(endpoint, client_id, token) as ours, asyncio.timeout(120):
            assert await ours.ended.get() == NOT_AUTHORIZED


async def test_aiomqtt_receives_the_last_change_at_once(shop: Shop, endpoint: Endpoint) -> None:
    person, order = shop.person("gus"), order_input("cup")
    topic = f"orders/{person.sub}/{order['clientToken']}"

    def client(place: str) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            endpoint.port,
            transport="websockets",
            websocket_path="/mqtt",
            identifier=f"{person.sub}-{place}",
            username=endpoint.user,
            password=person.token,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=60,
        )

    async with client("a") as first, asyncio.timeout(120):
        await first.subscribe(topic, qos=1)
        await submit(shop, person, order)
        statuses = []
        async for message in first.messages:
            statuses.append(json.loads(message.payload)["status"])
            if statuses[-1] == "DELIVERED":
                break
    async with client("b") as second, asyncio.timeout(120):
        await second.subscribe(topic, qos=1)
        message = await anext(aiter(second.messages))
        assert message.retain
        assert json.loads(message.payload)["status"] in LIFE
        # A wildcard is sent no retained message, on AWS as here.
        await second.subscribe(f"orders/{person.sub}/+", qos=1)


@pytest.mark.parametrize("version", [4, 5])
async def test_node_client_follows_and_is_refused_another_topic(
    shop: Shop, endpoint: Endpoint, version: int
) -> None:
    needs("node", "npm")
    installed(NODE)
    person, order = shop.person("hal"), order_input("cup")
    topic = f"orders/{person.sub}/{order['clientToken']}"
    async with node(endpoint, person, version, topic) as lines, asyncio.timeout(120):
        assert (await anext(lines))["told"] == "connect"
        assert await anext(lines) == {"told": "subscribed", "topic": topic, "qos": 1}
        await submit(shop, person, order)
        statuses = [(await anext(lines))["payload"]["status"] for _ in LIFE]
    assert sorted(statuses) == sorted(LIFE)
    async with node(endpoint, person, version, ELSEWHERE) as lines, asyncio.timeout(120):
        assert (await anext(lines))["told"] == "connect"
        refusal = await anext(lines)
        if version == 5:
            assert refusal == {"told": "refused", "topic": ELSEWHERE, "code": None}  # it drops the reason
        else:
            assert refusal["told"] in {"close", "refused"}  # MQTT 3.1.1 has no words for it


@asynccontextmanager
async def node(
    endpoint: Endpoint, person: Person, version: int, *topics: str
) -> AsyncIterator[AsyncIterator[Any]]:
    process = await asyncio.create_subprocess_exec(
        "node",
        "follow.mjs",
        f"ws://{endpoint.endpoint}/mqtt",
        endpoint.authorizer,
        f"{person.sub}-{time.monotonic_ns()}",
        str(version),
        *topics,
        cwd=NODE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(person.token.encode())
    process.stdin.close()

    async def lines() -> AsyncIterator[Any]:
        assert process.stdout is not None
        async for line in process.stdout:
            yield json.loads(line)

    try:
        yield lines()
    finally:
        process.kill()
        await process.wait()
