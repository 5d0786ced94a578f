"""Errors as RFC 9457 problem documents, for every way in over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

from orders.answers import answer_for, message_for
from orders.errors import CallerError, IdempotencyConflict

CONTENT_TYPE = "application/problem+json"
OUR_FAULT = "Something went wrong on our side. Sending the same again is safe."
CONFLICT = (
    "This Idempotency-Key was used for another order. Make a new UUID to submit a new order; "
    "to repeat one, send exactly what you sent before."
)


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: NotRequired[str]
    errorInfo: NotRequired[dict[str, str]]


# What a web server refuses by itself, and what a view refuses in its words.
REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthorized", "You are not signed in"),
    403: ("forbidden", "This is not for you"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This cannot be done here"),
    413: ("content-too-large", "The body is too large"),
    415: ("unsupported-media-type", "The body is of another kind"),
}


def problem_of(error: Exception) -> Problem:
    """Return the caller's problem for ``error``; nothing of what is ours alone."""
    kind = answer_for(error)
    detail = CONFLICT if isinstance(error, IdempotencyConflict) else message_for(error, otherwise=OUR_FAULT)
    problem = Problem(type=kind.problem, title=kind.title, status=kind.status, detail=detail)
    if isinstance(error, CallerError) and error.info:
        problem["errorInfo"] = error.info
    return problem


def refusal(status: int, detail: str) -> Problem:
    """Return the caller's problem when it is not about an order."""
    name, title = REFUSALS[status]
    return Problem(type=f"urn:orderwire:problem:{name}", title=title, status=status, detail=detail)


def to_json(document: object) -> str:
    """Return ``document`` as it is sent: short, and in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
