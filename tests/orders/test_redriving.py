"""Which orders are redriven, and by what, with fakes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.caller import Caller
from orders.errors import OrderNotFound, OrderNotRedrivable, StaffOnly
from orders.model import OrderId, OrderState, received
from orders.origins import Orchestrator
from orders.redriving import redrive_order
from orders.runs import Run
from orders.status import OrderStatus
from tests.orders.fakes import FixedClock, MemoryOrderStore, MemoryRuns
from tests.orders.samples import ADA, GRACE, an_order, to

S = OrderStatus
STAFF = Caller(GRACE, is_staff=True)
CLOCK = FixedClock()
FAILED = Run(express=False, until=None, error="ConnectionError", ended=True)
CLAIMED = Run(express=True, until=CLOCK.now() + timedelta(seconds=1))
OVER = Run(express=True, until=CLOCK.now() - timedelta(seconds=1))


class Desk:
    """An order, its last run, and the person who redrives it."""

    def __init__(self, run: Run | None, *targets: OrderStatus) -> None:
        self.store, self.runs = MemoryOrderStore(), MemoryRuns(run)
        contents = an_order()
        self.order_id: OrderId = contents.order_id
        self.store.record(contents, received(contents))
        for target in targets:
            self.store.change(self.order_id, to(target))

    def redrive(self, caller: Caller = STAFF) -> OrderState:
        return redrive_order(self.order_id, caller, self.store, {Orchestrator.WORKFLOW: self.runs}, CLOCK)


@pytest.mark.parametrize("targets", [(), (S.VALIDATED,), (S.VALIDATED, S.CANCELLED)])
def test_failed_execution_is_redriven_once(targets: tuple[OrderStatus, ...]) -> None:
    desk = Desk(FAILED, *targets)
    for _ in range(2):
        assert desk.redrive().version == len(targets) + 1
    assert desk.runs.redriven == [desk.order_id]


@pytest.mark.parametrize("targets", [(S.VALIDATED,), (S.VALIDATED, S.CANCELLED)])
def test_express_run_is_resumed_when_its_claim_expires(targets: tuple[OrderStatus, ...]) -> None:
    desk = Desk(OVER, *targets)
    for _ in range(2):
        desk.redrive()
    assert desk.runs.taken_up == [desk.order_id]


@pytest.mark.parametrize(
    ("run", "targets", "reason"),
    [
        (None, (), "NOTHING_TO_REDRIVE"),
        (Run(express=False, until=None), (S.VALIDATED,), "RUNNING"),
        (CLAIMED, (S.VALIDATED,), "RUNNING"),
        (OVER, (S.VALIDATED, S.FAILED), "FINAL"),
        (CLAIMED, (S.VALIDATED, S.FAILED), "FINAL"),
        (CLAIMED, (S.VALIDATED, S.CANCELLED), "RUNNING"),
        (Run(express=False, until=None, error="InternalError", ended=True), (S.FAILED,), "FINAL"),
        (Run(express=False, until=None, succeeded=True, ended=True), (S.CANCELLED,), "FINAL"),
        (
            Run(express=False, until=None, succeeded=True, ended=True),
            (S.VALIDATED, S.CONFIRMED),
            "NOTHING_TO_REDRIVE",
        ),
    ],
)
def test_order_without_a_failed_run_is_refused(
    run: Run | None, targets: tuple[OrderStatus, ...], reason: str
) -> None:
    desk = Desk(run, *targets)
    with pytest.raises(OrderNotRedrivable) as refused:
        desk.redrive()
    status = (targets or (S.RECEIVED,))[-1]
    assert refused.value.info == {"status": status.value, "reason": reason}
    assert desk.runs.redriven == desk.runs.taken_up == []


def test_refusal_of_a_claimed_order_says_when_its_claim_is_over() -> None:
    assert CLAIMED.until is not None
    with pytest.raises(OrderNotRedrivable, match=f"until {CLAIMED.until:%H:%M:%S} UTC; redrive it after"):
        Desk(CLAIMED, S.VALIDATED).redrive()


def test_run_that_ends_between_two_reads_is_refused_with_the_final_status() -> None:
    desk = Desk(Run(express=False, until=None, succeeded=True, redriven=True, ended=True), S.VALIDATED)
    desk.runs.on_look = lambda: desk.store.change(desk.order_id, to(S.FAILED))
    with pytest.raises(OrderNotRedrivable) as refused:
        desk.redrive()
    assert refused.value.info == {"status": "FAILED", "reason": "FINAL"}


def test_execution_that_ended_too_long_ago_is_refused() -> None:
    desk = Desk(FAILED, S.VALIDATED)
    desk.runs.too_old = True
    with pytest.raises(OrderNotRedrivable, match="too long ago"):
        desk.redrive()


def test_overtaken_redrive_returns_the_result_of_the_other() -> None:
    desk = Desk(FAILED, S.VALIDATED)
    desk.runs.overtaken_by = Run(express=False, until=None, redriven=True)
    assert desk.redrive().status is S.VALIDATED
    desk = Desk(FAILED, S.VALIDATED, S.FAILED)
    desk.runs.overtaken_by = Run(express=False, until=None, succeeded=True, redriven=True, ended=True)
    with pytest.raises(OrderNotRedrivable) as refused:
        desk.redrive()
    assert refused.value.reason == "FINAL"


@pytest.mark.parametrize("caller", [Caller(ADA), Caller(GRACE)])
def test_staff_alone_may_redrive(caller: Caller) -> None:
    with pytest.raises(StaffOnly):
        Desk(FAILED).redrive(caller)


@pytest.mark.parametrize("order_id", ["seven", "0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f"])
def test_unknown_order_is_not_found(order_id: str) -> None:
    with pytest.raises(OrderNotFound):
        redrive_order(order_id, STAFF, MemoryOrderStore(), {Orchestrator.WORKFLOW: MemoryRuns(None)}, CLOCK)
