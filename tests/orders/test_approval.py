"""Which orders wait for a human, and what decisions and cancellations do to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orders.approval import ApprovalRule, Decision, decide_order, parse_decision
from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.errors import InvalidRequest, NotWoken, OrderNotDecidable, OrderNotFound, StaffOnly
from orders.model import OrderId, OrderState, received
from orders.status import FailureReason, OrderStatus
from tests.orders.fakes import FixedClock, MemoryApprovals, MemoryOrderStore
from tests.orders.samples import ADA, GRACE, an_order, to

STAFF = Caller(GRACE, is_staff=True)
ME = Caller(ADA)


class Desk:
    """An order that awaits approval, and its approver."""

    def __init__(self, *targets: OrderStatus) -> None:
        self.store, self.approvals, self.clock = MemoryOrderStore(), MemoryApprovals(), FixedClock()
        contents = an_order()
        self.order_id: OrderId = contents.order_id
        self.store.record(contents, received(contents))
        for target in targets or (OrderStatus.VALIDATED, OrderStatus.AWAITING_APPROVAL):
            self.store.change(self.order_id, to(target))

    def decide(self, decision: Decision, caller: Caller = STAFF, note: str | None = None) -> OrderState:
        return decide_order(
            self.order_id, decision, caller, self.store, self.approvals, clock=self.clock, note=note
        )

    def cancel(self) -> OrderState:
        return cancel_order(self.order_id, ME, self.store, self.approvals, self.clock)


@pytest.mark.parametrize(
    ("total", "country", "waits"),
    [(100, None, False), (101, None, True), (1, "AQ", True), (1, "DE", False), (0, None, False)],
)
def test_approval_rule_applies_to_total_and_country(total: int, country: str | None, waits: bool) -> None:
    assert ApprovalRule(100, frozenset({"AQ"})).asks(total, country) is waits


@pytest.mark.parametrize(
    ("decision", "status", "reason"),
    [
        (Decision.APPROVE, OrderStatus.CONFIRMED, None),
        (Decision.REJECT, OrderStatus.REJECTED, FailureReason.NOT_APPROVED),
    ],
)
def test_decision_changes_the_order_and_wakes_the_workflow(
    decision: Decision, status: OrderStatus, reason: FailureReason | None
) -> None:
    desk = Desk()
    state = desk.decide(decision, note="why")
    assert (state.status, state.reason, state.version) == (status, reason, 4)
    [(order_id, end)] = desk.approvals.ended
    assert (order_id, end.outcome, end.by, end.note) == (desk.order_id, decision, GRACE, "why")
    assert desk.decide(decision) == state
    with pytest.raises(OrderNotDecidable) as error:
        desk.decide(next(other for other in Decision if other is not decision))
    assert error.value.info == {"status": status}


def test_staff_alone_may_decide() -> None:
    desk = Desk()
    with pytest.raises(StaffOnly, match=r"Only staff may decide on orders\."):
        desk.decide(Decision.APPROVE, ME)
    assert desk.store.state(desk.order_id) is not None
    assert desk.approvals.ended == []


@pytest.mark.parametrize(
    "targets",
    [
        (OrderStatus.VALIDATED,),
        (OrderStatus.VALIDATED, OrderStatus.CONFIRMED),
        (OrderStatus.VALIDATED, OrderStatus.AWAITING_APPROVAL, OrderStatus.EXPIRED),
        (OrderStatus.VALIDATED, OrderStatus.AWAITING_APPROVAL, OrderStatus.CANCELLED),
    ],
)
def test_order_that_awaits_nothing_cannot_be_decided(targets: tuple[OrderStatus, ...]) -> None:
    desk = Desk(*targets)
    for decision in Decision:
        with pytest.raises(OrderNotDecidable, match=targets[-1]):
            desk.decide(decision)
    assert desk.approvals.ended == []


def test_repeated_decision_wakes_a_workflow_that_was_not_reached() -> None:
    acts: list[Callable[[Desk], OrderState]] = [lambda desk: desk.decide(Decision.APPROVE), Desk.cancel]
    for act in acts:
        desk = Desk()
        desk.approvals.broken = True
        with pytest.raises(NotWoken):
            act(desk)
        desk.approvals.broken = False
        act(desk)
        assert len(desk.approvals.ended) == 1
        state = desk.store.state(desk.order_id)
        assert state is not None and state.version == 4


def test_cancellation_without_a_waiting_workflow_wakes_none() -> None:
    desk = Desk(OrderStatus.VALIDATED)
    desk.cancel()
    assert desk.approvals.ended == []


def test_invalid_decisions_are_refused() -> None:
    desk = Desk()
    with pytest.raises(InvalidRequest, match="at most 256 characters"):
        desk.decide(Decision.APPROVE, note="🍵" * 129)
    with pytest.raises(OrderNotFound):
        decide_order("none", Decision.APPROVE, STAFF, desk.store, desk.approvals, clock=desk.clock)
    values: list[object] = [None, 1, "approve", []]
    for value in values:
        with pytest.raises(InvalidRequest, match="APPROVE or REJECT"):
            parse_decision(value, "decision")
