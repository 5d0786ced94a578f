"""Orders as a durable function runs them: the same lives as by the workflow."""

from __future__ import annotations

import asyncio

import pytest
from gql import gql

from tests.integration.conftest import Json, Shop, ask, order_input
from tests.integration.test_orders import CANCEL, GOOD_END, ORDER, SUBMIT, until_final
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration

DECIDE = gql("mutation ($input: DecideOrderInput!) { decideOrder(input: $input) { id status } }")


async def test_durable_order_is_delivered_and_each_change_is_published(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("lamp", 10)
    order = order_input("lamp", quantity=3, orchestrator="DURABLE")
    token = str(order["clientToken"])
    async with shop.following(ada, token) as changes, shop.as_person(ada) as session:
        submitted = (await session.execute(ask(SUBMIT, {"input": order})))["submitOrder"]
        again = (await session.execute(ask(SUBMIT, {"input": order})))["submitOrder"]
        published = await until_final(changes)
    assert submitted["id"] == again["id"] == token
    assert [change["status"] for change in published] == GOOD_END
    assert shop.available("lamp") == 7
    listed = shop.functions.list_durable_executions_by_function(
        FunctionName=shop.cloud.outputs["RunOrderFunctionArn"], DurableExecutionName=token
    )["DurableExecutions"]
    assert [execution["DurableExecutionName"] for execution in listed] == [token]


async def test_durable_order_fails_for_the_reasons_of_the_workflow(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("desk", 5)
    wanted = {
        "PAYMENT_DECLINED": order_input("desk", card="tok_decline", orchestrator="DURABLE"),
        "OUT_OF_STOCK": order_input("desk", quantity=6, card="tok_decline", orchestrator="DURABLE"),
        "UNKNOWN_ITEM": order_input("unheard-of", orchestrator="DURABLE"),
    }

    async def run(reason: str) -> dict[str, object]:
        order = wanted[reason]
        token = str(order["clientToken"])
        async with shop.following(ada, token) as changes, shop.as_person(ada) as session:
            await session.execute(ask(SUBMIT, {"input": order}))
            await until_final(changes)
            answer: dict[str, object] = (await session.execute(ask(ORDER, {"id": token})))["order"]
        return answer

    ends = await asyncio.gather(*map(run, wanted))
    assert [(end["status"], end["reason"]) for end in ends] == [("FAILED", reason) for reason in wanted]
    assert shop.available("desk") == 5


async def test_durable_order_waits_for_staff_and_every_decision_wakes_it(shop: Shop) -> None:
    ada, boss = shop.person("ada"), shop.person("boss", staff=True)
    shop.stock("yacht", 5)
    items = [{"sku": "yacht", "name": "Yacht", "quantity": 1, "unitPrice": 200_000_000}]
    approved, cancelled = (order_input("yacht", orchestrator="DURABLE", items=items) for _ in range(2))

    async def run(order: dict[str, object]) -> list[object]:
        token = str(order["clientToken"])
        async with (
            shop.following(ada, token) as changes,
            shop.as_person(ada) as session,
            shop.as_person(boss) as staff,
        ):
            await session.execute(ask(SUBMIT, {"input": order}))
            before: list[Json] = []
            while not before or before[-1]["status"] != "AWAITING_APPROVAL":
                before.append(await changes())
            if order is approved:
                await staff.execute(ask(DECIDE, {"input": {"orderId": token, "decision": "APPROVE"}}))
            else:
                await session.execute(ask(CANCEL, {"id": token}))
            return [change["status"] for change in await until_final(changes, before)]

    lives = [*await asyncio.gather(run(approved), run(cancelled))]
    waited = ["RECEIVED", "VALIDATED", "AWAITING_APPROVAL"]
    assert lives == [[*waited, *GOOD_END[2:]], [*waited, "CANCELLED"]]
    wait_for(lambda: shop.available("yacht") == 4, what="the cancelled order's yacht")
