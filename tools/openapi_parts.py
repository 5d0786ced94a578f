"""What several operations of the REST API have in common: parameters, headers, refusals, examples."""

from __future__ import annotations

from chalicelib import inputs, problems
from orders.errors import (
    IdempotencyConflict,
    InvalidOrder,
    InvalidRequest,
    InvalidWebhook,
    OrderNotCancellable,
    OrderNotDecidable,
    OrderNotFound,
    OrderNotFulfillable,
    OrderNotRedrivable,
    OrderwireError,
    StaffOnly,
    TryAgain,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
    WebhooksOff,
)
from orders.model import ChangeOrder, ChangeOrigin, CustomerId, OrderId, Timestamp, changed, received
from orders.parsing import parse_order
from orders.ports import Recorded
from orders.reading import LARGEST_PAGE, PAGE
from orders.status import FailureReason, OrderStatus
from orders.webhooks.model import MOST_WEBHOOKS
from tools.openapi_schemas import Json, reference

ORDER_ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
NEW_ORDER: Json = {
    "currency": "EUR",
    "items": [
        {"sku": "TEA-1", "name": "Tea 🍵", "quantity": 2, "unitPrice": 450},
        {"sku": "CUP-7", "name": "Cup", "quantity": 1, "unitPrice": 1200},
    ],
    "cardToken": "tok_approve",
}


def an_order(*targets: OrderStatus) -> Recorded:
    """Return the order of the examples, after the changes into ``targets``."""
    contents = parse_order(
        NEW_ORDER,
        customer_id=CustomerId("6f0e1a5c-ada0-4c1e-9f3e-000000000001"),
        at=Timestamp("2026-11-20T18:00:00.000Z"),
        order_id=ORDER_ID,
    )
    state = received(contents)
    for second, target in enumerate(targets, 1):
        at = Timestamp(f"2026-11-20T18:00:{second:02}.250Z")
        reason = {
            OrderStatus.CANCELLED: FailureReason.CUSTOMER_REQUEST,
            OrderStatus.REJECTED: FailureReason.NOT_APPROVED,
        }.get(target)
        state = changed(state, ChangeOrder(target, at, ChangeOrigin("example", target), reason))
    return Recorded(contents, state)


def _whole(name: str, low: int, high: int, default: int, description: str) -> Json:
    schema: Json = {"type": "integer", "minimum": low, "maximum": high, "default": default}
    return {"name": name, "in": "query", "description": description, "schema": schema}


WEBHOOK_ID = "7c1e2f30-4b5a-4c6d-8e7f-901a2b3c4d5e"

PARAMETERS: dict[str, Json] = {
    "WebhookId": {
        "name": "webhook_id",
        "in": "path",
        "required": True,
        "description": "The id that its registration answered.",
        "schema": {"type": "string", "format": "uuid"},
        "example": WEBHOOK_ID,
    },
    "OrderId": {
        "name": "order_id",
        "in": "path",
        "required": True,
        "description": "The order's id: the `Idempotency-Key` that it was submitted with.",
        "schema": {"type": "string", "format": "uuid"},
        "example": ORDER_ID,
    },
    "IdempotencyKey": {
        "name": inputs.IDEMPOTENCY_KEY,
        "in": "header",
        "required": True,
        "description": "A UUID that you make. It becomes the order's id: keep it, and send the same again "
        "when in doubt. It may stand in quotes.",
        "schema": {"type": "string", "format": "uuid"},
        "example": ORDER_ID,
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": f"`wait=N`: answer when the order has come to its end, after N seconds at the latest "
        f"({inputs.MAX_WAIT} at most). Other preferences are ignored (RFC 7240).",
        "schema": {"type": "string"},
        "example": "wait=20",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` that you have, or several: 304 when the order's is among them.",
        "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'},
        "example": '"3"',
    },
    "Wait": _whole(
        "wait",
        0,
        inputs.MAX_WAIT,
        0,
        "Long poll: answer when there is a version after `after` (or other than those of `If-None-Match`), "
        "when the order has come to its end, or after so many seconds.",
    ),
    "After": _whole(
        "after",
        0,
        inputs.MAX_VERSION,
        0,
        "The version that you have; 0 for none. It counts with `wait`.",
    ),
    "HistoryAfter": _whole("after", 0, inputs.MAX_VERSION, 0, "The version that you have; 0 for none."),
    "Status": {
        "name": "status",
        "in": "query",
        "description": "Only orders in this status. A page may then hold fewer than `limit`, even none.",
        "schema": reference("OrderStatus"),
    },
    "Limit": _whole("limit", 1, LARGEST_PAGE, PAGE, "How many orders to read for a page."),
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The `nextCursor` of the page before.",
        "schema": {"type": "string"},
    },
}

HEADERS: dict[str, Json] = {
    "ETag": {
        "description": "The order's version, in quotes.",
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]*"$'},
        "example": '"3"',
    },
    "Location": {
        "description": "The order's path.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": f"/api/orders/{ORDER_ID}",
    },
    "RetryAfter": {
        "description": "Seconds after which it is worth asking again; missing when nothing more will come.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "PreferenceApplied": {
        "description": "The preference that was heeded, with the seconds that were granted.",
        "schema": {"type": "string", "pattern": "^wait=[0-9]+$"},
        "example": "wait=20",
    },
    "CacheControl": {"description": "Who may keep the answer.", "schema": {"type": "string"}},
}


def _problem(description: str, example: problems.Problem, *, retry: bool = False) -> Json:
    content: Json = {"schema": reference("Problem"), "example": dict(example)}
    response: Json = {"description": description, "content": {problems.CONTENT_TYPE: content}}
    return {**response, "headers": {"Retry-After": reference("RetryAfter", "headers")}} if retry else response


def _gateway(description: str, message: str) -> Json:
    content: Json = {"schema": reference("GatewayMessage"), "example": {"message": message}}
    return {"description": description, "content": {"application/json": content}}


_NOT_SIGNED_IN = problems.refusal(401, "Send an id token of this application's user pool as Authorization.")

RESPONSES: dict[str, Json] = {
    "InvalidRequest": _problem(
        "A parameter, a header or the body cannot be read. `errorInfo` says which and why.",
        problems.problem_of(InvalidRequest("must be 0 to 25", path="wait", code=inputs.Code.OUT_OF_RANGE)),
    ),
    "Unauthorized": {
        "description": "No token, or an invalid one. API Gateway answers most of these.",
        "content": {
            "application/json": {
                "schema": reference("GatewayMessage"),
                "example": {"message": "Unauthorized"},
            },
            problems.CONTENT_TYPE: {"schema": reference("Problem"), "example": dict(_NOT_SIGNED_IN)},
        },
    },
    "OrderNotFound": _problem(
        "There is no such order, or it is not yours: the two cannot be distinguished.",
        problems.problem_of(OrderNotFound()),
    ),
    "IdempotencyConflict": _problem(
        "The key names another order already.", problems.problem_of(IdempotencyConflict())
    ),
    "OrderNotCancellable": _problem(
        "The order has gone too far. `errorInfo` has its status.",
        problems.problem_of(OrderNotCancellable(OrderStatus.PACKED)),
    ),
    "OrderNotDecidable": _problem(
        "The order awaits no decision, or has another one. `errorInfo` has its status.",
        problems.problem_of(OrderNotDecidable(OrderStatus.EXPIRED)),
    ),
    "OrderNotFulfillable": _problem(
        "The order is not confirmed yet, was cancelled, or failed. `errorInfo` has its status.",
        problems.problem_of(OrderNotFulfillable(OrderStatus.CANCELLED)),
    ),
    "OrderNotRedrivable": _problem(
        "Its workflow has nothing to take up. `errorInfo` has the order's status, and as `reason` one of "
        "FINAL, RUNNING and NOTHING_TO_REDRIVE.",
        problems.problem_of(OrderNotRedrivable(OrderStatus.VALIDATED, "RUNNING", "its workflow still runs")),
    ),
    "StaffOnly": _problem("Only staff may do this.", problems.problem_of(StaffOnly("decide on orders"))),
    "ContentTooLarge": _problem(
        "The body is larger than any order.",
        problems.refusal(413, f"An order has at most {inputs.MAX_BODY} bytes."),
    ),
    "UnsupportedMediaType": _problem(
        "The body is not `application/json`.", problems.refusal(415, "Send the body as application/json.")
    ),
    "InvalidOrder": _problem(
        "The shop cannot take this order. `errorInfo` has the place and a code for programs.",
        problems.problem_of(
            InvalidOrder("must be 1 to 999", path="body.items[1].quantity", code="QUANTITY_RANGE")
        ),
    ),
    "InvalidWebhook": _problem(
        "The webhook cannot be registered. `errorInfo` has the place and a code for programs.",
        problems.problem_of(InvalidWebhook("must begin with https://", path="body.url", code="NOT_HTTPS")),
    ),
    "WebhookNotFound": _problem(
        "There is no such webhook, or it is not yours: the two cannot be distinguished. Or `webhooks-off`.",
        problems.problem_of(WebhookNotFound()),
    ),
    "WebhookNotVerified": _problem(
        "The endpoint did not answer the challenge: `errorInfo` has as `reason` NO_ANSWER or WRONG_ANSWER. "
        "Or its topic is full: `webhook-quota-exceeded`, of `scope` TOPIC.",
        problems.problem_of(WebhookNotVerified("NO_ANSWER")),
    ),
    "WebhookQuotaExceeded": _problem(
        "There are as many webhooks as there may be. `errorInfo` has the `limit` and its `scope`, CUSTOMER.",
        problems.problem_of(WebhookQuotaExceeded("CUSTOMER", MOST_WEBHOOKS)),
    ),
    "WebhooksOff": _problem("Webhooks are switched off here.", problems.problem_of(WebhooksOff())),
    "TooManyRequests": _gateway("API Gateway's limit; wait and send it again.", "Too Many Requests"),
    "InternalError": _problem(
        "Our fault. Sending the same again is safe.", problems.problem_of(OrderwireError())
    ),
    "TryAgain": _problem(
        "It may work in a moment. Send exactly the same again: nothing happens twice.",
        problems.problem_of(TryAgain()),
        retry=True,
    ),
    "GatewayTimeout": _gateway("API Gateway waited for 29 s.", "Endpoint request timed out"),
}
