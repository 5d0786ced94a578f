"""What keeps the machine busy, and what stands still."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from clients import Change, Item, NewOrder, Reason, Status
from demo.expectations import DELIVERED, End
from demo.movement import Movement, needs_the_machine
from demo.record import OrderRecord

START = datetime(2026, 11, 29, tzinfo=UTC)
TIMEOUT = End(Status.FAILED, Reason.PAYMENT_TIMEOUT)


def record(*expected: End) -> OrderRecord:
    return OrderRecord(1, "ada", NewOrder("EUR", (Item("TEA", "Tea", 1, 1),), "tok"), frozenset(expected))


def change(status: Status) -> Change:
    return Change("a", "ada", 1, status, START)


@pytest.mark.parametrize(
    ("status", "busy"),
    [
        (Status.RECEIVED, True),
        (Status.VALIDATED, True),
        (Status.CONFIRMED, False),
        (Status.PACKED, False),
        (Status.FAILED, False),
        (Status.CANCELLED, False),
    ],
)
def test_order_is_through_when_it_waits_for_the_warehouse(status: Status, busy: bool) -> None:
    assert needs_the_machine(record(DELIVERED), change(status)) is busy


def test_order_waiting_for_its_card_is_through_when_the_wait_begins() -> None:
    assert needs_the_machine(record(TIMEOUT), change(Status.RECEIVED))
    assert not needs_the_machine(record(TIMEOUT), change(Status.VALIDATED))
    assert needs_the_machine(record(TIMEOUT, DELIVERED), change(Status.VALIDATED))


async def test_run_waits_until_an_order_is_through() -> None:
    movement = Movement()
    order = record(DELIVERED)
    waiting = asyncio.create_task(movement.through(order, 20))
    movement.arrived(order, change(Status.VALIDATED))
    await asyncio.sleep(0)
    assert not waiting.done()
    movement.arrived(order, change(Status.CONFIRMED))
    await asyncio.wait_for(waiting, 60)
    await movement.through(order, 20)  # known from now on


async def test_run_stops_waiting_for_a_stalled_order() -> None:
    async with asyncio.timeout(60):
        await Movement().through(record(DELIVERED), 0.01)


async def test_run_continues_while_any_order_moves() -> None:
    movement = Movement()
    ended: list[str] = []

    async def work(moves: int) -> None:
        try:
            for _ in range(moves):
                await asyncio.sleep(0.05)
                movement.moved()
            if not moves:
                await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    movement.moved()
    assert await movement.while_moving(work(8), 0.3), "it took longer than that in all"
    assert not await movement.while_moving(work(0), 0.05)
    assert ended == ["cleaned up"] * 2


async def test_exception_in_the_work_is_raised() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await Movement().while_moving(work(), 20)
