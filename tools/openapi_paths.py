"""The operations of the REST API, each with all that it may answer."""

from __future__ import annotations

from chalicelib.documents import OrderHistory, OrderPage, WebSocketTicket, history
from orders.connections import TICKET_LIFE
from orders.status import OrderStatus
from orders.views import OrderView, order_view, state_view
from tools.openapi_operations import answer, headers_of, operation
from tools.openapi_parts import NEW_ORDER, an_order
from tools.openapi_schemas import Json, Schemas, reference
from tools.openapi_staff import staff_paths
from tools.openapi_webhooks import webhook_paths

_S = OrderStatus
UNDER_WAY = an_order(_S.VALIDATED, _S.CONFIRMED)
DONE = an_order(_S.VALIDATED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED)


def paths(schemas: Schemas) -> dict[str, Json]:
    """Return all operations, by path and method."""
    return {
        "/orders": {"post": _submit(schemas), "get": _list(schemas)},
        "/orders/{order_id}": {
            "parameters": [reference("OrderId", "parameters")],
            "get": _get(schemas),
            "delete": _cancel(schemas),
        },
        "/orders/{order_id}/history": {
            "parameters": [reference("OrderId", "parameters")],
            "get": _history(schemas),
        },
        **staff_paths(schemas),
        **webhook_paths(schemas),
        "/ws-tickets": {"post": _ticket(schemas)},
        "/openapi.json": {"get": _openapi()},
    }


def _submit(schemas: Schemas) -> Json:
    order = schemas.of(OrderView)
    accepted = an_order()
    return operation(
        "submitOrder",
        "orders",
        "Submit an order",
        "Records the order and hands it on to a worker, which starts its workflow. The same again (same key, "
        "same body, same customer) answers the same order, whatever has become of it; nothing happens twice. "
        "After a 5xx or no answer at all, send exactly the same again.",
        parameters=("IdempotencyKey", "Prefer"),
        body={
            "required": True,
            "description": "At most 512 KiB.",
            "content": {"application/json": {"schema": reference("NewOrder"), "example": NEW_ORDER}},
        },
        responses={
            "200": answer(
                "The order has come to its end: it did while the request waited, or had before.",
                order,
                order_view(DONE.contents, DONE.state),
                headers=("Location", "PreferenceApplied", "CacheControl"),
                links=True,
            ),
            "202": answer(
                "The order is recorded and under way. `Location` says where to follow it.",
                order,
                order_view(accepted.contents, accepted.state),
                headers=("Location", "RetryAfter", "PreferenceApplied", "CacheControl"),
                links=True,
            ),
            "400": "InvalidRequest",
            "409": "IdempotencyConflict",
            "413": "ContentTooLarge",
            "415": "UnsupportedMediaType",
            "422": "InvalidOrder",
        },
    )


def _list(schemas: Schemas) -> Json:
    return operation(
        "listOrders",
        "orders",
        "Your orders, newest first, a page at a time",
        "An order may be missing for a moment after its submission.",
        parameters=("Status", "Limit", "Cursor"),
        responses={
            "200": answer(
                "A page.",
                schemas.of(OrderPage),
                OrderPage(orders=[state_view(UNDER_WAY.state)], nextCursor=None),
                headers=("CacheControl",),
            ),
            "400": "InvalidRequest",
        },
    )


def _get(schemas: Schemas) -> Json:
    return operation(
        "getOrder",
        "orders",
        "One order, at once or when there is something new",
        "Polling: send the `ETag` as `If-None-Match`, and ask again after `Retry-After`. Long polling: say "
        "with `wait` how long, and with `after` or `If-None-Match` what you have. Either way `history` has "
        "the changes that you did not see happen.",
        parameters=("IfNoneMatch", "Wait", "After"),
        responses={
            "200": answer(
                "The order.",
                schemas.of(OrderView),
                order_view(UNDER_WAY.contents, UNDER_WAY.state),
                headers=("ETag", "RetryAfter", "CacheControl"),
            ),
            "304": {
                "description": "You have it.",
                "headers": headers_of(("ETag", "RetryAfter", "CacheControl")),
            },
            "400": "InvalidRequest",
            "404": "OrderNotFound",
        },
    )


def _cancel(schemas: Schemas) -> Json:
    cancelled = an_order(_S.CANCELLED)
    return operation(
        "cancelOrder",
        "orders",
        "Cancel an order that is not packed yet",
        "Stock and payment are given back. Cancelling a cancelled order answers that order.",
        responses={
            "200": answer(
                "The order, cancelled.",
                schemas.of(OrderView),
                order_view(cancelled.contents, cancelled.state),
                headers=("ETag", "CacheControl"),
            ),
            "404": "OrderNotFound",
            "409": "OrderNotCancellable",
        },
    )


def _history(schemas: Schemas) -> Json:
    return operation(
        "getOrderHistory",
        "orders",
        "What happened to an order after a version",
        "A client that sees a gap between two versions asks here.",
        parameters=("HistoryAfter",),
        responses={
            "200": answer(
                "The changes, oldest first.",
                schemas.of(OrderHistory),
                history(UNDER_WAY.state, 1),
                headers=("RetryAfter", "CacheControl"),
            ),
            "400": "InvalidRequest",
            "404": "OrderNotFound",
        },
    )


def _ticket(schemas: Schemas) -> Json:
    life = int(TICKET_LIFE.total_seconds())
    example = WebSocketTicket(ticket="f3oUYzqH0m9kS1bX2vT4wA5cD6eF7gH8iJ9kL0mN1oP", expiresIn=life)
    return operation(
        "issueTicket",
        "websocket",
        "A ticket that opens one WebSocket connection",
        f"Connect with `?ticket=…` within {life} s; it works once.",
        responses={
            "201": answer("The ticket.", schemas.of(WebSocketTicket), example, headers=("CacheControl",))
        },
    )


def _openapi() -> Json:
    return {
        "operationId": "getDescription",
        "tags": ["description"],
        "summary": "This document",
        "security": [],
        "responses": {
            "200": {
                "description": "OpenAPI 3.1.",
                "headers": headers_of(("CacheControl",)),
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "429": reference("TooManyRequests", "responses"),
            "500": reference("InternalError", "responses"),
        },
    }
