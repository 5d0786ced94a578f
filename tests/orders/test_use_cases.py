from __future__ import annotations

from datetime import timedelta

import pytest

from orders.approval import ApprovalRule
from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.errors import (
    ChangeRefused,
    IdempotencyConflict,
    OrderNotCancellable,
    OrderNotFound,
    StartThrottled,
    UnknownItem,
)
from orders.fulfilment import authorize_payment, release_stock, reserve_stock, validate_order, void_payment
from orders.lifecycle import resubmit_pending
from orders.model import ChangeOrder, OrderId, OrderState, received
from orders.origins import Workflow
from orders.reading import find_state, history_after
from orders.starting import ExpressRule, start_order
from orders.status import OrderStatus
from orders.submission import enqueue_order, record_order
from tests.orders.fakes import (
    FixedClock,
    MemoryApprovals,
    MemoryOrderStore,
    MemoryPayments,
    MemoryQueue,
    MemoryStockRoom,
    MemoryWorkflows,
)
from tests.orders.samples import ADA, GRACE, TEA, an_order, to

ME = Caller(ADA)
NOBODY = OrderId("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def store() -> MemoryOrderStore:
    return MemoryOrderStore()


def recorded(store: MemoryOrderStore, *targets: OrderStatus) -> OrderId:
    order = an_order()
    store.record(order, received(order))
    for target in targets:
        store.change(order.order_id, to(target))
    return order.order_id


def test_repeated_submission_returns_the_same_order(store: MemoryOrderStore) -> None:
    order = an_order()
    assert record_order(order, store).is_new is True
    store.change(order.order_id, to(OrderStatus.VALIDATED))
    again = record_order(order, store)
    assert again.is_new is False
    assert again.state.status is OrderStatus.VALIDATED


@pytest.mark.parametrize(
    "changes", [{"customer": GRACE}, {"items": (TEA,)}, {"card_token": "tok_decline"}], ids=str
)
def test_other_contents_or_customer_is_a_conflict_without_details(
    store: MemoryOrderStore, changes: dict[str, object]
) -> None:
    order = an_order()
    record_order(order, store)
    with pytest.raises(IdempotencyConflict) as conflict:
        record_order(an_order(order.order_id, **changes), store)  # type: ignore[arg-type]
    # The words are the same for any owner of the other order, and for any difference.
    assert str(conflict.value) == str(IdempotencyConflict())
    assert conflict.value.info == {}


def test_order_is_queued_while_it_is_not_started(store: MemoryOrderStore) -> None:
    queue = MemoryQueue()
    order = an_order()
    assert enqueue_order(record_order(order, store), queue) is True
    assert enqueue_order(record_order(order, store), queue) is True
    store.change(order.order_id, to(OrderStatus.VALIDATED))
    assert enqueue_order(record_order(order, store), queue) is False
    assert queue.messages == [order.order_id, order.order_id]


def test_order_is_started_while_no_run_has_it(store: MemoryOrderStore) -> None:
    workflows, rule = MemoryWorkflows(), ExpressRule(True, 2, ApprovalRule(2100))
    order_id = recorded(store)
    assert start_order(order_id, store, workflows, rule) is True
    assert start_order(order_id, store, workflows, rule) is False
    under_way = recorded(store, OrderStatus.VALIDATED)
    assert start_order(under_way, store, workflows, rule) is False
    workflows.throttled.add(another := recorded(store))
    with pytest.raises(StartThrottled):
        start_order(another, store, workflows, rule)
    with pytest.raises(OrderNotFound):
        start_order(NOBODY, store, workflows, rule)


@pytest.mark.parametrize(
    ("rule", "express"),
    [
        (ExpressRule(True, 2, ApprovalRule(2100)), True),
        (ExpressRule(True, 60, ApprovalRule(2100)), True),
        (ExpressRule(True, 61, ApprovalRule(2100)), False),
        (ExpressRule(True, 2, ApprovalRule(2099)), False),
        (ExpressRule(False, 2, ApprovalRule(2100)), False),
    ],
)
def test_orders_without_approval_run_as_express_executions(
    store: MemoryOrderStore, rule: ExpressRule, express: bool
) -> None:
    workflows = MemoryWorkflows()
    order_id = recorded(store)
    start_order(order_id, store, workflows, rule)
    assert workflows.kinds == {order_id: Workflow.EXPRESS if express else Workflow.STANDARD}


def test_foreign_orders_look_missing(store: MemoryOrderStore) -> None:
    order_id = recorded(store)
    messages = set()
    for caller, order in ((Caller(GRACE), order_id), (ME, NOBODY)):
        for ask in (
            lambda c, i: find_state(i, c, store),
            lambda c, i: history_after(i, 0, c, store),
            lambda c, i: cancel_order(i, c, store, MemoryApprovals(), FixedClock()),
        ):
            with pytest.raises(OrderNotFound) as error:
                ask(caller, order)
            messages.add(str(error.value))
    assert messages == {"You have no order with this id."}
    assert find_state(order_id, Caller(GRACE, is_staff=True), store).order_id == order_id


def test_history_starts_after_a_version(store: MemoryOrderStore) -> None:
    order_id = recorded(store, OrderStatus.VALIDATED, OrderStatus.CONFIRMED)
    assert [change.version for change in history_after(order_id, 1, ME, store)] == [2, 3]


@pytest.mark.parametrize(
    "targets", [(), (OrderStatus.VALIDATED,), (OrderStatus.VALIDATED, OrderStatus.CONFIRMED)]
)
def test_order_is_cancellable_until_it_is_packed(
    store: MemoryOrderStore, targets: tuple[OrderStatus, ...]
) -> None:
    order_id = recorded(store, *targets)
    state = cancel_order(order_id, ME, store, MemoryApprovals(), FixedClock())
    assert (state.status, state.version) == (OrderStatus.CANCELLED, len(targets) + 2)
    assert cancel_order(order_id, ME, store, MemoryApprovals(), FixedClock()) == state


def test_packed_order_is_not_cancellable(store: MemoryOrderStore) -> None:
    order_id = recorded(store, OrderStatus.VALIDATED, OrderStatus.CONFIRMED, OrderStatus.PACKED)
    with pytest.raises(OrderNotCancellable) as error:
        cancel_order(order_id, ME, store, MemoryApprovals(), FixedClock())
    assert str(error.value) == "The order is PACKED and can no longer be cancelled."
    assert error.value.info == {"status": "PACKED"}


class OvertakenStore(MemoryOrderStore):
    """Another writer's change comes between our read and our write."""

    def __init__(self, first: ChangeOrder) -> None:
        super().__init__()
        self._first: ChangeOrder | None = first

    def change(self, order_id: OrderId, command: ChangeOrder) -> OrderState:
        first, self._first = self._first, None
        if first is not None:
            super().change(order_id, first)
        return super().change(order_id, command)


def test_cancellation_overtaken_by_another_one_succeeds() -> None:
    store = OvertakenStore(to(OrderStatus.CANCELLED, run="another"))
    state = cancel_order(recorded(store), ME, store, MemoryApprovals(), FixedClock())
    assert (state.status, state.version) == (OrderStatus.CANCELLED, 2)


def test_cancellation_overtaken_by_a_failure_is_refused() -> None:
    store = OvertakenStore(to(OrderStatus.FAILED))
    with pytest.raises(
        OrderNotCancellable, match=r"The order is FAILED and can no longer be cancelled\."
    ) as error:
        cancel_order(recorded(store), ME, store, MemoryApprovals(), FixedClock())
    assert isinstance(error.value.__cause__, ChangeRefused)


def test_stuck_orders_are_queued_again_once_they_are_old_enough(store: MemoryOrderStore) -> None:
    queue, clock = MemoryQueue(), FixedClock()
    stuck = recorded(store)
    recorded(store, OrderStatus.VALIDATED)
    minute = timedelta(seconds=60)
    clock.advance(60)
    assert list(resubmit_pending(store, queue, clock, older_than=minute, limit=10)) == []
    clock.advance(0.001)
    assert list(resubmit_pending(store, queue, clock, older_than=minute, limit=10)) == [stuck]
    assert queue.messages == [stuck]


def test_orders_in_a_long_queue_are_not_queued_again(store: MemoryOrderStore) -> None:
    queue, clock = MemoryQueue(), FixedClock()
    first, second = recorded(store), recorded(store)
    clock.advance(120)
    queue.messages = [first] * 10
    assert list(resubmit_pending(store, queue, clock, older_than=timedelta(0), limit=10)) == []
    queue.messages = [first] * 9
    resubmitted = resubmit_pending(store, queue, clock, older_than=timedelta(0), limit=10)
    assert set(resubmitted) == {first, second}


def test_lost_order_is_queued_among_messages_of_others(store: MemoryOrderStore) -> None:
    queue, clock = MemoryQueue(), FixedClock()
    lost = recorded(store)
    clock.advance(120)
    queue.messages = [NOBODY] * 3
    assert list(resubmit_pending(store, queue, clock, older_than=timedelta(0), limit=10)) == [lost]


def test_workflow_tasks_validate_reserve_and_pay(store: MemoryOrderStore) -> None:
    stock, payments = MemoryStockRoom({"TEA-1": 5, "CUP-7": 1}), MemoryPayments()
    order_id = recorded(store)
    for item in validate_order(order_id, store, stock).items:
        reserve_stock(order_id, item.sku, item.quantity, stock)
    assert stock.available == {"TEA-1": 3, "CUP-7": 0}
    assert authorize_payment(order_id, store, payments) == f"sandbox-{order_id}"
    assert release_stock(order_id, store, stock) is True
    assert release_stock(order_id, store, stock) is False
    assert void_payment(order_id, payments) is True
    assert void_payment(order_id, payments) is False
    assert stock.available == {"TEA-1": 5, "CUP-7": 1}


def test_unknown_item_is_named(store: MemoryOrderStore) -> None:
    with pytest.raises(UnknownItem, match=r"The shop does not sell CUP-7\."):
        validate_order(recorded(store), store, MemoryStockRoom({"TEA-1": 5}))


def test_tasks_of_a_missing_order_fail_with_a_message(store: MemoryOrderStore) -> None:
    with pytest.raises(OrderNotFound):
        release_stock(NOBODY, store, MemoryStockRoom({}))
    with pytest.raises(OrderNotFound):
        authorize_payment(NOBODY, store, MemoryPayments())
