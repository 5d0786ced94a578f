"""Errors as RFC 9457 problem documents, ours and Chalice's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import NotRequired, TypedDict

from chalice.app import ChaliceViewError, HeadersType, Request, Response

from chalicelib import log
from orders.answers import BUSY, INTERNAL, answer_for
from orders.answers import told as words_for
from orders.errors import CallerError, IdempotencyConflict, OrderwireError

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = "1"
"""Seconds after which what failed for the moment may work."""


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: NotRequired[str]
    errorInfo: NotRequired[dict[str, str]]


# What the web server part of Chalice refuses by itself, and what a view refuses in its words.
REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthorized", "Nobody is signed in"),
    403: ("forbidden", "This is not for you"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This cannot be done here"),
    413: ("content-too-large", "The body is too large"),
    415: ("unsupported-media-type", "The body is of another kind"),
}
# Chalice repeats what the caller sent, which need not even be text that can be sent.
_IN_OUR_WORDS = {415: "Send the body as application/json."}

# Chalice adds them to every answer, and browsers read them in a preflight's alone: 200 bytes a poll.
_FOR_PREFLIGHTS_ALONE = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")
OUR_FAULT = "Something went wrong on our side. Sending the same again is safe."
CONFLICT = (
    "This Idempotency-Key was used for another order. Make a new UUID to submit a new order; "
    "to repeat one, send exactly what you sent before."
)


class ContentTooLarge(ChaliceViewError):
    """The body is larger than any order."""

    STATUS_CODE = 413


def to_json(document: object) -> str:
    """Return ``document`` as it is sent: short, and in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def problem_of(error: Exception) -> Problem:
    """Return what the caller is told of ``error``; nothing of what is ours alone."""
    kind = answer_for(error)
    detail = CONFLICT if isinstance(error, IdempotencyConflict) else words_for(error, otherwise=OUR_FAULT)
    problem = Problem(type=kind.problem, title=kind.title, status=kind.status, detail=detail)
    if isinstance(error, CallerError) and error.info:
        problem["errorInfo"] = error.info
    return problem


def refusal(status: int, detail: str) -> Problem:
    """Return what the caller is told when it is not about an order."""
    name, title = REFUSALS[status]
    return Problem(type=f"urn:orderwire:problem:{name}", title=title, status=status, detail=detail)


def to_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the HTTP answer."""
    made: HeadersType = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **(headers or {})}
    if problem["status"] == BUSY.status:
        made["Retry-After"] = RETRY_AFTER
    return Response(to_json(problem), headers=made, status_code=problem["status"])


def answering(view: Callable[..., Response]) -> Callable[..., Response]:
    """Wrap a view, so that what it raises is answered: Chalice would call all of it a 500."""

    @wraps(view)
    def answered(**arguments: str) -> Response:
        try:
            return view(**arguments)
        except ChaliceViewError as error:
            return to_response(refusal(error.STATUS_CODE, str(error)))
        except CallerError as error:
            log.info("request refused", error=type(error).__name__, info=error.info)
            return to_response(problem_of(error))
        except Exception as error:
            known = isinstance(error, OrderwireError) and answer_for(error) is not INTERNAL
            log.exception("request answered by trying again" if known else "request failed")
            return to_response(problem_of(error))

    return answered


def in_our_form(request: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Middleware: Chalice's own refusals become problem documents; headers, what all answers have."""
    response = get_response(request)
    body = response.body
    if isinstance(body, dict) and body.keys() == {"Code", "Message"}:
        status = response.status_code
        told = _IN_OUR_WORDS.get(status) or str(body["Message"])
        problem = refusal(status, told) if status in REFUSALS else problem_of(OrderwireError())
        headers = {name: value for name, value in response.headers.items() if isinstance(value, str)}
        response = to_response(problem, headers)
    if request is not None and response.headers.get("Content-Type") == CONTENT_TYPE:
        _add_instance(request, response)
    for name in _FOR_PREFLIGHTS_ALONE:
        response.headers.pop(name, None)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _add_instance(request: Request, response: Response) -> None:
    # The log of API Gateway has the same id: who reports a problem can be helped.
    if request_id := request.context.get("requestId"):
        response.body = to_json({**json.loads(response.body), "instance": f"urn:uuid:{request_id}"})
