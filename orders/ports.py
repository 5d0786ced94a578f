"""What the core needs of the world, each as one small protocol.

``orders.adapters`` keeps these promises with AWS, the tests with fakes. Every promise is about
repetition: a caller that lost an answer calls again, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orders.model import (
    ChangeOrder,
    CustomerId,
    OrderContents,
    OrderId,
    OrderState,
    OrderStatusChanged,
    Timestamp,
)
from orders.origins import Workflow
from orders.status import OrderStatus


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """A whole order: both its parts."""

    contents: OrderContents
    state: OrderState


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a customer's list of orders: the last one read."""

    created_at: Timestamp
    order_id: OrderId


class OrderStore(Protocol):
    """Where orders are kept: two items each, contents and state."""

    def record(self, contents: OrderContents, state: OrderState) -> bool:
        """Write both items or none; False when the id is taken."""
        ...

    def contents(self, order_id: OrderId) -> OrderContents | None:
        """Return what was ordered, read consistently."""
        ...

    def state(self, order_id: OrderId) -> OrderState | None:
        """Return how the order is doing, read consistently."""
        ...

    def order(self, order_id: OrderId) -> Recorded | None:
        """Return both parts of an order, read consistently and at once."""
        ...

    def owned(
        self, owner: CustomerId, *, status: OrderStatus | None, limit: int, after: Position | None
    ) -> tuple[Sequence[OrderState], Position | None]:
        """Return a customer's orders after a place, newest first, and the place to go on from.

        ``limit`` orders are looked at, and those of another status left out. The place is None
        at the end of the list.
        """
        ...

    def change(self, order_id: OrderId, command: ChangeOrder) -> OrderState:
        """Carry out ``command`` in one conditional write, and return the state after it.

        Raises
        ------
        OrderNotFound, ChangeRefused
            As ``orders.model.changed`` does; a command carried out before is not refused.
        """
        ...

    def pending_since(self, before: Timestamp, limit: int) -> Sequence[OrderId]:
        """Return up to ``limit`` orders recorded before ``before`` that no workflow has begun."""
        ...


class StockRoom(Protocol):
    """What is on the shelves, and what is held for an order."""

    def unknown(self, skus: Iterable[str]) -> Sequence[str]:
        """Return those of ``skus`` that the shop does not sell."""
        ...

    def reserve(self, order_id: OrderId, sku: str, quantity: int) -> None:
        """Take one item of an order; an order that holds the item already takes no more.

        Raises
        ------
        UnknownItem, OutOfStock, AlreadyCompensated, Contended
        """
        ...

    def release(self, order_id: OrderId, skus: Sequence[str]) -> bool:
        """Give back what the order holds of ``skus``, once; True when this call gave something back.

        What it does not hold is marked, so that a reservation which arrives later takes nothing
        either.
        """
        ...


class PaymentProvider(Protocol):
    """Moves the money. The order's id is the idempotency key."""

    def authorize(self, order_id: OrderId, *, amount: int, currency: str, card_token: str) -> str:
        """Authorize the payment once, however often it is asked, and return its reference.

        Raises
        ------
        PaymentDeclined, PaymentTimeout, AlreadyCompensated
        """
        ...

    def void(self, order_id: OrderId) -> bool:
        """Give the payment back, once; True when this call did it.

        An order without a payment is marked, so that an authorization which arrives later
        takes no money.
        """
        ...


@dataclass(frozen=True, slots=True)
class EndOfWait:
    """What ended an order's wait for a human, kept for the shop's own records.

    Attributes
    ----------
    outcome : str
        ``APPROVE``, ``REJECT`` or ``CANCEL``.
    note : str or None
        In the decider's own words.
    """

    outcome: str
    by: CustomerId
    at: Timestamp
    note: str | None = None


class Approvals(Protocol):
    """The workflows that wait for a human. Their task tokens never leave the implementation."""

    def end(self, order_id: OrderId, end: EndOfWait) -> None:
        """Wake the order's workflow; nothing happens when it does not wait, or no longer.

        It looks at the order's status before it waits and when it is woken: so this comes after
        the change of status.

        Raises
        ------
        NotWoken
        """
        ...


class Decisions(Protocol):
    """Where a run that waits for a human says by what it is woken."""

    def keep(self, order_id: OrderId, callback_id: str, at: Timestamp) -> bool:
        """Leave the callback beside an order that awaits approval; False when it does not any more."""
        ...


class WorkflowStarter(Protocol):
    """Runs the order's workflow."""

    def start(self, order_id: OrderId, workflow: Workflow, *, trace: str | None = None) -> bool:
        """Start the workflow named by the order's id; False when it is known to run already.

        The execution is a part of ``trace``, a header of X-Ray's.
        An Express execution may be started twice: the second one finds that, and ends. A durable one that
        runs is joined.

        Raises
        ------
        StartThrottled
        """
        ...


class OrderQueue(Protocol):
    """Where orders wait for a worker to start them."""

    def put(self, order_ids: Sequence[OrderId], *, delay: int = 0) -> None:
        """Put all of them in the queue, out of workers' sight for so many seconds, at most 900."""
        ...

    def waiting(self) -> int:
        """Return about how many messages the queue holds, those in flight and out of sight included."""
        ...


class Channel(Protocol):
    """One way of telling clients of a change. A new channel is one class in one file."""

    @property
    def name(self) -> str:
        """What the redelivery queue and the logs call it."""
        ...

    @property
    def deadline(self) -> float:
        """Seconds that one publish may take."""
        ...

    def prepare(self) -> None:
        """Load what the first publish needs; not counted towards its deadline."""
        ...

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Publish ``change`` before ``deadline``, a reading of ``time.monotonic()``.

        Raises
        ------
        PublishFailed, PublishLate
        """
        ...
