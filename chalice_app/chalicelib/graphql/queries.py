"""The contract's queries: what they do, then what they are called."""

from __future__ import annotations

from typing import Annotated

import strawberry

from chalicelib.graphql.context import RequestInfo
from chalicelib.graphql.enums import OrderStatus
from chalicelib.graphql.errors import BadLimit, BadToken
from chalicelib.graphql.traces import OrderTrace
from chalicelib.graphql.types import UNSET, Order, OrderHistory, OrderPage, OrderStatusChange
from chalicelib.graphql.webhooks import Webhook, webhooks
from orders.errors import InvalidRequest, OrderNotFound
from orders.reading import LARGEST_PAGE, PAGE, find_state, list_orders
from orders.status import OrderStatus as Status
from orders.tracing.reading import trace_order

Limit = Annotated[
    int | None,
    strawberry.argument(
        description="How many orders to read for a page, 1 to 100. With `status` a page may hold fewer."
    ),
]
NextToken = Annotated[str | None, strawberry.argument(description="The `nextToken` of the page before.")]


def _order(info: RequestInfo, id: strawberry.ID) -> Order | None:
    info.context.count()
    try:
        return Order.of(find_state(id, info.context.caller, info.context.store))
    except OrderNotFound:
        return None


def _orders(
    info: RequestInfo,
    status: OrderStatus | None = UNSET,
    limit: Limit = PAGE,
    next_token: NextToken = UNSET,
) -> OrderPage:
    info.context.count()
    # An explicit null beats the default that the schema declares.
    wanted = PAGE if limit is None else limit
    if not 1 <= wanted <= LARGEST_PAGE:
        raise BadLimit(LARGEST_PAGE, wanted)
    try:
        page = list_orders(
            info.context.caller,
            info.context.store,
            status=Status[status.name] if status else None,
            limit=wanted,
            cursor=next_token or None,
        )
    except InvalidRequest:
        raise BadToken from None
    return OrderPage(orders=[Order.of(state) for state in page.orders], next_token=page.cursor)


def _order_history(
    info: RequestInfo, id: strawberry.ID, after_version: int | None = 0
) -> OrderHistory | None:
    info.context.count()
    try:
        state = find_state(id, info.context.caller, info.context.store)
    except OrderNotFound:
        return None
    return OrderHistory(
        order_id=strawberry.ID(state.order_id),
        version=state.version,
        changes=[OrderStatusChange.of(change) for change in state.changes_after(after_version or 0)],
    )


def _order_trace(info: RequestInfo, id: strawberry.ID) -> OrderTrace | None:
    info.context.count()
    context = info.context
    try:
        trace = trace_order(id, context.caller, context.store, context.executions(), context.spans())
        return OrderTrace.of(trace)
    except OrderNotFound:
        return None


@strawberry.type
class Query:
    """GraphQL's `Query`."""

    order: Order | None = strawberry.field(
        resolver=_order,
        description="One order, or null when there is none or it is not yours; the answer is the same.",
    )
    orders: OrderPage = strawberry.field(
        resolver=_orders,
        description="Your orders, newest first, a page at a time; with `status`, those in that status alone.",
    )
    order_history: OrderHistory | None = strawberry.field(
        resolver=_order_history,
        description=(
            "What happened to an order after a version you have, oldest first. A client that sees a gap\n"
            "between two versions asks here; with `afterVersion: 0` it gets everything.\n"
            "Null when there is no such order or it is not yours."
        ),
    )
    order_trace: OrderTrace | None = strawberry.field(
        resolver=_order_trace,
        description=(
            "What an order's workflow went through, state by state; for staff alone. Null when there is no "
            "such order.\n\n"
            "Errors: StaffOnly; TryAgain and InternalError as below."
        ),
    )
    webhooks: list[Webhook] = strawberry.field(
        resolver=webhooks,
        description=(
            "Your webhooks, oldest first; at most 5. Each has the status that its subscription has now.\n\n"
            "Errors: WebhooksOff; TryAgain and InternalError as below."
        ),
    )
