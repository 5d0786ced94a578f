"""The one table from what can go wrong to the caller's error, on every way in.

A test proves that no error of the tree is unmapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from orders.errors import (
    AnalyticsOff,
    CallerError,
    ChangeRefused,
    ConfigurationError,
    DeadLettersNotFound,
    FileFault,
    FulfilmentError,
    IdempotencyConflict,
    IllegalChange,
    ImportNotCancellable,
    ImportNotFound,
    ImportsOff,
    InvalidFrame,
    InvalidImport,
    InvalidOrder,
    InvalidRequest,
    InvalidWebhook,
    LetterStays,
    OrderNotCancellable,
    OrderNotDecidable,
    OrderNotFound,
    OrderNotFulfillable,
    OrderNotRedrivable,
    OrderwireError,
    PublishError,
    StaffBoardOff,
    StaffOnly,
    TicketRefused,
    TooManySubscriptions,
    TryAgain,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
    WebhooksOff,
)


@dataclass(frozen=True, slots=True)
class ErrorDescription:
    """What a kind of error is called, wherever it is reported.

    Attributes
    ----------
    graphql : str
        GraphQL's errorType.
    status : int
        The HTTP status.
    problem, title : str
        A problem document's ``type`` and ``title`` (RFC 9457).
    websocket : str
        The code of a WebSocket error frame.
    """

    graphql: str
    status: int
    problem: str
    title: str
    websocket: str


def _described(
    name: str, status: int, problem: str, title: str, *, graphql: str | None = None
) -> ErrorDescription:
    return ErrorDescription(graphql or name, status, f"urn:orderwire:problem:{problem}", title, name)


INTERNAL = _described("InternalError", 500, "internal-error", "Something went wrong on our side")
"""What is our fault: the caller learns nothing but that it may try again."""

BUSY = _described("TryAgain", 503, "try-again", "Too much at once")
"""What may work in a moment."""

ANSWERS: dict[type[OrderwireError], ErrorDescription] = {
    InvalidOrder: _described("InvalidOrder", 422, "invalid-order", "The order cannot be taken"),
    # AppSync's resolvers call it by the name that AppSync has for it.
    InvalidRequest: _described(
        "InvalidRequest", 400, "invalid-request", "The request cannot be answered", graphql="BadRequest"
    ),
    InvalidFrame: _described(
        "InvalidFrame", 400, "invalid-frame", "The frame cannot be read", graphql="BadRequest"
    ),
    InvalidWebhook: _described("InvalidWebhook", 422, "invalid-webhook", "The webhook cannot be registered"),
    IdempotencyConflict: _described(
        "IdempotencyConflict", 409, "idempotency-conflict", "The key was used for another order"
    ),
    OrderNotFound: _described("OrderNotFound", 404, "order-not-found", "There is no such order"),
    OrderNotCancellable: _described(
        "OrderNotCancellable", 409, "order-not-cancellable", "The order can no longer be cancelled"
    ),
    OrderNotDecidable: _described(
        "OrderNotDecidable", 409, "order-not-decidable", "The order awaits no such decision"
    ),
    OrderNotFulfillable: _described(
        "OrderNotFulfillable", 409, "order-not-fulfillable", "No parcel of the order is under way"
    ),
    OrderNotRedrivable: _described(
        "OrderNotRedrivable", 409, "order-not-redrivable", "The order's workflow has nothing to take up"
    ),
    StaffOnly: _described("StaffOnly", 403, "staff-only", "This is for staff alone"),
    DeadLettersNotFound: _described(
        "DeadLettersNotFound", 404, "dead-letters-not-found", "There is no such place of dead letters"
    ),
    TicketRefused: _described("TicketRefused", 401, "ticket-refused", "The ticket opens no connection"),
    TooManySubscriptions: _described(
        "TooManySubscriptions", 429, "too-many-subscriptions", "The connection follows too many orders"
    ),
    WebhookNotFound: _described("WebhookNotFound", 404, "webhook-not-found", "There is no such webhook"),
    WebhookNotVerified: _described(
        "WebhookNotVerified", 409, "webhook-not-verified", "The endpoint did not answer the challenge"
    ),
    WebhookQuotaExceeded: _described(
        "WebhookQuotaExceeded", 409, "webhook-quota-exceeded", "There are as many webhooks as there may be"
    ),
    WebhooksOff: _described("WebhooksOff", 404, "webhooks-off", "Webhooks are switched off here"),
    AnalyticsOff: _described("AnalyticsOff", 404, "analytics-off", "Analytics are switched off here"),
    StaffBoardOff: _described(
        "StaffBoardOff", 404, "staff-board-off", "The list of everyone's orders is switched off here"
    ),
    InvalidImport: _described("InvalidImport", 422, "invalid-import", "The file cannot be imported"),
    ImportNotFound: _described("ImportNotFound", 404, "import-not-found", "There is no such import"),
    ImportNotCancellable: _described(
        "ImportNotCancellable", 409, "import-not-cancellable", "The import has ended"
    ),
    ImportsOff: _described("ImportsOff", 404, "imports-off", "Imports are switched off here"),
    TryAgain: BUSY,
    FulfilmentError: INTERNAL,
    ChangeRefused: INTERNAL,
    IllegalChange: INTERNAL,
    PublishError: INTERNAL,
    LetterStays: INTERNAL,
    FileFault: INTERNAL,
    ConfigurationError: INTERNAL,
}


class ErrorAnswer(TypedDict):
    """What a resolver hands to ``util.error``."""

    type: str
    message: str
    info: dict[str, str] | None


def answer_for(error: Exception) -> ErrorDescription:
    """Return what ``error`` is called: by its class, or the nearest class above it."""
    for kind in type(error).__mro__:
        if kind in ANSWERS:
            return ANSWERS[kind]
    return INTERNAL


def message_for(error: Exception, *, otherwise: str) -> str:
    """Return the words for the caller; ``otherwise`` for internal details."""
    if isinstance(error, CallerError):
        return str(error)
    if isinstance(error, TryAgain):
        return "Too much at once: send it again in a moment."
    return otherwise


NOT_TAKEN = "The order could not be taken: send it again, with the same clientToken."


def to_answer(error: Exception, *, otherwise: str = NOT_TAKEN) -> ErrorAnswer:
    """Return the error for GraphQL's callers; nothing of what is ours alone."""
    return {
        "type": answer_for(error).graphql,
        "message": message_for(error, otherwise=otherwise),
        "info": (error.info or None) if isinstance(error, CallerError) else None,
    }
