"""Orders as events: what the shop's other systems receive, in a versioned form.

``docs/events.md`` is for consumers, ``docs/events/order.v1.schema.json`` is the contract.
"""

from orders.events.document import OrderEventDocument, event_document
from orders.events.model import SCHEMA_VERSION, SOURCE, MalformedEvent, OrderEvent, event_of, event_type
from orders.events.parsing import parse_order_event

__all__ = [
    "SCHEMA_VERSION",
    "SOURCE",
    "MalformedEvent",
    "OrderEvent",
    "OrderEventDocument",
    "event_document",
    "event_of",
    "event_type",
    "parse_order_event",
]
