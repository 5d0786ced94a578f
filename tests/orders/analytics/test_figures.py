"""The figures as the contract has them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.analytics.counting import count_events
from orders.analytics.figures import current_figures, read_figures
from orders.analytics.sums import Sums
from orders.caller import Caller
from orders.errors import StaffOnly
from orders.status import OrderStatus
from tests.orders.analytics.fakes import Clock, MemoryFigures
from tests.orders.analytics.lives import BEGIN, DELIVERED, life
from tests.orders.samples import ADA


class Letters:
    def depth(self) -> int:
        return 3


def counted() -> MemoryFigures:
    store = MemoryFigures()
    events = [
        *life(1, total=2**31 - 1),
        *life(2, total=2**31 - 1),
        *life(3, DELIVERED[:2], currency="JPY"),
        *life(4, begin=BEGIN - timedelta(hours=2), currency="JPY", total=7),
        *life(5, (OrderStatus.RECEIVED, OrderStatus.CANCELLED), begin=BEGIN + timedelta(minutes=3)),
    ]
    for part, event in enumerate(events):
        count_events([event], store, Clock(BEGIN + timedelta(minutes=5)), part=part % 3)
    return store


def test_figures_cover_this_hour_and_all_time() -> None:
    clock = Clock(BEGIN + timedelta(minutes=5, seconds=30))
    figures = current_figures(counted(), Letters(), clock, window_seconds=10)
    assert figures["version"] == 22 and figures["deadLetters"] == 3
    assert figures["at"] == "2026-11-30T07:05:30.000Z"
    statuses = {figure["status"]: (figure["now"], figure["entries"]) for figure in figures["statuses"]}
    assert list(statuses) == [status.value for status in OrderStatus]
    assert statuses["RECEIVED"] == (0, 5)
    assert statuses["VALIDATED"] == (1, 4)
    assert statuses["DELIVERED"] == (3, 3)
    assert statuses["CANCELLED"] == (1, 1)
    assert figures["revenue"] == [
        {"currency": "EUR", "amount": "4294967294", "orders": 2},
        {"currency": "JPY", "amount": "7", "orders": 1},
    ]
    minutes = {figure["minute"]: figure["entries"] for figure in figures["minutes"]}
    assert len(minutes) == 60
    assert next(iter(minutes)) == "2026-11-30T06:06:00.000Z"
    assert list(minutes)[-1] == "2026-11-30T07:05:00.000Z"
    assert minutes["2026-11-30T07:03:00.000Z"] == [
        {"status": "RECEIVED", "count": 1},
        {"status": "CANCELLED", "count": 1},
    ]
    assert minutes["2026-11-30T07:04:00.000Z"] == []


def test_delivery_time_is_that_of_this_hour() -> None:
    figures = current_figures(counted(), Letters(), Clock(BEGIN + timedelta(minutes=5)), window_seconds=10)
    delivery = figures["delivery"]
    assert (delivery["orders"], delivery["averageMs"]) == (2, 35_000)
    assert delivery["p50Ms"] == pytest.approx(35_000, rel=0.01)


def test_percentiles_of_no_orders_are_missing() -> None:
    figures = current_figures(MemoryFigures(parts={0: Sums()}), Letters(), Clock(), window_seconds=10)
    assert figures["delivery"] == {"orders": 0, "p50Ms": None, "p95Ms": None, "averageMs": None}
    assert figures["revenue"] == []


def test_customers_are_refused_the_figures() -> None:
    with pytest.raises(StaffOnly):
        read_figures(Caller(ADA), MemoryFigures(), Letters(), Clock(), window_seconds=10)
    assert read_figures(Caller(ADA, is_staff=True), MemoryFigures(), Letters(), Clock(), window_seconds=10)
