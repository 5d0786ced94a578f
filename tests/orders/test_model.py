from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from orders.errors import ChangeRefused, IllegalChange
from orders.model import ChangeOrder, ChangeOrigin, OrderStatusChanged, changed, received, timestamp
from orders.status import FINAL, TRANSITIONS, FailureReason, OrderStatus, allowed_from, takes_reason
from tests.orders.samples import AT, LATER, an_order, to

GOOD_LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


def test_transitions_equal_the_contract() -> None:
    lines = {str(source): sorted(map(str, targets)) for source, targets in TRANSITIONS.items()}
    assert lines == {
        "RECEIVED": ["CANCELLED", "FAILED", "VALIDATED"],
        "VALIDATED": ["AWAITING_APPROVAL", "CANCELLED", "CONFIRMED", "FAILED"],
        "AWAITING_APPROVAL": ["CANCELLED", "CONFIRMED", "EXPIRED", "FAILED", "REJECTED"],
        "CONFIRMED": ["CANCELLED", "FAILED", "PACKED"],
        "PACKED": ["FAILED", "SHIPPED"],
        "SHIPPED": ["DELIVERED", "FAILED"],
        "DELIVERED": [],
        "CANCELLED": [],
        "REJECTED": [],
        "EXPIRED": [],
        "FAILED": [],
    }
    assert {
        OrderStatus.DELIVERED,
        OrderStatus.CANCELLED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
        OrderStatus.FAILED,
    } == FINAL


def test_transitions_have_no_cycle() -> None:
    ended: set[OrderStatus] = set()

    def walk(status: OrderStatus, path: tuple[OrderStatus, ...]) -> None:
        assert status not in path
        for target in TRANSITIONS[status]:
            walk(target, (*path, status))
        ended.add(status)

    walk(OrderStatus.RECEIVED, ())
    assert ended == set(OrderStatus)


@pytest.mark.parametrize("target", OrderStatus)
def test_allowed_sources_are_the_inverted_transitions(target: OrderStatus) -> None:
    assert set(allowed_from(target)) == {s for s in OrderStatus if target in TRANSITIONS[s]}


@pytest.mark.parametrize("target", OrderStatus)
@pytest.mark.parametrize("reason", [None, *FailureReason])
def test_reason_belongs_to_the_statuses_that_end_badly(
    target: OrderStatus, reason: FailureReason | None
) -> None:
    of_one = {
        OrderStatus.CANCELLED: FailureReason.CUSTOMER_REQUEST,
        OrderStatus.REJECTED: FailureReason.NOT_APPROVED,
        OrderStatus.EXPIRED: FailureReason.APPROVAL_TIMEOUT,
    }
    if target in of_one:
        expected = reason is of_one[target]
    elif target is OrderStatus.FAILED:
        expected = reason is not None and reason not in of_one.values()
    else:
        expected = reason is None
    assert takes_reason(target, reason) is expected


def test_successful_order_has_six_versions() -> None:
    state = received(an_order())
    assert (state.version, state.status, state.reason, state.is_pending) == (
        1,
        OrderStatus.RECEIVED,
        None,
        True,
    )
    for target in GOOD_LIFE:
        state = changed(state, to(target))
    assert state.version == 6
    assert [change.status for change in state.history] == [OrderStatus.RECEIVED, *GOOD_LIFE]
    assert (state.updated_at, state.created_at, state.is_pending) == (LATER, AT, False)


def test_version_has_its_event() -> None:
    state = changed(received(an_order()), to(OrderStatus.FAILED))
    assert state.change(2) == OrderStatusChanged(
        state.order_id, state.customer_id, 2, OrderStatus.FAILED, LATER, FailureReason.OUT_OF_STOCK
    )
    assert [change.version for change in state.changes_after(-3)] == [1, 2]
    assert [change.version for change in state.changes_after(1)] == [2]
    assert state.changes_after(2) == state.changes_after(99) == ()


def test_repeated_write_changes_nothing_and_a_second_run_is_refused() -> None:
    state = changed(received(an_order()), to(OrderStatus.VALIDATED, run="run-1"))
    assert changed(state, to(OrderStatus.VALIDATED, run="run-1")) is state
    with pytest.raises(ChangeRefused, match=r"The order is VALIDATED and cannot become VALIDATED\."):
        changed(state, to(OrderStatus.VALIDATED, run="run-2"))


def test_same_origin_with_another_target_is_refused() -> None:
    state = changed(received(an_order()), to(OrderStatus.CANCELLED, step="End"))
    with pytest.raises(ChangeRefused):
        changed(state, to(OrderStatus.FAILED, step="End"))


def test_final_status_has_no_successor() -> None:
    for last in (OrderStatus.CANCELLED, OrderStatus.FAILED):
        state = changed(received(an_order()), to(last))
        for target in OrderStatus:
            if target is not OrderStatus.RECEIVED:
                with pytest.raises(ChangeRefused):
                    changed(state, to(target, run="run-2"))


def test_illegal_changes_cannot_be_created() -> None:
    origin = ChangeOrigin("run", "step")
    with pytest.raises(IllegalChange, match=r"An order is RECEIVED when it is recorded, and never again\."):
        ChangeOrder(OrderStatus.RECEIVED, AT, origin)
    with pytest.raises(IllegalChange, match=r"FAILED cannot have the reason None\."):
        ChangeOrder(OrderStatus.FAILED, AT, origin)
    with pytest.raises(IllegalChange, match=r"PACKED cannot have the reason OUT_OF_STOCK\."):
        ChangeOrder(OrderStatus.PACKED, AT, origin, FailureReason.OUT_OF_STOCK)


def test_change_may_be_bound_to_one_status() -> None:
    decision = ChangeOrder(
        OrderStatus.CONFIRMED,
        AT,
        ChangeOrigin("decideOrder", "APPROVE"),
        only_from=OrderStatus.AWAITING_APPROVAL,
    )
    validated = changed(received(an_order()), to(OrderStatus.VALIDATED))
    with pytest.raises(ChangeRefused):
        changed(validated, decision)
    awaiting = changed(validated, to(OrderStatus.AWAITING_APPROVAL))
    confirmed = changed(awaiting, decision)
    assert confirmed.went(OrderStatus.AWAITING_APPROVAL, OrderStatus.CONFIRMED)
    assert not confirmed.went(OrderStatus.VALIDATED, OrderStatus.CONFIRMED)
    with pytest.raises(IllegalChange, match=r"Nothing leads from RECEIVED to CONFIRMED\."):
        ChangeOrder(OrderStatus.CONFIRMED, AT, decision.origin, only_from=OrderStatus.RECEIVED)


def test_timestamps_are_utc_with_milliseconds() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    assert timestamp(datetime(2026, 11, 20, 23, 30, 0, 1999, tzinfo=india)) == "2026-11-20T18:00:00.001Z"
    assert timestamp(datetime(2026, 11, 20, 18, 0, 0, 0, tzinfo=UTC)) == AT
