"""The DynamoDB store against a real engine: what is particular to it.

What every store must do is in ``order_life``.
"""

from __future__ import annotations

import pytest

from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.errors import ChangeRefused, OrderNotFound
from orders.model import OrderId, OrderItem, Timestamp, changed, received
from orders.status import OrderStatus
from tests.orders.engine import Engine
from tests.orders.samples import LATER, an_order, to

pytestmark = pytest.mark.integration


def test_recorded_order_round_trips(store: DynamoDBOrderStore) -> None:
    names = ("Tea 🍵", "茶", "شاي", 'quote " and \\ slash', "x" * 256)
    contents = an_order(items=tuple(OrderItem(f"S-{n}", name, n + 1, n) for n, name in enumerate(names)))
    assert store.record(contents, received(contents)) is True
    assert store.contents(contents.order_id) == contents
    assert store.state(contents.order_id) == received(contents)


def test_order_id_is_recorded_once(store: DynamoDBOrderStore) -> None:
    first = an_order()
    second = an_order(first.order_id, card_token="tok_decline")
    assert store.record(first, received(first)) is True
    assert store.record(second, received(second)) is False
    assert store.contents(first.order_id) == first


def test_order_of_fifty_items_is_recorded(store: DynamoDBOrderStore) -> None:
    contents = an_order(items=tuple(OrderItem(f"S-{n}", "𝄞" * 128, 999, 1) for n in range(50)))
    assert store.record(contents, received(contents)) is True
    assert store.contents(contents.order_id) == contents


def test_change_equals_that_of_the_model(store: DynamoDBOrderStore) -> None:
    contents = an_order()
    store.record(contents, received(contents))
    expected = received(contents)
    for target in (OrderStatus.VALIDATED, OrderStatus.CONFIRMED, OrderStatus.FAILED):
        expected = changed(expected, to(target))
        assert store.change(contents.order_id, to(target)) == expected
    assert store.state(contents.order_id) == expected


def test_misplaced_change_is_refused_with_the_current_status(
    store: DynamoDBOrderStore,
) -> None:
    contents = an_order()
    store.record(contents, received(contents))
    with pytest.raises(ChangeRefused, match=r"The order is RECEIVED and cannot become SHIPPED\.") as refused:
        store.change(contents.order_id, to(OrderStatus.SHIPPED))
    assert refused.value.status is OrderStatus.RECEIVED
    assert store.state(contents.order_id) == received(contents)


def test_change_of_a_missing_order_creates_none(store: DynamoDBOrderStore) -> None:
    nobody = OrderId("00000000-0000-4000-8000-000000000000")
    with pytest.raises(OrderNotFound):
        store.change(nobody, to(OrderStatus.VALIDATED))
    assert store.state(nobody) is None
    assert store.contents(nobody) is None


def test_pending_orders_are_those_that_no_workflow_started(store: DynamoDBOrderStore) -> None:
    orders = [an_order() for _ in range(3)]
    for contents in orders:
        store.record(contents, received(contents))
    store.change(orders[0].order_id, to(OrderStatus.VALIDATED))
    waiting = {contents.order_id for contents in orders[1:]}
    assert set(store.pending_since(LATER, 100)) == waiting
    assert len(store.pending_since(LATER, 1)) == 1
    assert store.pending_since(Timestamp("2026-11-20T17:59:59.999Z"), 100) == []


def test_state_item_has_the_attributes_of_workflow_and_appsync(
    engine: Engine, store: DynamoDBOrderStore, orders_table: str
) -> None:
    contents = an_order()
    store.record(contents, received(contents))
    store.change(contents.order_id, to(OrderStatus.CANCELLED))
    item = engine.dynamodb().get_item(
        TableName=orders_table, Key={"pk": {"S": f"ORDER#{contents.order_id}"}, "sk": {"S": "STATE"}}
    )["Item"]
    assert item == {
        "pk": {"S": f"ORDER#{contents.order_id}"},
        "sk": {"S": "STATE"},
        "orderId": {"S": contents.order_id},
        "customerId": {"S": contents.customer_id},
        "status": {"S": "CANCELLED"},
        "version": {"N": "2"},
        "history": {
            "L": [
                {"M": {"status": {"S": "RECEIVED"}, "at": {"S": contents.created_at}}},
                {
                    "M": {
                        "status": {"S": "CANCELLED"},
                        "at": {"S": LATER},
                        "reason": {"S": "CUSTOMER_REQUEST"},
                    }
                },
            ]
        },
        "currency": {"S": "EUR"},
        "total": {"N": "2100"},
        "itemCount": {"N": "2"},
        "createdAt": {"S": contents.created_at},
        "updatedAt": {"S": LATER},
        "reason": {"S": "CUSTOMER_REQUEST"},
        "lastChange": {"M": {"execution": {"S": "run-1"}, "state": {"S": "MarkCancelled"}}},
        "ownerKey": {"S": contents.customer_id},
        "ownerSort": {"S": f"{contents.created_at}#{contents.order_id}"},
    }
