"""What an orchestrator does that is code: where a run begins, and what a refusal means for it.

The workflow has the same rule as its state ``WhoseChange``. A refused write may be the run's own, made
before, whose answer was lost; staff may have decided; the order may have come to its end without the run; or
another run carries it on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from orders.approval import DECISION, ApprovalRule
from orders.errors import ChangeRefused, FulfilmentError, OrderNotFound, UnknownItem
from orders.fulfilment import validate_order
from orders.model import ChangeOrder, OrderId, OrderItem, OrderState
from orders.ports import OrderStore, StockRoom
from orders.status import FINAL, FailureReason, OrderStatus


class Standing(StrEnum):
    """What a run may do with its order."""

    ON = "ON"
    OVERTAKEN = "OVERTAKEN"
    ELSEWHERE = "ELSEWHERE"


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the order is, and what that means for the run.

    Attributes
    ----------
    standing : Standing
        ``ON``: the run goes on from the status. ``OVERTAKEN``: the order has its final status, and what it
        holds is to be given back. ``ELSEWHERE``: another run carries it on, and there is nothing to do.
    """

    status: OrderStatus
    standing: Standing


@dataclass(frozen=True, slots=True)
class Start:
    """What a run finds.

    Attributes
    ----------
    status : OrderStatus
        RECEIVED, but for a run that takes up what another has left.
    items : tuple of OrderItem or None
        What to reserve; None when the shop does not sell all of it.
    """

    status: OrderStatus
    items: tuple[OrderItem, ...] | None
    needs_approval: bool


def begin(order_id: OrderId, store: OrderStore, stock: StockRoom, rule: ApprovalRule) -> Start:
    """Return what a run begins with.

    Raises
    ------
    OrderNotFound
    """
    state = store.state(order_id)
    if state is None:
        raise OrderNotFound
    needs_approval = rule.asks(state.total, state.country)
    try:
        items = validate_order(order_id, store, stock).items
    except UnknownItem:
        return Start(state.status, None, needs_approval)
    return Start(state.status, items, needs_approval)


def refusal(task: Callable[[], object]) -> FailureReason | None:
    """Run a task, and return why the order cannot be carried out: a value, for it is nothing to try again.

    Examples
    --------
    >>> from orders.errors import OutOfStock
    >>> def reserve() -> None:
    ...     raise OutOfStock(["TEA"])
    >>> refusal(reserve).value
    'OUT_OF_STOCK'
    """
    try:
        task()
    except FulfilmentError as refused:
        return refused.reason
    return None


def write_status(order_id: OrderId, command: ChangeOrder, run: str, store: OrderStore) -> Turn:
    """Carry out ``command``, or return what its refusal means.

    Parameters
    ----------
    run : str
        What the origins of its changes have in common; so have those of a run that it takes up.
    """
    try:
        state = store.change(order_id, command)
    except OrderNotFound:
        return Turn(OrderStatus.FAILED, Standing.OVERTAKEN)
    except ChangeRefused:
        return look(order_id, run, store)
    return Turn(state.status, Standing.ON)


def look(order_id: OrderId, run: str, store: OrderStore) -> Turn:
    """Read where the order is, and return what that means for the run."""
    state = store.state(order_id)
    if state is None:
        return Turn(OrderStatus.FAILED, Standing.OVERTAKEN)
    return Turn(state.status, _standing(state, run))


def _standing(state: OrderState, run: str) -> Standing:
    if state.status in FINAL - {OrderStatus.DELIVERED}:
        return Standing.OVERTAKEN
    origin = "" if state.last_change is None else state.last_change.execution
    decided = origin == DECISION and state.status is OrderStatus.CONFIRMED
    return Standing.ON if decided or run in origin else Standing.ELSEWHERE
