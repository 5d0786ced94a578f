"""How values look to people, and as JSON to scripts."""

from __future__ import annotations

from datetime import datetime

from clients.model import ORDER_FIELDS, Change, Order, Status

# ISO 4217's minor units, where they are not two.
_DIGITS = {"JPY": 0, "KWD": 3}

STYLE: dict[Status, str] = {
    Status.RECEIVED: "white",
    Status.VALIDATED: "cyan",
    Status.AWAITING_APPROVAL: "bright_yellow",
    Status.CONFIRMED: "blue",
    Status.PACKED: "magenta",
    Status.SHIPPED: "yellow",
    Status.DELIVERED: "green",
    Status.CANCELLED: "bright_black",
    Status.REJECTED: "red",
    Status.EXPIRED: "red",
    Status.FAILED: "red",
}


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people write it.

    Examples
    --------
    >>> money(123450, "EUR"), money(500, "JPY"), money(1500, "KWD")
    ('1,234.50 EUR', '500 JPY', '1.500 KWD')
    """
    digits = _DIGITS.get(currency, 2)
    # Not by division: a shop's revenue outgrows what a float holds to the unit.
    whole, rest = divmod(abs(amount), 10**digits)
    fraction = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{fraction} {currency}"


def change_document(change: Change) -> dict[str, object]:
    """Return a change as a JSON object, with GraphQL's names."""
    return {
        "type": "change",
        "orderId": change.order_id,
        "version": change.version,
        "status": change.status,
        "at": change.at.isoformat(),
        "reason": change.reason,
    }


def order_document(order: Order) -> dict[str, object]:
    """Return an order as a JSON object, with GraphQL's names."""
    values = ((name, getattr(order, attribute)) for name, attribute in ORDER_FIELDS.items())
    return {
        "type": "order",
        **{name: value.isoformat() if isinstance(value, datetime) else value for name, value in values},
        "items": [item.document() for item in order.items],
        "history": [change_document(change) for change in order.history],
    }
