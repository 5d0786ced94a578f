"""What a customer's summary is, and what is kept of each order to keep it right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.events import OrderEvent
from orders.model import CustomerId, OrderId, Timestamp
from orders.status import OrderStatus


@dataclass(frozen=True, slots=True)
class Counted:
    """What a summary has counted of one order: the change of the highest version that came.

    Attributes
    ----------
    total : int
        In minor units of ``currency``.
    """

    order_id: OrderId
    version: int
    status: OrderStatus
    currency: str
    total: int

    @classmethod
    def of(cls, event: OrderEvent) -> Counted:
        """Return what is kept of an event."""
        return cls(event.order_id, event.version, event.status, event.currency, event.total)

    @property
    def spent(self) -> int:
        """What its customer has spent on it: nothing before it is delivered."""
        return self.total if self.status is OrderStatus.DELIVERED else 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a customer has ordered.

    Attributes
    ----------
    orders : mapping
        How many orders are in each status; statuses without any are left out.
    spent : mapping
        By currency, the totals of what was delivered, in minor units.
    last_order : OrderId or None
        The one that was recorded last, and when.
    updated_at : Timestamp or None
        When the latest change was committed that is counted.
    revision : int
        How often it was written: the next write asks for it.
    """

    customer_id: CustomerId
    orders: Mapping[OrderStatus, int] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    last_order: OrderId | None = None
    last_order_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    revision: int = 0
