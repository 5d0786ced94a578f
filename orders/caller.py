"""Who asks, whatever the way in."""

from __future__ import annotations

from dataclasses import dataclass

from orders.model import CustomerId


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Staff see and cancel everyone's orders."""

    customer_id: CustomerId
    is_staff: bool = False

    def may_see(self, owner: CustomerId) -> bool:
        """Tell whether an order of ``owner`` is the caller's to see."""
        return self.is_staff or self.customer_id == owner
