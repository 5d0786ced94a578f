"""Errors as RFC 9457 problem documents, ours and Chalice's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps

from chalice.app import ChaliceViewError, HeadersType, Request, Response

from chalicelib import log
from orders.answers import BUSY, INTERNAL, answer_for
from orders.errors import CallerError, OrderwireError
from orders.problems import CONTENT_TYPE, OUR_FAULT, REFUSALS, Problem, problem_of, refusal, to_json

__all__ = [
    "CONTENT_TYPE",
    "OUR_FAULT",
    "REFUSALS",
    "ContentTooLarge",
    "Problem",
    "answering",
    "in_our_form",
    "problem_of",
    "refusal",
    "to_json",
    "to_response",
]

RETRY_AFTER = "1"
"""Seconds after which what failed for the moment may work."""

# Chalice repeats what the caller sent, which need not even be text that can be sent.
_IN_OUR_WORDS = {415: "Send the body as application/json."}

# Chalice adds them to every answer, and browsers read them in a preflight's alone: 200 bytes a poll.
_FOR_PREFLIGHTS_ALONE = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")


class ContentTooLarge(ChaliceViewError):
    """The body is larger than any order."""

    STATUS_CODE = 413


def to_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the HTTP answer."""
    fields: HeadersType = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **(headers or {})}
    if problem["status"] == BUSY.status:
        fields["Retry-After"] = RETRY_AFTER
    return Response(to_json(problem), headers=fields, status_code=problem["status"])


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
            retryable = isinstance(error, OrderwireError) and answer_for(error) is not INTERNAL
            log.exception("request answered by trying again" if retryable else "request failed")
            return to_response(problem_of(error))

    return answered


def in_our_form(request: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Middleware: Chalice's own refusals become problem documents; headers, what all answers have."""
    response = get_response(request)
    body = response.body
    if isinstance(body, dict) and body.keys() == {"Code", "Message"}:
        status = response.status_code
        detail = _IN_OUR_WORDS.get(status) or str(body["Message"])
        problem = refusal(status, detail) if status in REFUSALS else problem_of(OrderwireError())
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
