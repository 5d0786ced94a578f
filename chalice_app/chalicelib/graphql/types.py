"""The contract's object and input types, word for word, and how they are built from the core's values."""

from __future__ import annotations

from typing import Self

import strawberry

from chalicelib.graphql.context import RequestInfo
from chalicelib.graphql.enums import Decision, FailureReason, Orchestrator, OrderStatus
from orders.errors import OrderwireError
from orders.model import OrderContents, OrderState, OrderStatusChanged, Timestamp
from orders.model import OrderItem as Item
from orders.status import FailureReason as Reason

UNSET = strawberry.UNSET
"""The default of an argument that has none in the contract: ``None`` would become ``= null`` there."""


def _reason(reason: Reason | None) -> FailureReason | None:
    return None if reason is None else FailureReason[reason.name]


@strawberry.type
class OrderItem:
    """GraphQL's `OrderItem`."""

    sku: str = strawberry.field(description="The stock keeping unit.")
    name: str
    quantity: int
    unit_price: int = strawberry.field(description="Price of one, in minor units.")

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return one line of an order."""
        return cls(sku=item.sku, name=item.name, quantity=item.quantity, unit_price=item.unit_price)


@strawberry.type(
    description=(
        "One change of one order. History and subscriptions give the same type, so one merge serves both."
    )
)
class OrderStatusChange:
    """GraphQL's `OrderStatusChange`."""

    order_id: strawberry.ID
    customer_id: strawberry.ID
    version: int
    status: OrderStatus
    at: Timestamp = strawberry.field(description="When the change was made.")
    reason: FailureReason | None

    @classmethod
    def of(cls, change: OrderStatusChanged) -> Self:
        """Return one change."""
        return cls(
            order_id=strawberry.ID(change.order_id),
            customer_id=strawberry.ID(change.customer_id),
            version=change.version,
            status=OrderStatus[change.status.name],
            at=change.at,
            reason=_reason(change.reason),
        )


def _items(self: Order, info: RequestInfo) -> list[OrderItem]:
    contents = self.contents
    if contents is None:
        info.context.count()
        # A caller that holds this order was allowed to see it, so there is no check here.
        contents = info.context.store.contents(self.state.order_id)
    if contents is None:
        raise OrderwireError("An order has no contents: the two are written together.")
    return [OrderItem.of(item) for item in contents.items]


def _history(self: Order) -> list[OrderStatusChange]:
    return [OrderStatusChange.of(change) for change in self.state.changes_after(0)]


@strawberry.type(description="An order: what was bought, and how it is doing.")
class Order:
    """GraphQL's `Order`. What was bought is read when a client selects it, unless it is at hand."""

    state: strawberry.Private[OrderState]
    contents: strawberry.Private[OrderContents | None]

    id: strawberry.ID = strawberry.field(
        description="The client's own token: it names the order before the server has seen it."
    )
    customer_id: strawberry.ID = strawberry.field(description="The submitter's id in the user pool (`sub`).")
    status: OrderStatus
    version: int = strawberry.field(description="How many changes the order has seen, from 1.")
    currency: str = strawberry.field(description="ISO 4217, such as EUR.")
    total: int = strawberry.field(
        description="Sum of quantity times unit price, in minor units. The server computes it."
    )
    item_count: int = strawberry.field(description="How many different items it has.")
    country: str | None = strawberry.field(
        description="Where it goes: ISO 3166-1 alpha-2; null when unknown."
    )

    items: list[OrderItem] = strawberry.field(resolver=_items)
    created_at: Timestamp
    updated_at: Timestamp
    reason: FailureReason | None = strawberry.field(
        description="Why the order did not come to its good end; null otherwise."
    )

    history: list[OrderStatusChange] = strawberry.field(
        resolver=_history, description="All changes so far, oldest first."
    )

    @classmethod
    def of(cls, state: OrderState, contents: OrderContents | None = None) -> Self:
        """Return an order, with its contents where they have been read anyway."""
        return cls(
            state=state,
            contents=contents,
            id=strawberry.ID(state.order_id),
            customer_id=strawberry.ID(state.customer_id),
            status=OrderStatus[state.status.name],
            version=state.version,
            currency=state.currency,
            total=state.total,
            item_count=state.item_count,
            country=state.country,
            created_at=state.created_at,
            updated_at=state.updated_at,
            reason=_reason(state.reason),
        )


@strawberry.type
class OrderPage:
    """GraphQL's `OrderPage`."""

    orders: list[Order]
    next_token: str | None = strawberry.field(description="Give it to the next call; null on the last page.")


@strawberry.type
class OrderHistory:
    """GraphQL's `OrderHistory`."""

    order_id: strawberry.ID
    version: int = strawberry.field(
        description="The order's version now: that of the last change, whether or not it is in `changes`."
    )
    changes: list[OrderStatusChange]


@strawberry.input
class OrderItemInput:
    """GraphQL's `OrderItemInput`."""

    sku: str = strawberry.field(
        description="1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore; each at most once in an order."
    )
    name: str = strawberry.field(description="1 to 256 characters, no control characters.")
    quantity: int = strawberry.field(description="1 to 999.")
    unit_price: int = strawberry.field(description="0 or more, in minor units.")

    def document(self) -> dict[str, object]:
        """Return the item as the core's parser reads it."""
        return {"sku": self.sku, "name": self.name, "quantity": self.quantity, "unitPrice": self.unit_price}


@strawberry.input
class SubmitOrderInput:
    """GraphQL's `SubmitOrderInput`."""

    client_token: strawberry.ID = strawberry.field(
        description=(
            "A UUID that you make. It becomes the order's id: keep it, and send it again when in doubt."
        )
    )
    currency: str = strawberry.field(
        description="ISO 4217; the shop takes AUD, CHF, EUR, GBP, INR, JPY, KWD and USD."
    )
    items: list[OrderItemInput] = strawberry.field(description="1 to 50 items.")
    card_token: str = strawberry.field(description="The payment provider's token of the card.")
    country: str | None = strawberry.field(
        default=UNSET, description="Where it goes: ISO 3166-1 alpha-2, two capital letters such as DE."
    )
    orchestrator: Orchestrator | None = strawberry.field(
        default=UNSET,
        description="What runs it; without, the deployment's own choice.",
    )

    def document(self) -> dict[str, object]:
        """Return the order as the core's parser reads it."""
        return {
            "clientToken": self.client_token,
            "currency": self.currency,
            "items": [item.document() for item in self.items],
            "cardToken": self.card_token,
            "country": self.country or None,
            "orchestrator": self.orchestrator.name if self.orchestrator else None,
        }


@strawberry.input
class DecideOrderInput:
    """GraphQL's `DecideOrderInput`."""

    order_id: strawberry.ID
    decision: Decision
    reason: str | None = strawberry.field(
        default=UNSET,
        description="Up to 256 characters, for the shop's own records: the customer does not see it.",
    )
