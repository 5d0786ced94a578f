"""What happens to an order that is recorded: its changes, its history, its cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from orders.errors import ChangeRefused, OrderNotCancellable, OrderNotFound
from orders.model import (
    ChangeOrder,
    ChangeOrigin,
    CustomerId,
    OrderId,
    OrderState,
    OrderStatusChanged,
    timestamp,
)
from orders.ports import Clock, OrderQueue, OrderStore
from orders.status import FailureReason, OrderStatus

CANCELLATION = "cancelOrder"
"""What stands for the execution in the origin of a customer's cancellation."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Staff see and cancel everyone's orders."""

    customer_id: CustomerId
    is_staff: bool = False

    def may_see(self, state: OrderState) -> bool:
        """Tell whether the order is the caller's to see."""
        return self.is_staff or state.customer_id == self.customer_id


def read_order(order_id: OrderId, caller: Caller, store: OrderStore) -> OrderState:
    """Return the order's state if the caller may see it.

    Raises
    ------
    OrderNotFound
        When there is none or it is not theirs: the two cannot be told apart.
    """
    state = store.state(order_id)
    if state is None or not caller.may_see(state):
        raise OrderNotFound
    return state


def history_after(
    order_id: OrderId, version: int, caller: Caller, store: OrderStore
) -> tuple[OrderStatusChanged, ...]:
    """Return what happened to an order after ``version``, oldest first.

    Raises
    ------
    OrderNotFound
        As `read_order` does.
    """
    return read_order(order_id, caller, store).changes_after(version)


def cancel_order(order_id: OrderId, caller: Caller, store: OrderStore, clock: Clock) -> OrderState:
    """Cancel an order that is not packed yet; a cancelled order is answered as it is.

    Only the status is written here. The workflow's next write finds it and gives stock and
    payment back.

    Raises
    ------
    OrderNotFound, OrderNotCancellable
    """
    state = read_order(order_id, caller, store)
    if state.status is OrderStatus.CANCELLED:
        return state
    command = ChangeOrder(
        target=OrderStatus.CANCELLED,
        at=timestamp(clock.now()),
        origin=ChangeOrigin(CANCELLATION, CANCELLATION),
        reason=FailureReason.CUSTOMER_REQUEST,
    )
    try:
        return store.change(order_id, command)
    except ChangeRefused as refused:
        if refused.status is OrderStatus.CANCELLED:  # somebody else's cancellation came first
            return read_order(order_id, caller, store)
        raise OrderNotCancellable(refused.status) from refused


def resubmit_pending(
    store: OrderStore, queue: OrderQueue, clock: Clock, *, older_than: timedelta, limit: int
) -> Sequence[OrderId]:
    """Put orders that were recorded and never started in the queue again.

    At most ``limit`` of them, and none while the queue holds ``limit`` messages itself: such orders
    are most likely waiting in it, and more messages would make a long queue longer. Any smaller
    number says nothing, since where there is traffic there are always messages of other orders.
    """
    stuck = store.pending_since(timestamp(clock.now() - older_than), limit)
    if not stuck or queue.waiting() >= limit:
        return ()
    queue.put(stuck)
    return stuck
