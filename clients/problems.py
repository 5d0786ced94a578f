"""From the companion's HTTP answers to this library's errors: problem documents and what gateways say."""

from __future__ import annotations

import json
from collections.abc import Mapping

from clients.errors import (
    Conflict,
    InvalidOrder,
    NotAllowed,
    NotCancellable,
    NotDecidable,
    NotFound,
    NotRedrivable,
    NotSignedIn,
    OrderwireError,
    Refused,
    ServerFault,
    Throttled,
    Unavailable,
)

_TYPE = "urn:orderwire:problem:"
# The longest wait that a header may ask for.
_LONGEST_RETRY = 3600.0
_LONGEST_WORDS = 120


def from_response(
    status: int, headers: Mapping[str, str], body: str, *, order_id: str | None = None
) -> OrderwireError:
    """Return the error for an answer whose status is 400 or more.

    Parameters
    ----------
    order_id
        The order that was asked for, if one was.

    Examples
    --------
    >>> from_response(409, {}, '{"type": "urn:orderwire:problem:idempotency-conflict", "detail": "Taken."}')
    Conflict('Taken.')
    """
    document = _document(body)
    kind = str(document.get("type") or "").removeprefix(_TYPE)
    # API Gateway's own answers are `{"message": …}`.
    words = document.get("detail") or document.get("title") or document.get("message")
    message = str(words) if words else _without_document(status, body)
    error_info = document.get("errorInfo")
    info: Mapping[str, object] = error_info if isinstance(error_info, dict) else {}
    error: OrderwireError
    match kind, status:
        case "order-not-found", _ if order_id is not None:
            error = NotFound(order_id)
        case "invalid-order", _:
            error = InvalidOrder(message, path=str(info.get("path") or ""), code=str(info.get("code") or ""))
        case "idempotency-conflict", _:
            error = Conflict(message)
        case "order-not-cancellable", _:
            error = NotCancellable(message, status=str(info.get("status") or ""))
        case "order-not-decidable", _:
            error = NotDecidable(message, status=str(info.get("status") or ""))
        case "order-not-redrivable", _:
            error = NotRedrivable(
                message, status=str(info.get("status") or ""), reason=str(info.get("reason") or "")
            )
        case _, 401:
            error = NotSignedIn(f"The companion refuses the token: {message}")
        case _, 403:
            error = NotAllowed(message)
        case _, 429:
            error = Throttled(f"The companion is busy: {message}", retry_after=retry_after(headers))
        case _, 408 | 425 | 500 | 502 | 503 | 504:
            error = Unavailable(f"The companion is busy: {message}", retry_after=retry_after(headers))
        case _ if status < 500:
            error = Refused(message)
        case _:
            error = ServerFault(message)
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``; None when there is none, or a date, which ours never has.

    Examples
    --------
    >>> retry_after({"Retry-After": "2"}), retry_after({"Retry-After": "soon"})
    (2.0, None)
    """
    value = headers.get("Retry-After", "")
    # Bounded before it is read: Python refuses integers of thousands of digits.
    return min(float(value[:10]), _LONGEST_RETRY) if value.isascii() and value.isdecimal() else None


def _without_document(status: int, body: str) -> str:
    # What stands between the client and the companion, a proxy say, is recognised by its own words.
    printable = "".join(char if char.isprintable() else " " for char in body[:_LONGEST_WORDS])
    words = " ".join(printable.split())
    return (
        f"The companion answers HTTP {status}: {words}" if words else f"The companion answers HTTP {status}."
    )


def _document(body: str) -> Mapping[str, object]:
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
