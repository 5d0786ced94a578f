"""The figures table of an engine: as exact as the one in memory."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orders.adapters.dynamodb_figures import DynamoDBFigures
from orders.analytics.counting import REMEMBERED, count_events
from orders.analytics.memory import OrderMemory
from orders.analytics.ports import Recount
from orders.analytics.sums import Sums
from orders.model import timestamp
from orders.status import OrderStatus
from tests.orders.analytics.fakes import Clock
from tests.orders.analytics.lives import BEGIN, deliveries, life, lives, plain_sums, summary
from tests.orders.engine import Engine, make_connections_table

pytestmark = pytest.mark.integration


def new_store(engine: Engine) -> DynamoDBFigures:
    name = f"figures-{uuid4().hex[:12]}"
    make_connections_table(engine.dynamodb(), name)  # it has the same keys
    return DynamoDBFigures(engine.lean_dynamodb(), name)


@settings(
    max_examples=3,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.data())
def test_each_change_counts_once(engine: Engine, data: st.DataObject) -> None:
    orders = data.draw(lives(3))
    store = new_store(engine)
    for batch in data.draw(deliveries([event for order in orders for event in order])):
        count_events(batch, store, Clock(), part=data.draw(st.integers(0, 2)))
    assert summary(store.sums("2026")) == plain_sums(orders)


def test_batch_counts_as_many_orders_as_it_has(engine: Engine) -> None:
    store = new_store(engine)
    orders = [life(number, total=2**31 - 1) for number in range(1, 131)]
    tally = count_events([event for order in orders for event in order], store, Clock(), part=0)
    assert tally.counted == 130 * 6
    assert summary(store.sums("2026")) == plain_sums(orders)
    sums = store.sums("2026-11-30T07:00")
    assert sums.minutes["2026-11-30T07:00"].delivered == 130
    assert store.sums("2026-11-30T07:01").minutes == {}


def test_overtaken_write_changes_nothing(engine: Engine) -> None:
    store, [first, second, *_] = new_store(engine), life(1)
    partial = OrderMemory().with_event(first)
    both = partial.with_event(second)
    sums, at = Sums(steps=1), timestamp(BEGIN)
    assert store.commit({first.order_id: Recount(OrderMemory(), partial)}, sums, part=0, at=at)
    assert not store.commit({first.order_id: Recount(OrderMemory(), partial)}, sums, part=0, at=at)
    assert store.commit({first.order_id: Recount(partial, both)}, sums, part=0, at=at)
    assert not store.commit({first.order_id: Recount(partial, both)}, sums, part=0, at=at)
    assert store.memories([first.order_id]) == {first.order_id: both}
    assert store.sums("2026").steps == 2


def test_finished_order_expires_and_an_open_one_stays(engine: Engine) -> None:
    store = new_store(engine)
    count_events([*life(1), *life(2)[:-1]], store, Clock(), part=0)
    items = engine.dynamodb().scan(TableName=store._table)["Items"]
    expiries = {item["status"]["S"]: item.get("expiresAt") for item in items if item["sk"]["S"] == "COUNTED"}
    over = int((BEGIN + REMEMBERED).timestamp())
    assert expiries == {OrderStatus.DELIVERED: {"N": str(over)}, OrderStatus.SHIPPED: None}
    [minute] = [item for item in items if item["pk"]["S"] == "MINUTES"]
    assert minute["expiresAt"] == {"N": str(int((BEGIN + timedelta(days=2)).timestamp()))}
