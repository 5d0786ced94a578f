"""Counting is exact: however events repeat, come late, are mixed, and whatever else counts them meanwhile."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.analytics.counting import REMEMBERED, Tally, count_events
from orders.analytics.memory import OrderMemory
from orders.errors import Contended, TryAgain
from orders.events import MalformedEvent, OrderEvent
from orders.status import OrderStatus
from tests.orders.analytics.fakes import Clock, MemoryFigures
from tests.orders.analytics.lives import BEGIN, DELIVERED, deliveries, life, lives, plain_sums, summary


def everything(store: MemoryFigures) -> object:
    return summary(store.sums(""))


@given(st.data())
def test_each_change_counts_once_despite_repetition_and_delay(data: st.DataObject) -> None:
    orders = data.draw(lives())
    store, tally = MemoryFigures(), Tally()
    store.lost = data.draw(st.integers(0, 2))
    events = [event for order in orders for event in order]
    for batch in data.draw(deliveries(events)):
        part = data.draw(st.integers(0, 3))
        try:
            tally.add(count_events(batch, store, Clock(), part=part))
        except TryAgain:
            count_events(batch, store, Clock(), part=data.draw(st.integers(0, 3)))
    assert everything(store) == plain_sums(orders)


@given(st.data())
def test_sums_equal_the_events_received(data: st.DataObject) -> None:
    orders = data.draw(lives())
    events = [event for order in orders for event in order]
    part_of_them = data.draw(st.lists(st.sampled_from(events)))
    store = MemoryFigures()
    count_events(part_of_them, store, Clock(), part=0)
    present = [[event for event in order if event in part_of_them] for order in orders]
    assert everything(store) == plain_sums(present)


@given(lives())
def test_overtaken_consumer_counts_the_rest(orders: list[list[OrderEvent]]) -> None:
    store = MemoryFigures()
    events = [event for order in orders for event in order]

    def overtake() -> None:
        store.before_commit = lambda: None
        count_events(events[::2], store, Clock(), part=1)

    store.before_commit = overtake
    tally = count_events(events, store, Clock(), part=0)
    assert tally.counted + len(events[::2]) == len(events)
    assert everything(store) == plain_sums(orders)


def test_consumer_overtaken_repeatedly_gives_up_without_counting() -> None:
    store, others = MemoryFigures(), itertools.count(1)
    [*_, last] = life(1)

    def overtake() -> None:
        store.remembered[last.order_id] = OrderMemory(next(others), 1, OrderStatus.RECEIVED)

    store.before_commit = overtake
    with pytest.raises(Contended):
        count_events([last], store, Clock(), part=0)
    assert store.parts == {}


def test_transaction_stays_within_the_write_limit_of_dynamodb() -> None:
    store = MemoryFigures()
    events = [
        event
        for number in range(1, 300)
        for event in life(number, begin=BEGIN + timedelta(seconds=number), pace=timedelta(seconds=50))
    ]
    count_events(events, store, Clock(BEGIN + timedelta(hours=2)), part=0)
    assert store.sums("").entries[OrderStatus.DELIVERED] == 299
    assert store.largest <= 100


def test_change_of_an_expired_order_is_not_counted() -> None:
    store = MemoryFigures()
    clock = Clock(BEGIN + REMEMBERED + timedelta(seconds=20))
    tally = count_events(life(1), store, clock, part=0)
    assert tally == Tally(counted=3, repeated=0, forgotten=3)


def test_change_of_a_remembered_order_counts_at_any_age() -> None:
    store = MemoryFigures()
    events = life(1, DELIVERED[:3])
    count_events(events[:2], store, Clock(), part=0)
    tally = count_events(events[2:], store, Clock(BEGIN + 3 * REMEMBERED), part=0)
    assert tally == Tally(counted=1)
    assert everything(store) == {
        "now": {"CONFIRMED": 1},
        "entries": {"RECEIVED": 1, "VALIDATED": 1, "CONFIRMED": 1},
        "2026-11-30T07:00": {"RECEIVED": 1, "VALIDATED": 1},  # the third's minute is not kept any more
    }


def test_impossible_version_is_malformed() -> None:
    [event] = life(1, DELIVERED[:1])
    beyond = replace(event, version=12)
    with pytest.raises(MalformedEvent, match="version 12"):
        count_events([beyond], MemoryFigures(), Clock(), part=0)
