"""From what gql and AppSync report to this library's errors."""

from __future__ import annotations

from collections.abc import Sequence

from gql.transport.exceptions import TransportError, TransportServerError

from clients.errors import (
    AnalyticsOff,
    Conflict,
    DeadLettersNotFound,
    ImportNotFound,
    ImportProblem,
    InvalidOrder,
    NotAllowed,
    NotCancellable,
    NotDecidable,
    NotSignedIn,
    OrderwireError,
    Refused,
    ServerFault,
    StaffBoardOff,
    Throttled,
    Unavailable,
    WebhookNotFound,
    WebhookProblem,
)

WEBHOOK_PROBLEMS = frozenset(
    {"InvalidWebhook", "WebhookNotFound", "WebhookNotVerified", "WebhookQuotaExceeded", "WebhooksOff"}
)
# AppSync's and its data sources' words for "too many".
_TOO_MANY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
    "LimitExceededError",
}
# The contract's, AppSync's and its data sources' words for "later".
_LATER = {
    "TryAgain",
    "InternalError",
    "SdkClientException",
    "MaxSubscriptionsReachedError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "InternalFailure",
    "InternalServerError",
    "InternalFailureException",
    "ExecutionTimeout",
}


# Those that keep what the server adds.
_PROBLEMS: dict[str, type[WebhookProblem | ImportProblem]] = {
    **dict.fromkeys(WEBHOOK_PROBLEMS, WebhookProblem),
    "WebhookNotFound": WebhookNotFound,
    **dict.fromkeys(("InvalidImport", "ImportNotCancellable", "ImportsOff"), ImportProblem),
    "ImportNotFound": ImportNotFound,
}
# Those that say no more than their words.
_PLAIN: dict[str, type[OrderwireError]] = {
    "IdempotencyConflict": Conflict,
    "DeadLettersNotFound": DeadLettersNotFound,
    "AnalyticsOff": AnalyticsOff,
    "StaffBoardOff": StaffBoardOff,
}


def from_errors(errors: Sequence[object]) -> OrderwireError:
    """Return the error for a GraphQL answer's ``errors``; the first one speaks for all."""
    first = errors[0] if errors else {}
    if not isinstance(first, dict):
        return ServerFault(f"The server reports an error without a shape: {str(first)[:200]}")
    kind = str(first.get("errorType") or "")
    message = str(first.get("message") or kind or "no reason given")
    error_info = first.get("errorInfo")
    info: dict[str, object] = error_info if isinstance(error_info, dict) else {}
    error: OrderwireError
    match kind:
        case "InvalidOrder":
            error = InvalidOrder(message, path=str(info.get("path") or ""), code=str(info.get("code") or ""))
        case "IdempotencyConflict" | "DeadLettersNotFound" | "AnalyticsOff" | "StaffBoardOff":
            error = _PLAIN[kind](message)
        case "OrderNotCancellable":
            error = NotCancellable(message, status=str(info.get("status") or ""))
        case "OrderNotDecidable":
            error = NotDecidable(message, status=str(info.get("status") or ""))
        case _ if kind in _PROBLEMS:
            error = _PROBLEMS[kind](message, kind, info)
        case "UnauthorizedException":
            error = NotSignedIn(f"The API refuses the token: {message}")
        case "Unauthorized" | "StaffOnly":
            error = NotAllowed(message)
        case "" | "BadRequest" | "MalformedHttpRequestException" | "BadRequestException" | "ValidationError":
            # AppSync's own validation has no error type: the request does not fit the schema.
            error = Refused(message)
        case _:
            error = _unexpected(kind, message)
    return error


def _unexpected(kind: str, message: str) -> OrderwireError:
    """Return the error for what is no answer to the request itself."""
    names = {kind, kind.partition(":")[2]}
    if names & _TOO_MANY:
        return Throttled(f"The API is busy: {message} ({kind})")
    if names & _LATER:
        return Unavailable(f"The API is busy: {message} ({kind})")
    return ServerFault(f"{message} ({kind})")


def from_transport(error: Exception, address: str) -> OrderwireError:
    """Return the error for what gql's transports raise."""
    if isinstance(error, OrderwireError):
        return error
    if isinstance(error, TransportServerError) and error.code in {401, 403}:
        return NotSignedIn("The API refuses the token.")
    if isinstance(error, TransportServerError) and error.code == 429:
        return Throttled(f"{address} is busy: it takes no more requests at this rate.")
    if isinstance(error, TransportServerError) and error.code is not None and error.code < 500:
        return Refused(f"{address} answers HTTP {error.code}.")
    cause = error.__cause__ or error
    if isinstance(error, TransportError | OSError | TimeoutError):
        return Unavailable(f"{address} does not answer ({type(cause).__name__}).")
    return ServerFault(f"{address}: {type(error).__name__}")
