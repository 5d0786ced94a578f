"""A replayed shop: each order lives as the file's, and a refused report is an error."""

from __future__ import annotations

import asyncio

from clients import Status, Unavailable
from compare.orders import DECLINED, new_order
from compare.replay.shop import SOONEST, ReplayedShop
from compare.replay.timelines import Timeline
from tests.compare.fakes import FakeShop

DELIVERED = Timeline(
    "A",
    0.0,
    ((Status.CONFIRMED, 1.0), (Status.PACKED, 600.0), (Status.SHIPPED, 700.0), (Status.DELIVERED, 720.0)),
)
CANCELLED = Timeline("B", 5.0, ((Status.CONFIRMED, 1.0), (Status.CANCELLED, 30.0)))
FAILED = Timeline("C", 9.0, ((Status.FAILED, 1.0),))


class Cancellable(FakeShop):
    """Takes cancellations."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled: list[str] = []
        self.ended = asyncio.Event()

    async def cancel(self, customer: str, order_id: str) -> None:
        self.cancelled.append(order_id)
        self.ended.set()


class Reports:
    """Remembers what was reported and when; may refuse it."""

    def __init__(self, *, last: Status, down: bool = False) -> None:
        self.log: list[tuple[str, Status, float]] = []
        self.last, self.down = last, down
        self.ended = asyncio.Event()

    async def report(self, order_id: str, status: Status) -> None:
        if self.down:
            self.ended.set()
            raise Unavailable("the bus is down")
        self.log.append((order_id, status, asyncio.get_running_loop().time()))
        if status is self.last:
            self.ended.set()


async def test_parcels_are_reported_in_order_at_the_requested_speed() -> None:
    reports = Reports(last=Status.DELIVERED)
    async with ReplayedShop(Cancellable(), reports, [DELIVERED], speed_up=400.0) as shop:
        order = shop.order(0)
        start = asyncio.get_running_loop().time()
        await shop.submit("ada", order)
        await asyncio.wait_for(reports.ended.wait(), 60)
    assert [status for _, status, _ in reports.log] == [Status.PACKED, Status.SHIPPED, Status.DELIVERED]
    assert {order_id for order_id, _, _ in reports.log} == {order.client_token}
    # 600, 700 and 720 of the file's seconds are 1.5, 1.75 and 1.8 here: never sooner, on whatever machine.
    assert all(
        at - start >= soonest - 0.01
        for (_, _, at), soonest in zip(reports.log, (SOONEST, 1.75, 1.8), strict=True)
    )
    assert shop.failures == []


async def test_replayed_cancellation_is_sent_by_the_customer() -> None:
    inner = Cancellable()
    async with ReplayedShop(inner, Reports(last=Status.DELIVERED), [CANCELLED], speed_up=1000.0) as shop:
        order = shop.order(0)
        await shop.submit("ada", order)
        await asyncio.wait_for(inner.ended.wait(), 60)
    assert inner.cancelled == [order.client_token]


async def test_refused_report_is_a_failure() -> None:
    reports = Reports(last=Status.DELIVERED, down=True)
    async with ReplayedShop(Cancellable(), reports, [DELIVERED], speed_up=1e6) as shop:
        await shop.submit("ada", shop.order(0))
        await asyncio.wait_for(reports.ended.wait(), 60)
    assert shop.failures == ["PACKED of A: the bus is down"]


async def test_failing_order_has_a_declined_card_and_orders_repeat() -> None:
    shop = ReplayedShop(Cancellable(), Reports(last=Status.DELIVERED), [DELIVERED, FAILED], speed_up=1.0)
    cards = [shop.order(number).card_token for number in range(4)]
    assert cards == [new_order(0).card_token, new_order(DECLINED).card_token] * 2
