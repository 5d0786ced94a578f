"""The operations of the REST API that are for staff."""

from __future__ import annotations

from orders.approval import MAX_NOTE
from orders.fulfilling import FulfilmentKind
from orders.origins import Workflow
from orders.status import OrderStatus
from orders.tracing.definition import graph_of
from orders.tracing.model import ExecutionOutcome, Source, Step, StepOutcome, Trace
from orders.tracing.views import OrderTraceView, trace_view
from orders.views import OrderView, order_view
from tools.openapi_operations import answer, operation
from tools.openapi_parts import ORDER_ID, an_order
from tools.openapi_schemas import Json, Schemas, reference

_S = OrderStatus
UNDER_WAY = an_order(_S.VALIDATED, _S.CONFIRMED)
ORDER = {"parameters": [reference("OrderId", "parameters")]}


def staff_paths(schemas: Schemas) -> dict[str, Json]:
    """Return the operations of staff, by path and method."""
    order = "/orders/{order_id}"
    return {
        f"{order}/decision": {**ORDER, "post": _decide(schemas)},
        f"{order}/fulfilment": {**ORDER, "post": _fulfil(schemas)},
        f"{order}/trace": {**ORDER, "get": _trace(schemas)},
        f"{order}/redrive": {**ORDER, "post": _redrive(schemas)},
    }


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
                "description": "For the shop's own records: the customer does not see it.",
            },
        },
    }
    return operation(
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
            "200": answer(
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
    return operation(
        "reportFulfilment",
        "orders",
        "Report that an order is packed, shipped or delivered",
        "For staff; systems put the same event on the bus. Reports may come twice and in any order: a later "
        "one stands for those before it, and what the order has been already changes nothing.",
        body={"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        responses={
            "200": answer(
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
    return operation(
        "redriveOrder",
        "orders",
        "Have an order's workflow go on that ended by our own fault",
        "For staff, once what broke it is mended: it goes on from the step that failed, and does nothing "
        "twice. While it goes on, the same again is answered the same.",
        responses={
            "202": answer(
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
    return operation(
        "getOrderTrace",
        "orders",
        "What an order's workflow went through",
        "For staff. An order without a history (an Express one, or one older than 90 days) is shown by its "
        "own changes.",
        responses={
            "200": answer(
                "The states, and the steps that the order took.",
                schemas.of(OrderTraceView),
                trace_view(example),
                headers=("CacheControl",),
            ),
            "403": "StaffOnly",
            "404": "OrderNotFound",
        },
    )
