"""The contract's subscriptions, executed once for each that begins.

API Gateway keeps the connection, and no server of ours lives as long as one: so there is no stream to
iterate. A subscription is executed by the schema on one event that stands for any; its fields hold marks
in the place of values, and where a mark comes out is where fan-out puts the value.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, TypeAlias

import strawberry
from strawberry.types import Info

from chalicelib.graphql.enums import FailureReason, OrderStatus
from chalicelib.graphql.errors import TypedError
from chalicelib.graphql.types import UNSET, OrderStatusChange
from orders.errors import InvalidOrder
from orders.model import OrderId, Timestamp
from orders.operations import TYPE, TYPENAME
from orders.parsing import parse_order_id

MARKS: Final[dict[object, str]] = {
    "\0orderId": "orderId",
    "\0customerId": "customerId",
    -1: "version",
    "RECEIVED": "status",
    "\0at": "at",
    "INTERNAL_ERROR": "reason",
    TYPE: TYPENAME,
}
"""What each field of the event comes out as, and the field: no two are alike."""


@dataclass(slots=True)
class Following:
    """The context of a subscription: what its arguments came to.

    Attributes
    ----------
    order_id : OrderId or None
        The one order that is asked for.
    statuses : tuple of str
        The statuses that are asked for; empty for all.
    """

    order_id: OrderId | None = None
    statuses: tuple[str, ...] = ()


Events: TypeAlias = AsyncGenerator[OrderStatusChange | None, None]


async def _on_order_status(info: Info[Following, None], order_id: strawberry.ID) -> Events:
    try:
        info.context.order_id = parse_order_id(order_id, "orderId")
    except InvalidOrder:
        # AppSync's resolver says it so.
        raise TypedError(
            "orderId must be a UUID: the clientToken of the order", "BadRequest", {"path": "orderId"}
        ) from None
    yield _any_event()


async def _on_my_orders(info: Info[Following, None], statuses: list[OrderStatus] | None = UNSET) -> Events:
    chosen = tuple(dict.fromkeys(status.name for status in statuses or ()))
    info.context.statuses = () if len(chosen) == len(OrderStatus) else chosen
    yield _any_event()


def _any_event() -> OrderStatusChange:
    return OrderStatusChange(
        order_id=strawberry.ID("\0orderId"),
        customer_id=strawberry.ID("\0customerId"),
        version=-1,
        status=OrderStatus.RECEIVED,
        at=Timestamp("\0at"),
        reason=FailureReason.INTERNAL_ERROR,
    )


@strawberry.type
class Subscription:
    """GraphQL's `Subscription`."""

    on_order_status = strawberry.subscription(
        resolver=_on_order_status,
        description=(
            "The changes of one order from now on. You may subscribe before you submit: the order is not\n"
            "looked up, its owner is part of the filter."
        ),
    )
    on_my_orders = strawberry.subscription(
        resolver=_on_my_orders,
        description=(
            "The changes of all your orders from now on; with `statuses`, only those into one of them."
        ),
    )
