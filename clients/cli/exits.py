"""Exit codes: how ``orderwire`` ended, for scripts."""

from __future__ import annotations

from enum import IntEnum

from clients.errors import (
    AnalyticsOff,
    BadSettings,
    DeadLettersNotFound,
    ImportNotFound,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OrderwireError,
    Refused,
    ServerFault,
    StaffBoardOff,
    SummaryNotFound,
    Unavailable,
    WebhookNotFound,
    WebhookRefused,
)


class Exit(IntEnum):
    """How a command ended. Of several, the one furthest down this list is given."""

    OK = 0
    ORDER_FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_SIGNED_IN = 4
    UNREACHABLE = 5
    REFUSED = 6
    SERVER_FAULT = 7
    INTERRUPTED = 130


MEANING: dict[Exit, str] = {
    Exit.OK: "done; every order that was followed was delivered",
    Exit.ORDER_FAILED: "an order that was followed failed, or was cancelled, rejected or expired; so was "
    "an import; a dead letter stays where it is; figures do not agree",
    Exit.USAGE: "wrong options or settings, or a file that cannot be read",
    Exit.NOT_FOUND: "no such order, webhook or import, or it is not yours; no such place of dead letters; "
    "no analytics here",
    Exit.NOT_SIGNED_IN: "no credentials, wrong ones, or not allowed",
    Exit.UNREACHABLE: "the API or the sign-in does not answer",
    Exit.REFUSED: "the input was refused, or a line of the file was; the rest went on",
    Exit.SERVER_FAULT: "the server failed",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
}

# From the narrow to the wide: the first that fits counts.
_BY_ERROR: tuple[tuple[type[OrderwireError], Exit], ...] = (
    (BadSettings, Exit.USAGE),
    (NotSignedIn, Exit.NOT_SIGNED_IN),
    (NotAllowed, Exit.NOT_SIGNED_IN),
    (NotFound, Exit.NOT_FOUND),
    (DeadLettersNotFound, Exit.NOT_FOUND),
    (AnalyticsOff, Exit.NOT_FOUND),
    (StaffBoardOff, Exit.NOT_FOUND),
    (WebhookNotFound, Exit.NOT_FOUND),
    (ImportNotFound, Exit.NOT_FOUND),
    (SummaryNotFound, Exit.NOT_FOUND),
    (Refused, Exit.REFUSED),
    (WebhookRefused, Exit.REFUSED),
    (Unavailable, Exit.UNREACHABLE),
    (ServerFault, Exit.SERVER_FAULT),
)


def exit_for(error: OrderwireError) -> Exit:
    """Return the exit code for an error; a test proves that none is unmapped."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))
