"""Orders and their changes as the GraphQL contract shows them."""

from __future__ import annotations

from typing import TypedDict

from orders.fields import OptionalView, optional_view
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


class _Beginning(TypedDict):
    id: str
    customerId: str
    status: str
    version: int
    currency: str
    total: int
    itemCount: int


class _Items(TypedDict):
    items: list[ItemView]


class _End(TypedDict):
    createdAt: str
    updatedAt: str
    reason: str | None
    history: list[ChangeView]


class OrderView(_Beginning, OptionalView, _Items, _End, TypedDict):
    """GraphQL's `Order`, its fields in the contract's order."""


class StateView(_Beginning, OptionalView, _End, TypedDict):
    """An order without its items."""


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


def state_view(state: OrderState) -> StateView:
    """Return an order without its items, which are kept apart from its state."""
    return {
        "id": state.order_id,
        "customerId": state.customer_id,
        "status": state.status.value,
        "version": state.version,
        "currency": state.currency,
        "total": state.total,
        "itemCount": state.item_count,
        **optional_view(state),
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
        "reason": None if state.reason is None else state.reason.value,
        "history": [change_view(change) for change in state.changes_after(0)],
    }


def order_view(contents: OrderContents, state: OrderState) -> OrderView:
    """Return a whole order, without its card's token."""
    items: list[ItemView] = [
        {"sku": item.sku, "name": item.name, "quantity": item.quantity, "unitPrice": item.unit_price}
        for item in contents.items
    ]
    return {**state_view(state), "items": items}
