"""A customer's cancellation: the same conditional write, whatever the way in."""

from __future__ import annotations

from orders.caller import Caller
from orders.errors import ChangeRefused, OrderNotCancellable
from orders.model import ChangeOrder, ChangeOrigin, OrderState, Timestamp, timestamp
from orders.ports import Approvals, Clock, EndOfWait, OrderStore
from orders.reading import find_state
from orders.status import FailureReason, OrderStatus

CANCELLATION = "cancelOrder"
"""What stands for the execution in the origin of a customer's cancellation."""


def cancel_order(
    order_id: str, caller: Caller, store: OrderStore, approvals: Approvals, clock: Clock
) -> OrderState:
    """Cancel an order that is not packed yet; a cancelled order is answered as it is.

    Only the status is written here. The workflow's next write finds it and gives stock and
    payment back; one that waits for a human is woken.

    Raises
    ------
    OrderNotFound, OrderNotCancellable
    NotWoken
        The order is cancelled; the same call wakes its workflow.
    """
    at = timestamp(clock.now())
    state = _cancelled(find_state(order_id, caller, store), at, caller, store)
    if state.went(OrderStatus.AWAITING_APPROVAL, OrderStatus.CANCELLED):
        approvals.end(state.order_id, EndOfWait("CANCEL", caller.customer_id, at))
    return state


def _cancelled(state: OrderState, at: Timestamp, caller: Caller, store: OrderStore) -> OrderState:
    if state.status is OrderStatus.CANCELLED:
        return state
    command = ChangeOrder(
        target=OrderStatus.CANCELLED,
        at=at,
        origin=ChangeOrigin(CANCELLATION, CANCELLATION),
        reason=FailureReason.CUSTOMER_REQUEST,
    )
    try:
        return store.change(state.order_id, command)
    except ChangeRefused as refused:
        if refused.status is OrderStatus.CANCELLED:  # another cancellation came first
            return find_state(state.order_id, caller, store)
        raise OrderNotCancellable(refused.status) from refused
