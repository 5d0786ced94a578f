"""The items of the summaries table, written and read.

::

    pk = GENERATION                     which generation is read, and which is built
    pk = <generation>#CUSTOMER#<id>     a customer's summary
    pk = <generation>#ORDER#<id>        what the summary counts of one order
    pk = <generation>#UNREADABLE        which events it lacks since they cannot be read
"""

from __future__ import annotations

from typing import Final

from orders.adapters.attributes import (
    Attribute,
    Item,
    Plain,
    number,
    optional_map,
    optional_text,
    text,
    to_item,
)
from orders.model import CustomerId, OrderId, Timestamp
from orders.status import OrderStatus
from orders.summaries.generations import Generations
from orders.summaries.model import Counted, Summary

POINTER: Final = "GENERATION"


def summary_key(generation: str, customer_id: CustomerId) -> dict[str, Attribute]:
    """Return the key of a customer's summary."""
    return {"pk": {"S": f"{generation}#CUSTOMER#{customer_id}"}}


def order_key(generation: str, order_id: OrderId) -> dict[str, Attribute]:
    """Return the key of what is counted of an order."""
    return {"pk": {"S": f"{generation}#ORDER#{order_id}"}}


def unreadable_key(generation: str) -> dict[str, Attribute]:
    """Return the key of the events that a generation lacks."""
    return {"pk": {"S": f"{generation}#UNREADABLE"}}


def summary_item(generation: str, summary: Summary) -> dict[str, Attribute]:
    """Return a summary's item."""
    fields = to_item(
        {
            "customerId": summary.customer_id,
            "orders": {status.value: count for status, count in summary.orders.items()},
            "spent": dict(summary.spent),
            "lastOrder": summary.last_order or "",
            "lastOrderAt": summary.last_order_at or "",
            "updatedAt": summary.updated_at or "",
            "revision": summary.revision,
        }
    )
    return summary_key(generation, summary.customer_id) | fields


def read_summary(item: Item) -> Summary:
    """Return the summary that an item holds."""
    orders, spent = optional_map(item, "orders") or {}, optional_map(item, "spent") or {}
    last_order, last_order_at = optional_text(item, "lastOrder"), optional_text(item, "lastOrderAt")
    updated_at = optional_text(item, "updatedAt")
    return Summary(
        customer_id=CustomerId(text(item, "customerId")),
        orders={OrderStatus(status): number(orders, status) for status in orders},
        spent={currency: number(spent, currency) for currency in spent},
        last_order=OrderId(last_order) if last_order else None,
        last_order_at=Timestamp(last_order_at) if last_order_at else None,
        updated_at=Timestamp(updated_at) if updated_at else None,
        revision=number(item, "revision"),
    )


def counted_item(generation: str, counted: Counted) -> dict[str, Attribute]:
    """Return the item of what is counted of an order."""
    fields = to_item(
        {
            "orderId": counted.order_id,
            "version": counted.version,
            "status": counted.status,
            "currency": counted.currency,
            "total": counted.total,
        }
    )
    return order_key(generation, counted.order_id) | fields


def read_counted(item: Item) -> Counted:
    """Return what an item says is counted of an order."""
    return Counted(
        order_id=OrderId(text(item, "orderId")),
        version=number(item, "version"),
        status=OrderStatus(text(item, "status")),
        currency=text(item, "currency"),
        total=number(item, "total"),
    )


def generations_item(generations: Generations) -> dict[str, Attribute]:
    """Return the item that says which generations there are."""
    fields: dict[str, Plain] = {
        "current": generations.current,
        "building": generations.building or "",
        "since": generations.since or "",
        "replay": generations.replay or "",
        "dropped": ",".join(generations.dropped),
        "revision": generations.revision,
    }
    key: dict[str, Attribute] = {"pk": {"S": POINTER}}
    return key | to_item(fields)


def read_generations(item: Item) -> Generations:
    """Return which generations there are."""
    return Generations(
        current=text(item, "current"),
        building=optional_text(item, "building") or None,
        since=optional_text(item, "since") or None,
        replay=optional_text(item, "replay") or None,
        dropped=tuple(name for name in (optional_text(item, "dropped") or "").split(",") if name),
        revision=number(item, "revision"),
    )
