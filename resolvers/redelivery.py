"""The messages of the redelivery queue.

::

    {"channel": name, "change": OrderStatusChange, "trace": text, "order": what the order is besides}

The last two are there where the change has them: messages of an older release hold no order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from orders.model import CustomerId, OrderId, OrderStatusChanged, OrderSummary, Timestamp
from orders.status import FailureReason, OrderStatus
from orders.views import change_view


class MalformedMessage(ValueError):
    """A message of the redelivery queue is not one of ours."""


def to_message(channel: str, change: OrderStatusChanged) -> str:
    """Return the message that asks for one change to be published on one channel."""
    document: dict[str, object] = {"channel": channel, "change": change_view(change)}
    if change.trace is not None:
        document["trace"] = change.trace
    if change.order is not None:
        document["order"] = _order_view(change.order)
    return json.dumps(document, separators=(",", ":"))


def read_message(body: str) -> tuple[str, OrderStatusChanged]:
    """Return channel and change of a message.

    Raises
    ------
    MalformedMessage
    """
    try:
        document = json.loads(body)
        change = document["change"]
        reason, trace = change.get("reason"), document.get("trace")
        return _text(document, "channel"), OrderStatusChanged(
            order_id=OrderId(_text(change, "orderId")),
            customer_id=CustomerId(_text(change, "customerId")),
            version=int(change["version"]),
            status=OrderStatus(change["status"]),
            at=Timestamp(_text(change, "at")),
            reason=None if reason is None else FailureReason(reason),
            trace=trace if isinstance(trace, str) else None,
            order=None if document.get("order") is None else _read_order(document["order"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MalformedMessage(f"not a message of the redelivery queue: {error!r}") from error


def _order_view(order: OrderSummary) -> dict[str, object]:
    return {
        "currency": order.currency,
        "total": order.total,
        "itemCount": order.item_count,
        "country": order.country,
        "createdAt": order.created_at,
        "previousAt": order.previous_at,
    }


def _read_order(document: Mapping[str, object]) -> OrderSummary:
    country, previous_at = document.get("country"), document.get("previousAt")
    return OrderSummary(
        currency=_text(document, "currency"),
        total=_number(document, "total"),
        item_count=_number(document, "itemCount"),
        country=None if country is None else _text(document, "country"),
        created_at=Timestamp(_text(document, "createdAt")),
        previous_at=None if previous_at is None else Timestamp(_text(document, "previousAt")),
    )


def _number(document: Mapping[str, object], name: str) -> int:
    value = document[name]
    if not isinstance(value, int):
        raise TypeError(name)
    return value


def _text(document: Mapping[str, object], name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
