"""Reading orders: one, its state, a page of them, and waiting for what happens next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orders.caller import Caller
from orders.cursors import read_cursor, write_cursor
from orders.errors import InvalidOrder, InvalidRequest, OrderNotFound
from orders.model import OrderId, OrderState, OrderStatusChanged
from orders.parsing import parse_order_id
from orders.ports import OrderStore, Recorded
from orders.status import FINAL, OrderStatus

PAGE = 20
LARGEST_PAGE = 100

SOON, LATER = 0.1, 0.5
"""Seconds between the reads of one that waits: at first, and in the end."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a customer's orders, newest first.

    Attributes
    ----------
    orders : tuple of OrderState
        With a status asked for it may be short, even empty, and not be the last all the same.
    cursor : str or None
        Asks for the next page; None when this is the last.
    """

    orders: tuple[OrderState, ...]
    cursor: str | None


def intervals() -> Iterator[float]:
    """Return the seconds between reads: most changes follow soon, and who waits long can wait longer."""
    seconds = SOON
    while True:
        yield seconds
        seconds = min(LATER, seconds * 1.25)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a change, and by which clock.

    Attributes
    ----------
    seconds : float
        At most so long; 0 reads once.
    monotonic, sleep : callable
        The clock, and what waits by it.
    intervals : callable
        Returns the seconds between one read and the next.
    """

    seconds: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    intervals: Callable[[], Iterator[float]] = intervals


def to_order_id(text: str) -> OrderId:
    """Return the id that ``text`` is.

    Raises
    ------
    OrderNotFound
        What is no UUID names no order.
    """
    try:
        return parse_order_id(text, "id")
    except InvalidOrder:
        raise OrderNotFound from None


def find_order(order_id: str, caller: Caller, store: OrderStore) -> Recorded:
    """Return the whole order, contents and state of one moment.

    Raises
    ------
    OrderNotFound
        When there is none or it is not the caller's: the two cannot be distinguished.
    """
    order = store.order(to_order_id(order_id))
    if order is None or not caller.may_see(order.state.customer_id):
        raise OrderNotFound
    return order


def find_state(order_id: str, caller: Caller, store: OrderStore) -> OrderState:
    """Return how an order is doing.

    Raises
    ------
    OrderNotFound
        As `find_order` does.
    """
    state = store.state(to_order_id(order_id))
    if state is None or not caller.may_see(state.customer_id):
        raise OrderNotFound
    return state


def history_after(
    order_id: str, version: int, caller: Caller, store: OrderStore
) -> tuple[OrderStatusChanged, ...]:
    """Return what happened to an order after ``version``, oldest first.

    Raises
    ------
    OrderNotFound
        As `find_order` does.
    """
    return find_state(order_id, caller, store).changes_after(version)


def wait_for_change(order_id: str, caller: Caller, after: int, store: OrderStore, wait: Wait) -> OrderState:
    """Return the order's state once it is past version ``after``, or final, or the time is up.

    Raises
    ------
    OrderNotFound
        At once, as `find_order` does.
    """
    until = wait.monotonic() + wait.seconds
    for pause in wait.intervals():
        state = find_state(order_id, caller, store)
        remaining = until - wait.monotonic()
        if state.version > after or state.status in FINAL or remaining <= 0:
            return state
        wait.sleep(min(pause, remaining))
    raise AssertionError("intervals end before the wait does")


def list_orders(
    caller: Caller,
    store: OrderStore,
    *,
    status: OrderStatus | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page:
    """Return a page of the caller's own orders, newest first; of staff's own, too.

    An order may be missing from it for a moment after its submission.

    Raises
    ------
    InvalidRequest
        With the path ``limit`` or ``cursor``.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidRequest(f"must be 1 to {LARGEST_PAGE}", path="limit", code="LIMIT_RANGE")
    after = None if cursor is None else read_cursor(cursor, caller.customer_id)
    states, position = store.owned(caller.customer_id, status=status, limit=limit, after=after)
    return Page(tuple(states), None if position is None else write_cursor(position, caller.customer_id))
