"""What the API speaks of: orders, their items and their changes, frozen and typed."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from clients import reading


class Status(StrEnum):
    """What an order may be, in the order of a good life."""

    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    CONFIRMED = "CONFIRMED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether nothing comes after it."""
        return self in _FINAL


_FINAL = {Status.DELIVERED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.FAILED}


class Decision(StrEnum):
    """What staff may decide on an order that awaits approval."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class Orchestrator(StrEnum):
    """What carries an order through its statuses."""

    WORKFLOW = "WORKFLOW"
    DURABLE = "DURABLE"


class Reason(StrEnum):
    """Why an order did not come to its good end."""

    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_TIMEOUT = "PAYMENT_TIMEOUT"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    NOT_APPROVED = "NOT_APPROVED"
    APPROVAL_TIMEOUT = "APPROVAL_TIMEOUT"
    INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order; ``unit_price`` in minor units of the order's currency."""

    sku: str
    name: str
    quantity: int
    unit_price: int

    @classmethod
    def parse(cls, value: object, where: str = "item") -> Item:
        """Read GraphQL's ``OrderItem``, and ``OrderItemInput`` which has the same fields."""
        data = reading.mapping(value, where)
        return cls(
            sku=reading.text(data.get("sku"), f"{where}.sku"),
            name=reading.text(data.get("name"), f"{where}.name"),
            quantity=reading.whole(data.get("quantity"), f"{where}.quantity"),
            unit_price=reading.whole(data.get("unitPrice"), f"{where}.unitPrice"),
        )

    def document(self) -> dict[str, object]:
        """Return the item as GraphQL writes it."""
        return {"sku": self.sku, "name": self.name, "quantity": self.quantity, "unitPrice": self.unit_price}


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to submit. ``client_token`` becomes its id: keep it, and send it again when in doubt.

    Without an ``orchestrator`` it is run by the deployment's own.
    """

    currency: str
    items: tuple[Item, ...]
    card_token: str = field(repr=False)
    client_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    country: str | None = None
    orchestrator: Orchestrator | None = None

    @classmethod
    def parse(cls, value: object, where: str = "order") -> NewOrder:
        """Read GraphQL's ``SubmitOrderInput``; without a ``clientToken`` it gets a new one."""
        data = reading.mapping(value, where)
        token = reading.optional_text(data.get("clientToken"), f"{where}.clientToken")
        items = reading.sequence(data.get("items"), f"{where}.items")
        chosen = data.get("orchestrator")
        return cls(
            currency=reading.text(data.get("currency"), f"{where}.currency"),
            items=tuple(Item.parse(item, f"{where}.items[{n}]") for n, item in enumerate(items)),
            card_token=reading.text(data.get("cardToken"), f"{where}.cardToken"),
            client_token=str(uuid.uuid4()) if token is None else token,
            country=reading.optional_text(data.get("country"), f"{where}.country"),
            orchestrator=None
            if chosen is None
            else reading.member(Orchestrator, chosen, f"{where}.orchestrator"),
        )

    def document(self) -> dict[str, object]:
        """Return the order as ``SubmitOrderInput``."""
        return {
            "clientToken": self.client_token,
            "currency": self.currency,
            "items": [item.document() for item in self.items],
            "cardToken": self.card_token,
            **({} if self.country is None else {"country": self.country}),
            **({} if self.orchestrator is None else {"orchestrator": self.orchestrator.value}),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one order: what history holds and subscriptions bring."""

    order_id: str
    customer_id: str
    version: int
    status: Status
    at: datetime
    reason: Reason | None = None

    @classmethod
    def parse(cls, value: object, where: str = "change") -> Change:
        """Read GraphQL's ``OrderStatusChange``."""
        data = reading.mapping(value, where)
        reason = data.get("reason")
        version = reading.whole(data.get("version"), f"{where}.version")
        if version < 1:
            raise reading.Unexpected(f"{where}.version", "1 or more", version)
        return cls(
            order_id=reading.text(data.get("orderId"), f"{where}.orderId"),
            customer_id=reading.text(data.get("customerId"), f"{where}.customerId"),
            version=version,
            status=reading.member(Status, data.get("status"), f"{where}.status"),
            at=reading.instant(data.get("at"), f"{where}.at"),
            reason=None if reason is None else reading.member(Reason, reason, f"{where}.reason"),
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order. ``items`` and ``history`` are empty where a list of orders was asked for."""

    id: str
    customer_id: str
    status: Status
    version: int
    currency: str
    total: int
    item_count: int
    created_at: datetime
    updated_at: datetime
    reason: Reason | None = None
    items: tuple[Item, ...] = ()
    history: tuple[Change, ...] = ()

    @classmethod
    def parse(cls, value: object, where: str = "order") -> Order:
        """Read GraphQL's ``Order``."""
        data = reading.mapping(value, where)
        reason = data.get("reason")
        items = reading.sequence(data.get("items", []), f"{where}.items")
        history = reading.sequence(data.get("history", []), f"{where}.history")
        return cls(
            id=reading.text(data.get("id"), f"{where}.id"),
            customer_id=reading.text(data.get("customerId"), f"{where}.customerId"),
            status=reading.member(Status, data.get("status"), f"{where}.status"),
            version=reading.whole(data.get("version"), f"{where}.version"),
            currency=reading.text(data.get("currency"), f"{where}.currency"),
            total=reading.whole(data.get("total"), f"{where}.total"),
            item_count=reading.whole(data.get("itemCount"), f"{where}.itemCount"),
            created_at=reading.instant(data.get("createdAt"), f"{where}.createdAt"),
            updated_at=reading.instant(data.get("updatedAt"), f"{where}.updatedAt"),
            reason=None if reason is None else reading.member(Reason, reason, f"{where}.reason"),
            items=tuple(Item.parse(item, f"{where}.items[{n}]") for n, item in enumerate(items)),
            history=tuple(Change.parse(entry, f"{where}.history[{n}]") for n, entry in enumerate(history)),
        )


ORDER_FIELDS = {
    re.sub(r"_(\w)", lambda match: match[1].upper(), entry.name): entry.name
    for entry in fields(Order)
    if entry.name not in ("items", "history")
}
"""What GraphQL is asked for of each order, besides its items and history, and `Order`'s attributes."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders, newest first; ``next_token`` asks for the page after, None on the last."""

    orders: tuple[Order, ...]
    next_token: str | None

    @classmethod
    def parse(cls, value: object, where: str) -> Page:
        """Read an `OrderPage`. Raises ``ProtocolError``."""
        data = reading.mapping(value, where)
        orders = reading.sequence(data.get("orders"), f"{where}.orders")
        return cls(
            orders=tuple(Order.parse(order, f"{where}.orders[{n}]") for n, order in enumerate(orders)),
            next_token=reading.optional_text(data.get("nextToken"), f"{where}.nextToken"),
        )


@dataclass(frozen=True, slots=True)
class History:
    """The changes after a version, and the order's version now.

    ``version`` is 0, without changes, for an order that does not exist or is not the caller's, where the
    server answers that rather than ``NotFound``. ``retry_after`` says, where the server does, in how many
    seconds it is worth asking again.
    """

    order_id: str
    version: int
    changes: tuple[Change, ...]
    retry_after: float | None = None

    @classmethod
    def parse(cls, value: object, where: str = "history") -> History:
        """Read GraphQL's ``OrderHistory``, which is REST's and the WebSocket's too."""
        data = reading.mapping(value, where)
        changes = reading.sequence(data.get("changes"), f"{where}.changes")
        return cls(
            order_id=reading.text(data.get("orderId"), f"{where}.orderId"),
            version=reading.whole(data.get("version"), f"{where}.version"),
            changes=tuple(Change.parse(c, f"{where}.changes[{n}]") for n, c in enumerate(changes)),
        )
