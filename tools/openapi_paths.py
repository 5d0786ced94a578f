"""The operations of the REST API, each with all that it may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.documents import OrderHistory, OrderPage, WebSocketTicket, history, summary
from orders.approval import MAX_NOTE
from orders.connections import TICKET_LIFE
from orders.fulfilling import FulfilmentKind
from orders.status import OrderStatus
from orders.tracing.definition import graph_of
from orders.tracing.model import ExecutionOutcome, Source, Step, StepOutcome, Trace, Workflow
from orders.tracing.views import OrderTraceView, trace_view
from orders.views import OrderView, order_view
from tools.openapi_parts import NEW_ORDER, ORDER_ID, an_order
from tools.openapi_schemas import Json, Schemas, reference

_S = OrderStatus
UNDER_WAY = an_order(_S.VALIDATED, _S.CONFIRMED)
DONE = an_order(_S.VALIDATED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED)

EVERYWHERE = {
    "401": "Unauthorized",
    "429": "TooManyRequests",
    "500": "InternalError",
    "503": "TryAgain",
    "504": "GatewayTimeout",
}
"""What may happen to any request of somebody."""

_WRITTEN = {
    "RetryAfter": "Retry-After",
    "PreferenceApplied": "Preference-Applied",
    "CacheControl": "Cache-Control",
}


def paths(schemas: Schemas) -> dict[str, Json]:
    """Return all operations, by path and method."""
    return {
        "/orders": {"post": _submit(schemas), "get": _list(schemas)},
        "/orders/{order_id}": {
            "parameters": [reference("OrderId", "parameters")],
            "get": _get(schemas),
            "delete": _cancel(schemas),
        },
        "/orders/{order_id}/decision": {
            "parameters": [reference("OrderId", "parameters")],
            "post": _decide(schemas),
        },
        "/orders/{order_id}/fulfilment": {
            "parameters": [reference("OrderId", "parameters")],
            "post": _fulfil(schemas),
        },
        "/orders/{order_id}/history": {
            "parameters": [reference("OrderId", "parameters")],
            "get": _history(schemas),
        },
        "/orders/{order_id}/trace": {
            "parameters": [reference("OrderId", "parameters")],
            "get": _trace(schemas),
        },
        "/orders/{order_id}/redrive": {
            "parameters": [reference("OrderId", "parameters")],
            "post": _redrive(schemas),
        },
        "/ws-tickets": {"post": _ticket(schemas)},
        "/openapi.json": {"get": _openapi()},
    }


def _submit(schemas: Schemas) -> Json:
    order = schemas.of(OrderView)
    accepted = an_order()
    return _operation(
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
            "200": _answer(
                "The order has come to its end: it did while the request waited, or had before.",
                order,
                order_view(DONE.contents, DONE.state),
                headers=("Location", "PreferenceApplied", "CacheControl"),
                links=True,
            ),
            "202": _answer(
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
    return _operation(
        "listOrders",
        "orders",
        "Your orders, newest first, a page at a time",
        "An order may be missing for a moment after its submission.",
        parameters=("Status", "Limit", "Cursor"),
        responses={
            "200": _answer(
                "A page.",
                schemas.of(OrderPage),
                OrderPage(orders=[summary(UNDER_WAY.state)], nextCursor=None),
                headers=("CacheControl",),
            ),
            "400": "InvalidRequest",
        },
    )


def _get(schemas: Schemas) -> Json:
    return _operation(
        "getOrder",
        "orders",
        "One order, at once or when there is something new",
        "Polling: send the `ETag` as `If-None-Match`, and ask again after `Retry-After`. Long polling: say "
        "with `wait` how long, and with `after` or `If-None-Match` what you have. Either way `history` has "
        "the changes that you did not see happen.",
        parameters=("IfNoneMatch", "Wait", "After"),
        responses={
            "200": _answer(
                "The order.",
                schemas.of(OrderView),
                order_view(UNDER_WAY.contents, UNDER_WAY.state),
                headers=("ETag", "RetryAfter", "CacheControl"),
            ),
            "304": {
                "description": "You have it.",
                "headers": _headers(("ETag", "RetryAfter", "CacheControl")),
            },
            "400": "InvalidRequest",
            "404": "OrderNotFound",
        },
    )


def _cancel(schemas: Schemas) -> Json:
    cancelled = an_order(_S.CANCELLED)
    return _operation(
        "cancelOrder",
        "orders",
        "Cancel an order that is not packed yet",
        "Stock and payment are given back. Cancelling a cancelled order answers that order.",
        responses={
            "200": _answer(
                "The order, cancelled.",
                schemas.of(OrderView),
                order_view(cancelled.contents, cancelled.state),
                headers=("ETag", "CacheControl"),
            ),
            "404": "OrderNotFound",
            "409": "OrderNotCancellable",
        },
    )


def _decide(schemas: Schemas) -> Json:
    rejected = an_order(_S.VALIDATED, _S.AWAITING_APPROVAL, _S.REJECTED)
    schema: Json = {
        "type": "object",
        "required": ["decision"],
        "additionalProperties": False,
        "properties": {
            "decision": schemas.enum("Decision"),
            "reason": {
                "type": ["string", "null"],
                "maxLength": MAX_NOTE,
                "description": "For the shop's own records: the customer is not told.",
            },
        },
    }
    return _operation(
        "decideOrder",
        "orders",
        "Approve or reject an order that awaits it",
        "For staff. Deciding the same again answers the order.",
        body={
            "required": True,
            "content": {
                "application/json": {"schema": schema, "example": {"decision": "REJECT", "reason": "Fraud."}}
            },
        },
        responses={
            "200": _answer(
                "The order, decided.",
                schemas.of(OrderView),
                order_view(rejected.contents, rejected.state),
                headers=("ETag", "RetryAfter", "CacheControl"),
            ),
            "400": "InvalidRequest",
            "403": "StaffOnly",
            "404": "OrderNotFound",
            "409": "OrderNotDecidable",
            "413": "ContentTooLarge",
            "415": "UnsupportedMediaType",
        },
    )


def _fulfil(schemas: Schemas) -> Json:
    shipped = an_order(_S.VALIDATED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED)
    schema: Json = {
        "type": "object",
        "required": ["type", "eventId"],
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string", "enum": [kind.value for kind in FulfilmentKind]},
            "eventId": {
                "type": "string",
                "format": "uuid",
                "description": "A UUID that you make, and send again with the same report.",
            },
            "at": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When it happened; without it, now.",
            },
        },
    }
    example = {"type": "OrderShipped", "eventId": ORDER_ID, "at": "2026-11-20T18:00:04.250Z"}
    return _operation(
        "reportFulfilment",
        "orders",
        "Report that an order is packed, shipped or delivered",
        "For staff; systems put the same event on the bus. Reports may come twice and in any order: a later "
        "one stands for those before it, and what the order has been already changes nothing.",
        body={"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        responses={
            "200": _answer(
                "The order as it is now.",
                schemas.of(OrderView),
                order_view(shipped.contents, shipped.state),
                headers=("ETag", "RetryAfter", "CacheControl"),
            ),
            "400": "InvalidRequest",
            "403": "StaffOnly",
            "404": "OrderNotFound",
            "409": "OrderNotFulfillable",
            "413": "ContentTooLarge",
            "415": "UnsupportedMediaType",
        },
    )


def _redrive(schemas: Schemas) -> Json:
    stuck = an_order(_S.VALIDATED)
    return _operation(
        "redriveOrder",
        "orders",
        "Have an order's workflow go on that ended by our own fault",
        "For staff, once what broke it is mended: it goes on from the step that failed, and does nothing "
        "twice. While it goes on, the same again is answered the same.",
        responses={
            "202": _answer(
                "The order, whose workflow goes on.",
                schemas.of(OrderView),
                order_view(stuck.contents, stuck.state),
                headers=("ETag", "RetryAfter", "CacheControl"),
            ),
            "403": "StaffOnly",
            "404": "OrderNotFound",
            "409": "OrderNotRedrivable",
        },
    )


def _history(schemas: Schemas) -> Json:
    return _operation(
        "getOrderHistory",
        "orders",
        "What happened to an order after a version",
        "A client that sees a gap between two versions asks here.",
        parameters=("HistoryAfter",),
        responses={
            "200": _answer(
                "The changes, oldest first.",
                schemas.of(OrderHistory),
                history(UNDER_WAY.state, 1),
                headers=("RetryAfter", "CacheControl"),
            ),
            "400": "InvalidRequest",
            "404": "OrderNotFound",
        },
    )


def _trace(schemas: Schemas) -> Json:
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    at = UNDER_WAY.state.created_at
    example = Trace(
        order_id=UNDER_WAY.state.order_id,
        workflow=Workflow.STANDARD,
        source=Source.EXECUTION,
        outcome=ExecutionOutcome.SUCCEEDED,
        graph=graph_of(definition),
        steps=(Step(1, "Done", "Succeed", at, at, StepOutcome.SUCCEEDED),),
        started_at=at,
        ended_at=at,
    )
    return _operation(
        "getOrderTrace",
        "orders",
        "What an order's workflow went through",
        "For staff. An order without a history (an Express one, or one older than 90 days) is shown by its "
        "own changes.",
        responses={
            "200": _answer(
                "The states, and the steps that the order took.",
                schemas.of(OrderTraceView),
                trace_view(example),
                headers=("CacheControl",),
            ),
            "403": "StaffOnly",
            "404": "OrderNotFound",
        },
    )


def _ticket(schemas: Schemas) -> Json:
    life = int(TICKET_LIFE.total_seconds())
    example = WebSocketTicket(ticket="f3oUYzqH0m9kS1bX2vT4wA5cD6eF7gH8iJ9kL0mN1oP", expiresIn=life)
    return _operation(
        "issueTicket",
        "websocket",
        "A ticket that opens one WebSocket connection",
        f"Connect with `?ticket=…` within {life} s; it works once.",
        responses={
            "201": _answer("The ticket.", schemas.of(WebSocketTicket), example, headers=("CacheControl",))
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
                "headers": _headers(("CacheControl",)),
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "429": reference("TooManyRequests", "responses"),
            "500": reference("InternalError", "responses"),
        },
    }


def _operation(
    name: str,
    tag: str,
    summarized: str,
    description: str,
    *,
    responses: Mapping[str, Json | str],
    parameters: Sequence[str] = (),
    body: Json | None = None,
) -> Json:
    every: dict[str, Json] = {
        status: reference(answer, "responses") if isinstance(answer, str) else answer
        for status, answer in sorted({**responses, **EVERYWHERE}.items())
    }
    made: Json = {
        "operationId": name,
        "tags": [tag],
        "summary": summarized,
        "description": description,
        "parameters": [reference(parameter, "parameters") for parameter in parameters],
        "requestBody": body,
        "responses": every,
    }
    return {key: value for key, value in made.items() if value}


def _answer(
    description: str, schema: Json, example: object, *, headers: Sequence[str] = (), links: bool = False
) -> Json:
    made: Json = {
        "description": description,
        "headers": _headers(headers),
        "content": {"application/json": {"schema": schema, "example": example}},
    }
    if links:
        made["links"] = {
            operation: {"operationId": operation, "parameters": {"order_id": "$response.body#/id"}}
            for operation in ("getOrder", "getOrderHistory", "cancelOrder")
        }
    return made


def _headers(names: Sequence[str]) -> Json:
    return {_WRITTEN.get(name, name): reference(name, "headers") for name in names}
