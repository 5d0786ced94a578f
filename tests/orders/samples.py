"""Orders to test with."""

from __future__ import annotations

from uuid import uuid4

from orders.fields import OptionalFields, optional_view
from orders.model import ChangeOrder, ChangeOrigin, CustomerId, OrderContents, OrderId, OrderItem, Timestamp
from orders.status import FailureReason, OrderStatus

AT = Timestamp("2026-11-20T18:00:00.000Z")
LATER = Timestamp("2026-11-20T18:00:07.250Z")
ADA = CustomerId("6f0e1a5c-ada0-4c1e-9f3e-000000000001")
GRACE = CustomerId("6f0e1a5c-9ace-4c1e-9f3e-000000000002")
TEA = OrderItem("TEA-1", "Tea 🍵", 2, 450)
CUP = OrderItem("CUP-7", "Cup", 1, 1200)


def an_order(
    order_id: str | None = None,
    *,
    customer: CustomerId = ADA,
    items: tuple[OrderItem, ...] = (TEA, CUP),
    card_token: str = "tok_approve",
) -> OrderContents:
    return OrderContents(
        order_id=OrderId(order_id or str(uuid4())),
        customer_id=customer,
        currency="EUR",
        items=items,
        card_token=card_token,
        created_at=AT,
    )


def a_reason(target: OrderStatus) -> FailureReason | None:
    return {
        OrderStatus.CANCELLED: FailureReason.CUSTOMER_REQUEST,
        OrderStatus.REJECTED: FailureReason.NOT_APPROVED,
        OrderStatus.EXPIRED: FailureReason.APPROVAL_TIMEOUT,
        OrderStatus.FAILED: FailureReason.OUT_OF_STOCK,
    }.get(target)


def to(target: OrderStatus, *, run: str = "run-1", step: str | None = None) -> ChangeOrder:
    return ChangeOrder(
        target=target,
        at=LATER,
        origin=ChangeOrigin(run, step or f"Mark{target.title()}"),
        reason=a_reason(target),
    )


def submission(**changes: object) -> dict[str, object]:
    """A `SubmitOrderInput` as it arrives."""
    return {
        "clientToken": "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b",
        "currency": "EUR",
        "items": [
            {"sku": "TEA-1", "name": "Tea 🍵", "quantity": 2, "unitPrice": 450},
            {"sku": "CUP-7", "name": "Cup", "quantity": 1, "unitPrice": 1200},
        ],
        "cardToken": "tok_approve",
        **changes,
    }


def order_document(order_id: OrderId, customer: str, **changes: object) -> dict[str, object]:
    """Return the view of :func:`an_order` as clients get it just after it was submitted."""
    first = {
        "orderId": order_id,
        "customerId": customer,
        "version": 1,
        "status": "RECEIVED",
        "at": AT,
        "reason": None,
    }
    return {
        "id": order_id,
        "customerId": customer,
        "status": "RECEIVED",
        "version": 1,
        "currency": "EUR",
        "total": 2100,
        "itemCount": 2,
        **optional_view(OptionalFields()),
        "items": [
            {"sku": "TEA-1", "name": "Tea 🍵", "quantity": 2, "unitPrice": 450},
            {"sku": "CUP-7", "name": "Cup", "quantity": 1, "unitPrice": 1200},
        ],
        "createdAt": AT,
        "updatedAt": AT,
        "reason": None,
        "history": [first],
        **changes,
    }
