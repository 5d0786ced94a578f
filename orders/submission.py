"""Submitting an order: recorded once, however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from orders.canonical import canonical
from orders.errors import IdempotencyConflict, OrderwireError
from orders.model import OrderContents, OrderState, received
from orders.ports import OrderQueue, OrderStore


@dataclass(frozen=True, slots=True)
class Submitted:
    """An order that is recorded, and whether it was this call that recorded it."""

    contents: OrderContents
    state: OrderState
    is_new: bool


def record_order(contents: OrderContents, store: OrderStore, trace: str | None = None) -> Submitted:
    """Record ``contents``, or find that the same order is recorded already.

    Parameters
    ----------
    trace : str, optional
        X-Ray's header of this request; a repetition leaves the first one's.

    Raises
    ------
    IdempotencyConflict
        When the id belongs to another customer's order, or to one with other contents. The
        two look the same from outside.
    """
    state = received(contents, trace)
    if store.record(contents, state):
        return Submitted(contents, state, is_new=True)
    there = store.contents(contents.order_id)
    current = store.state(contents.order_id)
    if there is None or current is None:
        # Orders are never deleted singly; only a table emptied under our hands leads here.
        raise OrderwireError("The order's id is taken, and the order cannot be read.")
    if there.customer_id != contents.customer_id or canonical(there) != canonical(contents):
        raise IdempotencyConflict
    return Submitted(there, current, is_new=False)


def enqueue_order(submitted: Submitted, queue: OrderQueue) -> bool:
    """Put a recorded order in the queue while no workflow has begun it.

    A repeated submission enqueues again, since the first one may have died in between; starting
    twice is harmless.
    """
    if not submitted.state.is_pending:
        return False
    queue.put([submitted.state.order_id])
    return True
