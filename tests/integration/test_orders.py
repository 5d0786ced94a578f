"""Orders go through: GraphQL in, Step Functions between, live updates out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest
from gql import gql

from tests.integration.conftest import Json, Shop, ask, order_input

pytestmark = pytest.mark.integration

SUBMIT = gql(
    "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) "
    "{ id customerId status version currency total itemCount items { sku name quantity unitPrice } "
    "createdAt updatedAt reason history { version status } } }"
)
ENQUEUE = gql("mutation ($input: SubmitOrderInput!) { enqueueOrder(input: $input) { id status version } }")
ORDER = gql(
    "query ($id: ID!) { order(id: $id) { id status version reason total history { version status } } }"
)
CANCEL = gql("mutation ($id: ID!) { cancelOrder(id: $id) { id status version reason } }")

GOOD_END = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]


async def until_final(changes: Callable[[], Awaitable[Json]], before: Sequence[Json] = ()) -> list[Json]:
    """Collect changes to the final one after those ``before``, each version once and in order."""
    received: dict[int, Json] = {int(str(change["version"])): change for change in before}
    while True:
        change = await changes()
        received[int(str(change["version"]))] = change
        # Delivery is at least once and in no promised order: wait for all before the final one too.
        final = [v for v, c in received.items() if c["status"] in {"DELIVERED", "FAILED", "CANCELLED"}]
        if final and len(received) == max(final):
            return [received[version] for version in sorted(received)]


async def test_order_is_delivered_and_each_change_is_published(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("cup", 10)
    order = order_input("cup", quantity=3)
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        submitted = (await session.execute(ask(SUBMIT, {"input": order})))["submitOrder"]
        history = await until_final(changes)
    assert submitted["id"] == order["clientToken"]
    assert submitted["customerId"] == ada.sub
    assert (submitted["status"], submitted["version"]) == ("RECEIVED", 1)
    assert (submitted["total"], submitted["itemCount"], submitted["currency"]) == (750, 1, "EUR")
    assert submitted["items"] == order["items"]
    assert submitted["history"] == [{"version": 1, "status": "RECEIVED"}]
    assert [change["status"] for change in history] == GOOD_END
    assert [change["version"] for change in history] == [1, 2, 3, 4, 5, 6]
    assert {change["customerId"] for change in history} == {ada.sub}
    assert shop.available("cup") == 7


@pytest.mark.parametrize(
    ("sku", "stock", "card", "reason"),
    [
        ("decline", 5, "tok_decline", "PAYMENT_DECLINED"),
        ("slow", 5, "tok_timeout", "PAYMENT_TIMEOUT"),
        ("soldout", 0, "tok_approve", "OUT_OF_STOCK"),
        ("unknown", None, "tok_approve", "UNKNOWN_ITEM"),
    ],
)
async def test_unfulfillable_order_fails_with_its_reason(
    shop: Shop, sku: str, stock: int | None, card: str, reason: str
) -> None:
    ada = shop.person("ada")
    if stock is not None:
        shop.stock(sku, stock)
    order = order_input(sku, card=card)
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        history = await until_final(changes)
        after = (await session.execute(ask(ORDER, {"id": order["clientToken"]})))["order"]
    assert (history[-1]["status"], history[-1]["reason"]) == ("FAILED", reason)
    assert (after["status"], after["reason"]) == ("FAILED", reason)
    if stock is not None:
        assert shop.available(sku) == stock  # nothing stays reserved


async def test_enqueued_order_is_delivered(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("pen", 10)
    order = order_input("pen")
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        queued = (await session.execute(ask(ENQUEUE, {"input": order})))["enqueueOrder"]
        history = await until_final(changes)
    assert queued == {"id": order["clientToken"], "status": "RECEIVED", "version": 1}
    assert [change["status"] for change in history] == GOOD_END


async def test_history_returns_missed_changes(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("map", 10)
    order = order_input("map")
    async with shop.following(ada, str(order["clientToken"])) as changes, shop.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        messages = await until_final(changes)
        document = gql(
            "query ($id: ID!) { orderHistory(id: $id, afterVersion: 3) "
            "{ orderId version changes { orderId customerId version status at reason } } }"
        )
        history = (await session.execute(ask(document, {"id": order["clientToken"]})))["orderHistory"]
    assert history["version"] == 6
    assert history["changes"] == messages[3:]  # the very same documents as the subscription's


async def test_orders_of_one_customer_are_hidden_from_another(shop: Shop) -> None:
    ada, eve, boss = shop.person("ada"), shop.person("eve"), shop.person("boss", staff=True)
    shop.stock("ring", 10)
    order = order_input("ring")
    token = str(order["clientToken"])
    async with (
        shop.following(ada, token) as hers,
        shop.following(eve, token) as nothing,
        shop.following(boss, token) as theirs,
        shop.as_person(ada) as session,
        shop.as_person(eve) as stranger,
        shop.as_person(boss) as staff,
    ):
        await session.execute(ask(SUBMIT, {"input": order}))
        await until_final(hers)
        assert [change["status"] for change in await until_final(theirs)] == GOOD_END
        answer = await stranger.execute(ask(ORDER, {"id": token}))
        assert answer == {"order": None}
        listed = await stranger.execute(gql("{ orders { orders { id } nextToken } }"))
        assert listed == {"orders": {"orders": [], "nextToken": None}}
        past = await stranger.execute(
            ask(gql("query ($id: ID!) { orderHistory(id: $id) { version } }"), {"id": token})
        )
        assert past == {"orderHistory": None}
        assert (await staff.execute(ask(ORDER, {"id": token})))["order"]["status"] == "DELIVERED"

        # An order of Eve's own, after Ada's: had Ada's reached her, it would have come first.
        own = order_input("ring", card="tok_decline")
        async with shop.following(eve, str(own["clientToken"])) as eves:
            await stranger.execute(ask(SUBMIT, {"input": own}))
            await until_final(eves)
        with pytest.raises(TimeoutError):
            import asyncio

            await asyncio.wait_for(nothing(), 0.05)


async def test_own_orders_are_listed_newest_first_page_by_page(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("box", 100)
    orders = [order_input("box") for _ in range(3)]
    page = gql(
        "query ($token: String) { orders(limit: 2, nextToken: $token) "
        "{ orders { id items { sku } } nextToken } }"
    )
    async with shop.as_person(ada) as session:
        for order in orders:
            await session.execute(ask(SUBMIT, {"input": order}))
        first = (await session.execute(page))["orders"]
        second = (await session.execute(ask(page, {"token": first["nextToken"]})))["orders"]
    ids = [order["id"] for order in [*first["orders"], *second["orders"]]]
    assert ids == [order["clientToken"] for order in reversed(orders)]
    assert first["orders"][0]["items"] == [{"sku": "box"}]
    assert second["nextToken"] is None


async def test_cancelled_order_returns_stock_and_payment(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("vase", 4)
    # The provider takes its time, so the order can be cancelled while it waits.
    order = order_input("vase", card="tok_timeout", quantity=4)
    token = str(order["clientToken"])
    async with shop.following(ada, token) as changes, shop.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        while (await changes())["status"] != "VALIDATED":
            pass
        cancelled = (await session.execute(ask(CANCEL, {"id": token})))["cancelOrder"]
        assert cancelled == {"id": token, "status": "CANCELLED", "version": 3, "reason": "CUSTOMER_REQUEST"}
        again = (await session.execute(ask(CANCEL, {"id": token})))["cancelOrder"]
        assert again == cancelled
    execution = shop.cloud.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:") + f":{token}"

    from tests.localcloud.running import wait_for

    wait_for(
        lambda: shop.states.describe_execution(executionArn=execution)["status"] != "RUNNING",
        what="the execution's end",
    )
    assert shop.available("vase") == 4
