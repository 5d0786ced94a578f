"""Orders and their changes as the GraphQL contract shows them."""

from __future__ import annotations

from typing import TypedDict

from orders.model import OrderContents, OrderState, OrderStatusChanged


class ChangeView(TypedDict):
    """GraphQL's `OrderStatusChange`."""

    orderId: str
    customerId: str
    version: int
    status: str
    at: str
    reason: str | None


class ItemView(TypedDict):
    """GraphQL's `OrderItem`."""

    sku: str
    name: str
    quantity: int
    unitPrice: int


class OrderView(TypedDict):
    """GraphQL's `Order`."""

    id: str
    customerId: str
    status: str
    version: int
    currency: str
    total: int
    itemCount: int
    country: str | None
    items: list[ItemView]
    createdAt: str
    updatedAt: str
    reason: str | None
    history: list[ChangeView]


def change_view(change: OrderStatusChanged) -> ChangeView:
    """Return one change."""
    return {
        "orderId": change.order_id,
        "customerId": change.customer_id,
        "version": change.version,
        "status": change.status.value,
        "at": change.at,
        "reason": None if change.reason is None else change.reason.value,
    }


def order_view(contents: OrderContents, state: OrderState) -> OrderView:
    """Return a whole order, without what is nobody's business: its card's token."""
    return {
        "id": state.order_id,
        "customerId": state.customer_id,
        "status": state.status.value,
        "version": state.version,
        "currency": state.currency,
        "total": state.total,
        "itemCount": state.item_count,
        "country": state.country,
        "items": [
            {
                "sku": item.sku,
                "name": item.name,
                "quantity": item.quantity,
                "unitPrice": item.unit_price,
            }
            for item in contents.items
        ],
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
        "reason": None if state.reason is None else state.reason.value,
        "history": [change_view(change) for change in state.changes_after(0)],
    }
