"""The JSON document of an order event: ``detail`` on the bus, a record's data on a stream."""

from __future__ import annotations

from typing import Literal, TypedDict

from orders.events.model import SCHEMA_VERSION, OrderEvent


class OrderEventDocument(TypedDict):
    """`OrderEvent` as JSON; every field is always there."""

    schemaVersion: Literal["1"]
    type: str
    orderId: str
    customerId: str
    version: int
    status: str
    at: str
    currency: str
    total: int
    itemCount: int
    country: str | None
    reason: str | None
    createdAt: str
    previousAt: str | None


def event_document(event: OrderEvent) -> OrderEventDocument:
    """Return the document of ``event``.

    Examples
    --------
    >>> from orders.events.parsing import parse_order_event
    >>> document = {"schemaVersion": "1", "type": "order.received", "orderId": "3f2b", "customerId": "ada",
    ...     "version": 1, "status": "RECEIVED", "at": "2026-11-29T10:00:00.000Z", "currency": "EUR",
    ...     "total": 1250, "itemCount": 1, "country": None, "reason": None,
    ...     "createdAt": "2026-11-29T10:00:00.000Z", "previousAt": None}
    >>> event_document(parse_order_event(document)) == document
    True
    """
    return {
        "schemaVersion": SCHEMA_VERSION,
        "type": event.type,
        "orderId": event.order_id,
        "customerId": event.customer_id,
        "version": event.version,
        "status": event.status.value,
        "at": event.at,
        "currency": event.currency,
        "total": event.total,
        "itemCount": event.item_count,
        "country": event.country,
        "reason": None if event.reason is None else event.reason.value,
        "createdAt": event.created_at,
        "previousAt": event.previous_at,
    }
