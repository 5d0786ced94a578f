"""The clients that were written for AppSync, unchanged, against the companion's ``/graphql``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import web

from clients import Conflict, InvalidOrder, Item, NewOrder, NotCancellable, NotFound, Status, Unavailable
from clients.api import OrderApi
from clients.auth import Credentials, Token, TokenSource
from clients.settings import Settings
from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.gateway import Person
from tests.companion.graphql_world import World
from tests.orders.samples import to

TEA = NewOrder("EUR", (Item("TEA", "Thé “vert” 🍵", 2, 420),), "tok_approve")


class SignedIn(TokenSource):
    """A person with a token."""

    def __init__(self, name: str) -> None:
        super().__init__("", "", Credentials(name, ""))

    async def token(self, *, refused: Token | None = None) -> Token:
        return Token(self.user, float("inf"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    world.install(monkeypatch)
    return world


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """The application behind a plain HTTP server; the token is the caller's name."""

    async def graphql(request: web.Request) -> web.Response:
        person = Person(request.headers["Authorization"])
        answer = world.send(await request.text(), person, request.headers["Content-Type"])
        return web.Response(text=answer.body, status=answer.status, headers=dict(answer.headers))

    application = web.Application()
    application.router.add_post("/api/graphql", graphql)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/graphql"
    finally:
        await runner.cleanup()


def api(address: str, name: str = "ada", attempts: int = 1) -> OrderApi:
    return OrderApi(Settings(address, "", "", ""), SignedIn(name), attempts=attempts)


@pytest.mark.parametrize("enqueue", [False, True])
async def test_client_submits_reads_and_cancels_an_order(world: World, address: str, enqueue: bool) -> None:
    async with api(address) as ada:
        order = await ada.submit(TEA, enqueue=enqueue)
        assert (order.id, order.status, order.version, order.total) == (
            TEA.client_token,
            Status.RECEIVED,
            1,
            840,
        )
        assert order.items == TEA.items
        assert await ada.order(order.id) == order
        cancelled = await ada.cancel(order.id)
        assert cancelled.status is Status.CANCELLED
        assert (await ada.history(order.id, after=1)).changes == cancelled.history[1:]
        assert world.queue.messages == [order.id]


async def test_client_reads_orders_page_by_page(world: World, address: str) -> None:
    ids = [str(uuid4()) for _ in range(5)]
    async with api(address) as ada:
        for order_id in ids:
            world.clock.advance(1)
            await ada.submit(NewOrder("EUR", TEA.items, "tok_approve", order_id))
        assert [order.id async for order in ada.orders(page_size=2)] == ids[::-1]
        assert [order.id async for order in ada.orders(status=Status.FAILED)] == []


async def test_client_raises_its_own_errors(world: World, address: str) -> None:
    async with api(address) as ada, api(address, "grace") as grace:
        await ada.submit(TEA)
        with pytest.raises(Conflict):
            await grace.submit(TEA)
        for read in (grace.order, grace.history, grace.cancel):
            with pytest.raises(NotFound):
                await read(TEA.client_token)
        bad = NewOrder("EUR", (Item("TEA", "Tea", 0, 420),), "tok_approve")
        with pytest.raises(InvalidOrder) as invalid:
            await ada.submit(bad)
        assert (invalid.value.path, invalid.value.code) == ("input.items[0].quantity", "QUANTITY_RANGE")
        for target in (OrderStatus.VALIDATED, OrderStatus.CONFIRMED, OrderStatus.PACKED):
            world.store.change(OrderId(TEA.client_token), to(target))
        with pytest.raises(NotCancellable) as packed:
            await ada.cancel(TEA.client_token)
        assert packed.value.status == "PACKED"
        world.store.broken = ConnectionError("away")
        with pytest.raises(Unavailable):
            await ada.order(TEA.client_token)
