"""Clients that we did not write follow orders on the companion's WebSocket, by changing the address."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from gql import gql
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from tests.aws_rules.npm import installed, needs
from tests.companion.world import Companion, open_companion
from tests.integration.conftest import Json, Person, ask, order_input
from tests.integration.test_orders import GOOD_END, SUBMIT

pytestmark = [pytest.mark.slow, pytest.mark.integration]
NODE = Path(__file__).parent / "node"
PATIENCE = 120
CHANGE = "orderId customerId version status at reason"
ON_ORDER = f"subscription ($id: ID!) {{ onOrderStatus(orderId: $id) {{ {CHANGE} }} }}"
ON_MINE = f"subscription {{ mine: onMyOrders {{ {CHANGE} kind: __typename }} }}"


@pytest.fixture(scope="module")
def companion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    with open_companion(tmp_path_factory.mktemp("graphql")) as running:
        yield running


@pytest.fixture
def ada(companion: Companion) -> Person:
    return companion.person("ada")


@pytest.fixture
def tea(companion: Companion) -> str:
    """An item of which there are a hundred."""
    sku = f"tea-{uuid.uuid4().hex[:8]}"
    companion.stock(sku, 100)
    return sku


class RecordingTransport(WebsocketsTransport):
    """The stock transport, and a word when the companion says that a subscription is live."""

    def live(self) -> bool:
        return "subscribed" in (self.payloads.get("pong") or {})


@asynccontextmanager
async def connected(
    companion: Companion, person: Person, **options: Any
) -> AsyncIterator[RecordingTransport]:
    transport = RecordingTransport(
        companion.websocket, init_payload={"Authorization": person.token}, **options
    )
    await transport.connect()
    try:
        yield transport
    finally:
        await transport.close()


async def until_live(transport: RecordingTransport) -> None:
    async with asyncio.timeout(PATIENCE):
        while not transport.live():
            await asyncio.sleep(0.02)


async def collect(transport: RecordingTransport, query: str, variables: Json, count: int) -> list[Json]:
    request = gql(query)
    request.variable_values = variables
    changes: dict[int, Json] = {}
    async with asyncio.timeout(PATIENCE):
        async for result in transport.subscribe(request):
            assert result.errors is None
            [change] = (result.data or {}).values()
            changes[change["version"]] = change
            if len(changes) == count:
                break
    return [change for _, change in sorted(changes.items())]


async def submit(companion: Companion, person: Person, order: Json) -> None:
    async with companion.as_person(person) as session:
        await session.execute(ask(SUBMIT, {"input": order}))


@pytest.mark.parametrize("subprotocols", [None, ["graphql-transport-ws"]])
async def test_gql_client_follows_an_order(
    companion: Companion, ada: Person, tea: str, subprotocols: list[str] | None
) -> None:
    order = order_input(tea)
    async with connected(companion, ada, subprotocols=subprotocols) as transport:
        variables = {"id": order["clientToken"]}
        following = asyncio.create_task(collect(transport, ON_ORDER, variables, len(GOOD_END)))
        await until_live(transport)
        await submit(companion, ada, order)
        changes = await following
    assert [change["status"] for change in changes] == GOOD_END
    assert {change["customerId"] for change in changes} == {ada.sub}


async def test_customer_follows_all_own_orders_and_staff_follow_everyones(
    companion: Companion, ada: Person, tea: str
) -> None:
    grace, staff = companion.person("grace"), companion.person("margaret", staff=True)
    hers, ours = order_input(tea), order_input(tea)
    async with (
        connected(companion, ada) as own,
        connected(companion, staff) as everyones,
        connected(companion, grace) as strangers,
    ):
        count = len(GOOD_END)
        following = [
            asyncio.create_task(collect(own, ON_MINE, {}, count)),
            asyncio.create_task(collect(everyones, ON_ORDER, {"id": ours["clientToken"]}, count)),
            asyncio.create_task(collect(strangers, ON_MINE, {}, count)),
        ]
        # Grace asks for Ada's order as well, under another id of the same connection: she receives nothing.
        nothing = asyncio.create_task(collect(strangers, ON_ORDER, {"id": ours["clientToken"]}, 1))
        for transport in (own, everyones, strangers):
            await until_live(transport)
        await submit(companion, ada, ours)
        mine, changes, _ = following
        assert {change["orderId"] for change in await mine} == {ours["clientToken"]}
        assert {change["kind"] for change in mine.result()} == {"OrderStatusChange"}
        assert [change["status"] for change in await changes] == GOOD_END
        await submit(companion, grace, hers)
        assert {change["orderId"] for change in await following[2]} == {hers["clientToken"]}
        assert not nothing.done()
        nothing.cancel()
        await asyncio.gather(nothing, return_exceptions=True)


async def test_refused_operation_leaves_the_others_running(companion: Companion, ada: Person) -> None:
    async with connected(companion, ada) as transport:
        with pytest.raises(TransportQueryError, match="orderId must be a UUID"):
            await collect(transport, ON_ORDER, {"id": "42"}, 1)
        with pytest.raises(TransportQueryError, match="Only subscriptions are served here"):
            await collect(transport, "{ orders { orders { id } } }", {}, 1)
        following = asyncio.create_task(collect(transport, ON_MINE, {}, 1))
        await until_live(transport)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@pytest.mark.parametrize("token", ["", "forged", None])
async def test_invalid_token_is_refused(companion: Companion, ada: Person, token: str | None) -> None:
    head, payload, signature = ada.token.split(".")
    shown = f"{head}.{payload}.{signature[:-8]}AAAAAAAA" if token is None else token
    transport = RecordingTransport(companion.websocket, init_payload={"Authorization": shown})
    with pytest.raises(TransportError):
        await transport.connect()
    await transport.close()


async def test_close_reason_arrives_before_the_code_of_the_gateway(companion: Companion) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(companion.websocket, protocols=["graphql-transport-ws"]) as socket,
    ):
        assert socket.protocol == "graphql-transport-ws"
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": ON_MINE}})
        message = await socket.receive_json(timeout=PATIENCE)
        assert message["payload"] == {"closing": {"code": 4401, "reason": "Unauthorized"}}
        assert (await socket.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1000


@pytest.fixture(scope="module")
def packages() -> Path:
    needs("node", "npm")
    return installed(NODE)


class TestNode:
    """npm's graphql-ws, the protocol's own client."""

    @asynccontextmanager
    async def following(
        self, packages: Path, companion: Companion, token: str, query: str, variables: Json
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        script = ("node", str(NODE / "follow_graphql.mjs"), str(packages))
        process = await asyncio.create_subprocess_exec(
            *(*script, companion.websocket, token, query, json.dumps(variables)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def line(self, process: asyncio.subprocess.Process) -> Any:
        assert process.stdout is not None
        return json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))

    async def test_node_client_follows_an_order(
        self, packages: Path, companion: Companion, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        variables = {"id": order["clientToken"]}
        async with self.following(packages, companion, ada.token, ON_ORDER, variables) as process:
            assert list((await self.line(process))["pong"]) == ["subscribed"]
            await submit(companion, ada, order)
            statuses: set[str] = set()
            while statuses != set(GOOD_END):
                result = (await self.line(process))["next"]
                assert result["data"]["onOrderStatus"]["orderId"] == order["clientToken"]
                statuses.add(result["data"]["onOrderStatus"]["status"])

    async def test_node_client_receives_operation_errors(
        self, packages: Path, companion: Companion, ada: Person
    ) -> None:
        async with self.following(packages, companion, ada.token, ON_ORDER, {"id": "42"}) as process:
            [error] = (await self.line(process))["error"]
            assert (error["errorType"], error["errorInfo"]) == ("BadRequest", {"path": "orderId"})

    async def test_node_client_with_an_invalid_token_is_closed(
        self, packages: Path, companion: Companion
    ) -> None:
        async with self.following(packages, companion, "forged", ON_MINE, {}) as process:
            first = await self.line(process)
            assert first == {"pong": {"closing": {"code": 4403, "reason": "Forbidden"}}}
            assert {"closed": 1000} in [await self.line(process) for _ in range(2)]
