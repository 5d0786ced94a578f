"""The event of one change of an order's status: `OrderEvent`, version 1.

It says what the stream's record of the order's state says, and no more: no items, no card, no person but
the customer's id. Its identity is (order, version): the same change, however often it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orders.model import CustomerId, OrderId, OrderStatusChanged, Timestamp
from orders.status import FailureReason, OrderStatus

SCHEMA_VERSION: Final = "1"
"""Of the document. A new optional field leaves it as it is; anything else raises it."""

SOURCE: Final = "orderwire.orders"
"""What the bus names as the source of these events."""

PREFIX: Final = "order."


class MalformedEvent(ValueError):
    """A document is no order event of a version that this code reads."""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One change of an order's status.

    Attributes
    ----------
    version : int
        The order's sequence number, from 1: it orders the events of one order.
    at : Timestamp
        When the change was committed.
    total : int
        In minor units of ``currency``.
    item_count : int
        Lines of the order.
    country : str or None
        Where it is delivered to, ISO 3166-1 alpha-2, if the customer said so.
    reason : FailureReason or None
        Why it did not come to its good end.
    created_at : Timestamp
        When the order was recorded.
    previous_at : Timestamp or None
        When the change before was committed; None of version 1.
    """

    order_id: OrderId
    customer_id: CustomerId
    version: int
    status: OrderStatus
    at: Timestamp
    currency: str
    total: int
    item_count: int
    country: str | None
    reason: FailureReason | None
    created_at: Timestamp
    previous_at: Timestamp | None

    @property
    def type(self) -> str:
        """The event's type, such as ``order.awaiting-approval``."""
        return event_type(self.status)

    @property
    def identity(self) -> tuple[OrderId, int]:
        """What distinguishes a repeated event from a second one."""
        return self.order_id, self.version


def event_type(status: OrderStatus) -> str:
    """Return the type of the events of a status: ``detail-type`` on the bus.

    Examples
    --------
    >>> event_type(OrderStatus.AWAITING_APPROVAL)
    'order.awaiting-approval'
    """
    return PREFIX + status.value.lower().replace("_", "-")


def event_of(change: OrderStatusChanged) -> OrderEvent:
    """Return the event that ``change`` is.

    Raises
    ------
    MalformedEvent
        The change says nothing of its order, as messages of an older release in the redelivery queue.
    """
    order = change.order
    if order is None:
        raise MalformedEvent("the change says nothing of its order")
    return OrderEvent(
        order_id=change.order_id,
        customer_id=change.customer_id,
        version=change.version,
        status=change.status,
        at=change.at,
        currency=order.currency,
        total=order.total,
        item_count=order.item_count,
        country=order.country,
        reason=change.reason,
        created_at=order.created_at,
        previous_at=order.previous_at,
    )
