"""Which page of the documentation explains an error."""

from __future__ import annotations

import re

from clients.errors import (
    AnalyticsOff,
    BadSettings,
    Conflict,
    DeadLettersNotFound,
    ImportProblem,
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
    StaffBoardOff,
    SummaryNotFound,
    Throttled,
    Unavailable,
    WebhookProblem,
    WebhookRefused,
)

PAGES: dict[type[OrderwireError], str] = {
    BadSettings: "bad-settings",
    NotSignedIn: "not-signed-in",
    NotAllowed: "not-allowed",
    NotFound: "order-not-found",
    DeadLettersNotFound: "dead-letters-not-found",
    SummaryNotFound: "summary-not-found",
    AnalyticsOff: "analytics-off",
    StaffBoardOff: "staff-board-off",
    InvalidOrder: "invalid-order",
    Conflict: "idempotency-conflict",
    NotCancellable: "order-not-cancellable",
    NotDecidable: "order-not-decidable",
    NotRedrivable: "order-not-redrivable",
    Refused: "invalid-request",
    WebhookRefused: "webhook-refused",
    Throttled: "throttled",
    Unavailable: "unavailable",
    ServerFault: "server-fault",
}
"""The page of each class, by its name in ``docs/errors``. Subclasses without a line have their parent's."""

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def page_for(error: OrderwireError) -> str:
    """Return the page that explains ``error``, from the project's folder.

    Examples
    --------
    >>> page_for(NotFound("4b0c"))
    'docs/errors/order-not-found.md'
    >>> page_for(WebhookProblem("There are five.", "WebhookQuotaExceeded", {}))
    'docs/errors/webhook-quota-exceeded.md'
    """
    if isinstance(error, WebhookProblem | ImportProblem):
        name = _WORD.sub("-", error.kind).lower()
    else:
        name = next(PAGES[kind] for kind in type(error).__mro__ if kind in PAGES)
    return f"docs/errors/{name}.md"
