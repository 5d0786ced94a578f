"""What the REST API answers, beside what all ways in have in common (``orders.views``).

``tools/openapi.py`` describes the API by these types.
"""

from __future__ import annotations

from typing import TypedDict

from orders.model import OrderState
from orders.views import ChangeView, StateView, change_view
from orders.webhooks.views import WebhookView


class OrderPage(TypedDict):
    """Some of your orders, newest first."""

    orders: list[StateView]
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


def history(state: OrderState, after: int) -> OrderHistory:
    """Return what happened after version ``after``."""
    return {
        "orderId": state.order_id,
        "version": state.version,
        "changes": [change_view(change) for change in state.changes_after(after)],
    }
