"""A customer's summary, for them and for staff."""

from __future__ import annotations

from orders.caller import Caller
from orders.model import CustomerId
from orders.summaries.model import Summary
from orders.summaries.ports import SummaryStore


def customer_summary(customer_id: CustomerId, caller: Caller, store: SummaryStore) -> Summary | None:
    """Return a customer's summary; None when it is not the caller's to see."""
    if not caller.may_see(customer_id):
        return None
    return store.load(store.generations().current, customer_id, ())[0]
