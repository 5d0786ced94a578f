"""What the REST API answers, beside what all ways in have in common (``orders.views``).

``tools/openapi.py`` describes the API by these types.
"""

from __future__ import annotations

from typing import TypedDict

from orders.model import OrderState
from orders.views import ChangeView, change_view
from orders.webhooks.views import WebhookView


class OrderSummary(TypedDict):
    """An order without its items."""

    id: str
    customerId: str
    status: str
    version: int
    currency: str
    total: int
    itemCount: int
    country: str | None
    createdAt: str
    updatedAt: str
    reason: str | None
    history: list[ChangeView]


class OrderPage(TypedDict):
    """Some of your orders, newest first."""

    orders: list[OrderSummary]
    nextCursor: str | None


class OrderHistory(TypedDict):
    """What happened to an order after a version."""

    orderId: str
    version: int
    changes: list[ChangeView]


class WebSocketTicket(TypedDict):
    """What opens one WebSocket connection."""

    ticket: str
    expiresIn: int


class WebhookList(TypedDict):
    """Your webhooks, oldest first."""

    webhooks: list[WebhookView]


def summary(state: OrderState) -> OrderSummary:
    """Return an order without its items, which are kept apart from its state."""
    return {
        "id": state.order_id,
        "customerId": state.customer_id,
        "status": state.status.value,
        "version": state.version,
        "currency": state.currency,
        "total": state.total,
        "itemCount": state.item_count,
        "country": state.country,
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
        "reason": None if state.reason is None else state.reason.value,
        "history": [change_view(change) for change in state.changes_after(0)],
    }


def history(state: OrderState, after: int) -> OrderHistory:
    """Return what happened after version ``after``."""
    return {
        "orderId": state.order_id,
        "version": state.version,
        "changes": [change_view(change) for change in state.changes_after(after)],
    }
