"""Answers over HTTP in AppSync's form, also to what could not be read as a request."""

from __future__ import annotations

import json
import os
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError
from localcloud.wire import MAX_BODY, Handler, Response, Server, serve

_JSON: Final = "application/json;charset=UTF-8"
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date"
    ),
}
_ERROR_TYPES: Final = {
    413: "RequestEntityTooLargeException",
    500: "InternalFailure",
}
PREFLIGHT: Final = {
    **_CORS,
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": (
        "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-user-agent,x-api-key,"
        "x-amzn-requestid,x-amzn-trace-id"
    ),
    "Access-Control-Max-Age": "172800",
}


def _request_id() -> str:
    """Return a random UUID (version 4), in half of the time that ``uuid`` takes: every answer has one."""
    text = os.urandom(16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def answer(document: object, *, status: int = 200, error_type: str | None = None) -> Response:
    """Return an answer with the headers that AppSync sets."""
    headers = {**_CORS, "x-amzn-RequestId": _request_id(), "Content-Type": _JSON}
    if error_type is not None:
        headers["x-amzn-ErrorType"] = error_type
    # Errors quote what a client sent. Half of a surrogate pair has no UTF-8; Java sends `?` for it.
    body = _encode(document).encode(errors="replace")
    return Response(status, body, headers)


def refusal(problem: RequestError) -> Response:
    """Return the answer to a request that is refused as a whole."""
    return answer(problem.document(), status=problem.status, error_type=problem.error_type)


def refusal_of(status: int, error_type: str, message: str) -> Response:
    """Return an answer in AppSync's form to a request that is none of its own."""
    errors: JSON = [{"errorType": error_type, "message": message}]
    return answer({"errors": errors}, status=status, error_type=error_type)


def unread(status: int, message: str) -> Response:
    """Return the answer to what could not even be read as a request."""
    return refusal_of(status, _ERROR_TYPES.get(status, "BadRequestException"), message)


async def listen(handler: Handler, port: int, *, max_body: int = MAX_BODY) -> Server:
    """Serve ``handler`` on a loopback port (0 takes a free one), with refusals in AppSync's form."""
    return await serve(handler, port, refusal=unread, max_body=max_body)
