"""Stock adds up and money is taken once, in whatever order, and how often, the tasks run."""

from __future__ import annotations

import contextlib

import pytest

from orders.adapters.dynamodb_stock import DynamoDBStockRoom
from orders.adapters.sandbox_payments import SandboxPayments
from orders.errors import AlreadyCompensated, OutOfStock
from orders.model import OrderId
from tests.examples import examples
from tests.orders.engine import Engine
from tests.orders.fakes import MemoryPayments, MemoryStockRoom
from tests.orders.fulfilment_life import ON_SHELF, Shop, live
from tests.orders.samples import an_order
from tests.orders.threads import at_once


def test_memory_shop_keeps_the_fulfilment_invariants() -> None:
    def open_shop() -> Shop:
        stock, payments = MemoryStockRoom({}), MemoryPayments()
        shop = Shop(stock, payments, lambda sku: stock.available[sku], payments.ledger.get)
        stock.available = {shop.sku(name): count for name, count in ON_SHELF.items()}
        return shop

    live(open_shop, examples=examples(150), steps=30)


def fill(engine: Engine, table: str, sku: str, available: int) -> None:
    engine.dynamodb().put_item(
        TableName=table,
        Item={"pk": {"S": f"STOCK#{sku}"}, "sku": {"S": sku}, "available": {"N": str(available)}},
    )


def available(engine: Engine, table: str, sku: str) -> int:
    item = engine.dynamodb().get_item(TableName=table, Key={"pk": {"S": f"STOCK#{sku}"}})["Item"]
    return int(item["available"]["N"])


@pytest.mark.integration
def test_dynamodb_shop_keeps_the_fulfilment_invariants(engine: Engine, fulfilment_table: str) -> None:
    client = engine.dynamodb()

    def item(pk: str) -> dict[str, str]:
        item = client.get_item(TableName=fulfilment_table, Key={"pk": {"S": pk}}).get("Item", {})
        return {name: value.get("S") or value.get("N") or "" for name, value in item.items()}

    def open_shop() -> Shop:
        shop = Shop(
            DynamoDBStockRoom(client, fulfilment_table),
            SandboxPayments(client, fulfilment_table, timeout=3, sleep=lambda seconds: None),
            lambda sku: int(item(f"STOCK#{sku}")["available"]),
            lambda order_id: item(f"PAYMENT#{order_id}").get("status"),
        )
        for name, count in ON_SHELF.items():
            fill(engine, fulfilment_table, shop.sku(name), count)
        return shop

    live(open_shop, examples=examples(15), steps=20)


@pytest.mark.integration
def test_concurrent_orders_never_sell_more_than_the_stock(engine: Engine, fulfilment_table: str) -> None:
    for sku in ("A", "B"):
        fill(engine, fulfilment_table, sku, 10)
    stock = DynamoDBStockRoom(engine.dynamodb(), fulfilment_table)
    orders = [an_order().order_id for _ in range(8)]

    def reserve(order_id: OrderId) -> int:
        # In both orders of the items: transactions that meet must not stop each other for good.
        lines = ["A", "B"]
        if orders.index(order_id) % 2:
            lines.reverse()
        count = 0
        for sku in lines:
            with contextlib.suppress(OutOfStock):
                stock.reserve(order_id, sku, 2)
                count += 2
        return count

    assert sum(at_once(reserve, orders)) == 20
    assert available(engine, fulfilment_table, "A") == available(engine, fulfilment_table, "B") == 0
    assert sum(at_once(lambda order_id: stock.release(order_id, ["A", "B"]), orders)) >= 5
    assert available(engine, fulfilment_table, "A") == available(engine, fulfilment_table, "B") == 10


@pytest.mark.integration
def test_concurrent_repetitions_of_a_reservation_take_once(engine: Engine, fulfilment_table: str) -> None:
    fill(engine, fulfilment_table, "A", 10)
    stock = DynamoDBStockRoom(engine.dynamodb(), fulfilment_table)
    order_id = an_order().order_id
    at_once(lambda _: stock.reserve(order_id, "A", 7), range(10))
    assert available(engine, fulfilment_table, "A") == 3


@pytest.mark.integration
def test_fifty_items_are_returned_in_one_transaction(engine: Engine, fulfilment_table: str) -> None:
    skus = [f"S-{n}" for n in range(50)]
    for sku in skus:
        fill(engine, fulfilment_table, sku, 3)
    stock = DynamoDBStockRoom(engine.dynamodb(), fulfilment_table)
    order = an_order()
    assert stock.unknown([*skus, "GHOST"]) == ["GHOST"]
    for sku in skus:
        stock.reserve(order.order_id, sku, 3)
    with pytest.raises(OutOfStock) as missing:
        stock.reserve(an_order().order_id, "S-49", 1)
    assert missing.value.skus == ("S-49",)
    assert stock.release(order.order_id, skus) is True
    assert {available(engine, fulfilment_table, sku) for sku in skus} == {3}


@pytest.mark.integration
def test_release_returns_held_items_and_marks_the_others(engine: Engine, fulfilment_table: str) -> None:
    for sku in ("A", "B"):
        fill(engine, fulfilment_table, sku, 3)
    stock = DynamoDBStockRoom(engine.dynamodb(), fulfilment_table)
    order_id = an_order().order_id
    stock.reserve(order_id, "A", 2)
    assert stock.release(order_id, ["A", "B"]) is True
    for sku in ("A", "B"):
        with pytest.raises(AlreadyCompensated):
            stock.reserve(order_id, sku, 2)
        assert available(engine, fulfilment_table, sku) == 3
    assert stock.release(order_id, ["A", "B"]) is False


@pytest.mark.integration
def test_concurrent_payments_of_an_order_charge_once(engine: Engine, fulfilment_table: str) -> None:
    payments = SandboxPayments(engine.dynamodb(), fulfilment_table, timeout=3)
    order_id = an_order().order_id

    def pay(_: int) -> str:
        return payments.authorize(order_id, amount=2100, currency="EUR", card_token="tok_approve")

    assert set(at_once(pay, range(10))) == {f"sandbox-{order_id}"}
    item = engine.dynamodb().get_item(TableName=fulfilment_table, Key={"pk": {"S": f"PAYMENT#{order_id}"}})[
        "Item"
    ]
    assert item == {
        "pk": {"S": f"PAYMENT#{order_id}"},
        "status": {"S": "AUTHORIZED"},
        "amount": {"N": "2100"},
        "currency": {"S": "EUR"},
        "reference": {"S": f"sandbox-{order_id}"},
    }
    assert sum(at_once(lambda _: payments.void(order_id), range(5))) == 1


@pytest.mark.integration
def test_payment_timeout_waits_as_long_as_the_provider(engine: Engine, fulfilment_table: str) -> None:
    from orders.errors import PaymentTimeout

    waited: list[float] = []
    payments = SandboxPayments(engine.dynamodb(), fulfilment_table, timeout=3, sleep=waited.append)
    order_id = an_order().order_id
    with pytest.raises(PaymentTimeout, match=r"did not answer within 3 s"):
        payments.authorize(order_id, amount=1, currency="EUR", card_token="tok_timeout_slow")
    assert waited == [3]
    assert payments.void(order_id) is False
