"""Events into summaries: idempotent by (order, version), in whatever order they come.

An order counts by the highest version that came. So a repeated event changes nothing, a late one neither,
and all orders of arrival come to the same summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from orders.errors import Contended
from orders.events import OrderEvent
from orders.model import CustomerId, OrderId
from orders.summaries.model import Counted, Summary
from orders.summaries.ports import SummaryStore

ATTEMPTS: Final = 5
MOST_ORDERS: Final = 90
"""In one write: DynamoDB takes 100 items in a transaction."""


def project(
    summary: Summary, counted: Mapping[OrderId, Counted], events: Iterable[OrderEvent]
) -> tuple[Summary, dict[OrderId, Counted]]:
    """Return a customer's summary after ``events``, and what has changed of what was counted.

    Parameters
    ----------
    counted : mapping
        What was counted of the events' orders before.
    """
    changed: dict[OrderId, Counted] = {}
    orders, spent = dict(summary.orders), dict(summary.spent)
    last, updated = (summary.last_order_at, summary.last_order), summary.updated_at
    for event in events:
        before, now = changed.get(event.order_id) or counted.get(event.order_id), Counted.of(event)
        if before is not None and before.version >= now.version:
            continue
        changed[event.order_id] = now
        if before is not None:
            orders[before.status] -= 1
            spent[before.currency] = spent.get(before.currency, 0) - before.spent
        orders[now.status] = orders.get(now.status, 0) + 1
        spent[now.currency] = spent.get(now.currency, 0) + now.spent
        if last[0] is None or last[1] is None or (last[0], last[1]) < (event.created_at, event.order_id):
            last = event.created_at, event.order_id
        updated = event.at if updated is None else max(updated, event.at)
    if not changed:
        return summary, changed
    return (
        replace(
            summary,
            orders={status: count for status, count in orders.items() if count},
            spent={currency: amount for currency, amount in spent.items() if amount},
            last_order=last[1],
            last_order_at=last[0],
            updated_at=updated,
            revision=summary.revision + 1,
        ),
        changed,
    )


def apply_events(generation: str, events: Sequence[OrderEvent], store: SummaryStore) -> None:
    """Project events of one customer into a generation.

    Raises
    ------
    Contended
        Others write the same summary again and again.
    """
    by_order: dict[OrderId, OrderEvent] = {}
    for event in events:
        before = by_order.get(event.order_id)
        if before is None or before.version < event.version:
            by_order[event.order_id] = event
    for latest in _batches(by_order.values()):
        _apply(generation, latest, store)


def by_customer(events: Iterable[OrderEvent]) -> dict[CustomerId, list[OrderEvent]]:
    """Return each customer's events."""
    customers: dict[CustomerId, list[OrderEvent]] = {}
    for event in events:
        customers.setdefault(event.customer_id, []).append(event)
    return customers


def _apply(generation: str, events: Sequence[OrderEvent], store: SummaryStore) -> None:
    for _ in range(ATTEMPTS):
        summary, counted = store.load(generation, events[0].customer_id, [event.order_id for event in events])
        projected, changed = project(summary, counted, events)
        if not changed or store.save(generation, projected, changed.values()):
            return
    raise Contended("A customer's summary", ATTEMPTS)


def _batches(events: Iterable[OrderEvent]) -> Iterator[list[OrderEvent]]:
    remaining = iter(events)
    while batch := list(islice(remaining, MOST_ORDERS)):
        yield batch
