"""The shop of a campaign: its customers, and its staff."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

from campaign.plan import Purchase, WayIn, make_plan
from campaign.shopping import Shop
from clients import OrderClient
from clients.errors import NotDecidable
from clients.model import Decision, NewOrder


class Api:
    """Has orders decided from the moment on that they await it."""

    def __init__(self) -> None:
        self.awaits, self.decided = asyncio.Event(), asyncio.Event()
        self.status = "RECEIVED"

    async def decide(self, order_id: str, decision: Decision, *, reason: str) -> None:
        if not self.awaits.is_set():
            raise NotDecidable("not yet", status=self.status)
        self.decided.set()


class Client:
    """Accepts every order."""

    def __init__(self) -> None:
        self.api = Api()

    async def submit(self, order: NewOrder, *, enqueue: bool) -> None:
        pass


def purchase() -> Purchase:
    bought = make_plan(7, 1, kills=0, restarts=0).purchases[0]
    return replace(bought, way=WayIn.GRAPHQL, cancel=False, decision=Decision.APPROVE)


def shop_of(client: Client, bought: Purchase) -> Shop:
    async def admit(_number: int) -> None:
        pass

    customer = cast("OrderClient", client)
    return Shop(
        {bought.customer: customer}, {}, customer, at_once=1, admit=admit, on_answered=lambda _count: None
    )


async def test_staff_decide_on_orders_that_await_it_after_the_last_was_handed_in() -> None:
    client, bought = Client(), purchase()
    shop = shop_of(client, bought)
    async with asyncio.timeout(60):
        await shop.sell((bought,))
        assert shop.sales.accepted == {bought.order_id}
        client.api.awaits.set()
        await client.api.decided.wait()
        await shop.close()


async def test_staff_leave_undecided_orders_when_the_shop_closes() -> None:
    client, bought = Client(), purchase()
    shop = shop_of(client, bought)
    async with asyncio.timeout(60):
        await shop.sell((bought,))
        await shop.close()
    assert not client.api.decided.is_set()
