"""What becomes of parcels is put on a bus, the shop's own or the account's."""

from __future__ import annotations

import asyncio

import pytest

from tests.access.conftest import World
from tests.access.table import Caller
from tests.integration.test_fulfilled_outside import report
from tests.integration.test_orders import GOOD_END

pytestmark = pytest.mark.integration


async def test_reports_on_either_bus_advance_an_order(world: World) -> None:
    order = await world.submitted()
    async with asyncio.timeout(60):
        await reached(world, order["clientToken"], GOOD_END[:3])
        report(world.shop, order["clientToken"], "OrderShipped", world.shop.cloud.outputs["EventBusName"])
        await reached(world, order["clientToken"], GOOD_END[:5])
        report(world.shop, order["clientToken"], "OrderDelivered")
        await reached(world, order["clientToken"], GOOD_END)


async def reached(world: World, order_id: object, life: list[str]) -> None:
    """Read an order until it has had these statuses."""
    credential = world.credentials[Caller.OWNER]
    document = "query ($id: ID!) { order(id: $id) { history { status } } }"
    while True:
        _, answer = await world.endpoints.post(credential, document, {"id": order_id})
        if [change["status"] for change in answer["data"]["order"]["history"]] == life:
            return
        await asyncio.sleep(0.02)
