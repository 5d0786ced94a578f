"""The one table from what can go wrong to what the caller is told.

The channels of later parts (HTTP problem documents, WebSocket error frames) add their column
here. A test proves that no error of the tree is unmapped.
"""

from __future__ import annotations

from typing import TypedDict

from orders.errors import (
    CallerError,
    ChangeRefused,
    ConfigurationError,
    FulfilmentError,
    IdempotencyConflict,
    IllegalChange,
    InvalidOrder,
    OrderNotCancellable,
    OrderNotFound,
    OrderwireError,
    PublishError,
    TryAgain,
)

INTERNAL = "InternalError"
"""GraphQL type of what is our fault: the caller learns nothing but that it may try again."""

BUSY = "TryAgain"
"""GraphQL type of what may work in a moment."""

GRAPHQL_TYPES: dict[type[OrderwireError], str] = {
    InvalidOrder: "InvalidOrder",
    IdempotencyConflict: "IdempotencyConflict",
    OrderNotFound: "OrderNotFound",
    OrderNotCancellable: "OrderNotCancellable",
    TryAgain: BUSY,
    FulfilmentError: INTERNAL,
    ChangeRefused: INTERNAL,
    IllegalChange: INTERNAL,
    PublishError: INTERNAL,
    ConfigurationError: INTERNAL,
}


class ErrorAnswer(TypedDict):
    """What a resolver hands to ``util.error``."""

    type: str
    message: str
    info: dict[str, str] | None


def graphql_type(error: Exception) -> str:
    """Return the errorType of ``error``: that of its class, or of the nearest class above it."""
    for kind in type(error).__mro__:
        if kind in GRAPHQL_TYPES:
            return GRAPHQL_TYPES[kind]
    return INTERNAL


def to_answer(error: Exception) -> ErrorAnswer:
    """Return what the caller is told of ``error``; nothing of what is ours alone."""
    kind = graphql_type(error)
    if isinstance(error, CallerError):
        return {"type": kind, "message": str(error), "info": error.info or None}
    if kind == BUSY:
        return {"type": kind, "message": "Too much at once: send it again in a moment.", "info": None}
    return {
        "type": kind,
        "message": "The order could not be taken: send it again, with the same clientToken.",
        "info": None,
    }
