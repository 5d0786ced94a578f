"""The Event API, tried by everyone: who subscribes to which channel, who publishes, and who receives."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.access.channels import CHANNEL_ROWS, ChannelRow
from tests.access.conftest import World
from tests.access.credentials import Credential
from tests.access.table import REFUSALS, Bad, Caller, Outcome
from tests.access.test_access import change
from tests.access.wire import Json

pytestmark = pytest.mark.integration
UNAUTHORIZED = "UnauthorizedException"


def address(world: World, key: str) -> str:
    ready = world.shop.cloud.ready
    outputs: Any = ready["outputs"]
    apis: Any = ready["event_apis"]
    [api] = [api for api in apis if api["id"] == outputs["EventsApiId"]]
    return str(api[key])


@asynccontextmanager
async def connected(world: World, credential: Credential) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a WebSocket with a credential; what comes of it is the first frame."""
    http = address(world, "http")
    shown = {**credential.headers(http, "{}"), "host": http.split("/")[2]}
    header = base64.urlsafe_b64encode(json.dumps(shown).encode()).decode().rstrip("=")
    protocols = ["aws-appsync-event-ws", f"header-{header}"]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address(world, "realtime"), protocols=protocols) as socket,
    ):
        await socket.send_json({"type": "connection_init"})
        yield socket


async def frame(socket: aiohttp.ClientWebSocketResponse) -> Json:
    """Return the next frame that is no keep-alive."""
    while (received := await socket.receive_json(timeout=60))["type"] == "ka":
        continue
    document: Json = received
    return document


async def subscribe(
    world: World, socket: aiohttp.ClientWebSocketResponse, credential: Credential, channel: str
) -> Json:
    http = address(world, "http")
    body = json.dumps({"channel": channel}, separators=(",", ":"))
    authorization = {**credential.headers(http, body), "host": http.split("/")[2]}
    request = {"type": "subscribe", "id": channel, "channel": channel, "authorization": authorization}
    await socket.send_json(request)
    return await frame(socket)


async def publish(world: World, credential: Credential, channel: str, event: Json) -> tuple[int, Json]:
    http = address(world, "http")
    body = json.dumps({"channel": channel, "events": [json.dumps(event)]})
    headers = {"Content-Type": "application/json", **credential.headers(http, body)}
    async with aiohttp.ClientSession() as session, session.post(http, data=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def outcome_of(world: World, row: ChannelRow, credential: Credential) -> Outcome:
    order_id = str(uuid.uuid4())
    channel = row.channel.format(owner=world.owner.sub, order=order_id)
    if row.operation == "publish":
        status, answer = await publish(world, credential, channel, change(order_id, world.owner.sub))
        if status == 200:
            assert [event["index"] for event in answer["successful"]] == [0]
            return Outcome.DONE
        assert (status, answer["errors"][0]["errorType"]) == (401, UNAUTHORIZED)
        return Outcome.NOT_AUTHORIZED
    async with connected(world, credential) as socket:
        acknowledged = await frame(socket)
        if acknowledged["type"] == "connection_error":
            assert acknowledged["errors"][0]["errorType"] == UNAUTHORIZED
            return Outcome.NOT_AUTHORIZED
        answer = await subscribe(world, socket, credential, channel)
    if answer["type"] == "subscribe_success":
        return Outcome.DONE
    assert answer["type"] == "subscribe_error"
    assert answer["errors"][0]["errorType"].startswith("Unauthorized")
    return Outcome.NOT_AUTHORIZED


@pytest.mark.parametrize("row", CHANNEL_ROWS, ids=lambda row: f"{row.operation} {row.channel}")
async def test_event_channel_access_is_as_the_table_says(world: World, row: ChannelRow) -> None:
    for who in Caller:
        assert await outcome_of(world, row, world.credentials[who]) is row.outcome(who), who


@pytest.mark.parametrize("kind", Bad)
async def test_invalid_credential_neither_connects_nor_publishes(world: World, kind: Bad) -> None:
    credential, order_id = world.bad[kind], str(uuid.uuid4())
    async with connected(world, credential) as socket:
        refused = await frame(socket)
    assert (refused["type"], refused["errors"][0]["errorType"]) == ("connection_error", UNAUTHORIZED)
    channel = f"/orders/{world.owner.sub}/{order_id}"
    status, _ = await publish(world, credential, channel, change(order_id, world.owner.sub))
    assert status == REFUSALS[kind].status


async def test_published_event_reaches_its_owner_and_staff_alone(world: World) -> None:
    order = world.order()
    order_id, stranger = order["clientToken"], world.people[Caller.STRANGER].sub
    received: dict[Caller, list[Json]] = {}
    async with (
        connected(world, world.credentials[Caller.OWNER]) as owner,
        connected(world, world.credentials[Caller.STAFF]) as staff,
        connected(world, world.credentials[Caller.STRANGER]) as other,
    ):
        sockets = {Caller.OWNER: owner, Caller.STAFF: staff, Caller.STRANGER: other}
        channels = {
            Caller.OWNER: f"/orders/{world.owner.sub}/{order_id}",
            Caller.STAFF: "/orders/*",
            Caller.STRANGER: f"/orders/{stranger}/*",
        }
        for who, socket in sockets.items():
            assert (await frame(socket))["type"] == "connection_ack"
            answer = await subscribe(world, socket, world.credentials[who], channels[who])
            assert answer["type"] == "subscribe_success"
        document = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"
        await world.endpoints.post(world.credentials[Caller.OWNER], document, {"input": order})
        for who in (Caller.OWNER, Caller.STAFF):
            events: list[Json] = []
            while {event["status"] for event in events} != {"RECEIVED", "VALIDATED", "CONFIRMED"}:
                event: Json = json.loads((await frame(sockets[who]))["event"])
                if event["orderId"] == order_id:
                    events.append(event)
            received[who] = sorted(events, key=lambda event: event["version"])
        # Had anything of the owner's come to the stranger, it would be first: frames keep their order.
        own = change(str(uuid.uuid4()), stranger)
        administrator = world.credentials[Caller.ADMINISTRATOR]
        while True:
            await publish(world, administrator, f"/orders/{stranger}/{own['orderId']}", own)
            event = json.loads((await frame(other))["event"])
            assert event["customerId"] == stranger
            if event == own:
                break
    assert received[Caller.OWNER] == received[Caller.STAFF]
    assert received[Caller.OWNER][0].keys() == own.keys()
