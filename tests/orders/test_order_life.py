"""No sequence of commands, repeats and late arrivals reaches an illegal state or skips a version."""

from __future__ import annotations

import pytest

from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.errors import ChangeRefused
from orders.model import received
from orders.status import OrderStatus
from orders.submission import record_order
from tests.examples import examples
from tests.orders.engine import Engine
from tests.orders.fakes import MemoryOrderStore
from tests.orders.order_life import live
from tests.orders.samples import an_order, to
from tests.orders.threads import at_once


def test_memory_store_keeps_the_order_invariants() -> None:
    live(MemoryOrderStore(), examples=examples(200), steps=40)


@pytest.mark.integration
def test_dynamodb_store_keeps_the_order_invariants(store: DynamoDBOrderStore) -> None:
    live(store, examples=examples(15), steps=25)


@pytest.mark.integration
def test_twenty_concurrent_submissions_record_one_order(engine: Engine, orders_table: str) -> None:
    contents = an_order()
    client = engine.dynamodb()

    def submit(_: int) -> bool:
        return record_order(contents, DynamoDBOrderStore(client, orders_table)).is_new

    assert sorted(at_once(submit, range(20))) == [False] * 19 + [True]


@pytest.mark.integration
@pytest.mark.parametrize("attempt", range(5))
def test_concurrent_cancellation_and_packing_leave_one_winner(
    store: DynamoDBOrderStore, attempt: int
) -> None:
    contents = an_order()
    store.record(contents, received(contents))
    for target in (OrderStatus.VALIDATED, OrderStatus.CONFIRMED):
        store.change(contents.order_id, to(target))

    def finish(target: OrderStatus) -> str:
        try:
            return f"became {store.change(contents.order_id, to(target)).status}"
        except ChangeRefused as refused:
            return f"refused in {refused.status}"

    outcomes = at_once(finish, [OrderStatus.PACKED, OrderStatus.CANCELLED])
    state = store.state(contents.order_id)
    assert state is not None
    assert state.version == 4
    assert sorted(outcomes) == [f"became {state.status}", f"refused in {state.status}"]
