"""The responses of AWS's Invoke API: results, and errors in Lambda's own form."""

from __future__ import annotations

import base64
import json

from localcloud.functions.errors import (
    CallerTimedOut,
    FunctionNotFound,
    FunctionsError,
    RefusedInvocation,
    TooManyRequests,
)
from localcloud.functions.model import ASYNCHRONOUS_LIMIT, InvokeResult, new_request_id
from localcloud.wire import Response

SYNCHRONOUS_LIMIT = 6_291_456
MODES = ("RequestResponse", "Event", "DryRun")


def refused(mode: str, payload: bytes, modes: tuple[str, ...] = MODES) -> Response | None:
    """Return the refusal of a mode or a payload; None for a valid request."""
    if mode not in modes:
        return error(400, "InvalidParameterValueException", f"InvocationType {mode} is not known")
    if mode == "Event" and len(payload) > ASYNCHRONOUS_LIMIT:
        return too_large(ASYNCHRONOUS_LIMIT)
    try:
        json.loads(payload or b"{}")
    except ValueError as problem:
        message = f"Could not parse request body into json: {problem}"
        return error(400, "InvalidRequestContentException", message, {"Type": "User"})
    return None


def unread(status: int, message: str) -> Response:
    """Answer what the server refused without reading it."""
    return too_large(SYNCHRONOUS_LIMIT) if status == 413 else error(status, "ServiceException", message)


def too_large(limit: int) -> Response:
    """Return the refusal of a body above a limit."""
    message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
    return error(413, "RequestTooLargeException", message, {"Type": "User"})


def success(result: InvokeResult, *, tail: bool) -> Response:
    """Return what a function returned."""
    headers = result_headers(result)
    headers["X-Amz-Executed-Version"] = result.version
    if result.function_error is not None:
        headers["X-Amz-Function-Error"] = result.function_error
    if tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail.encode()).decode()
    headers["Content-Type"] = "application/json"
    return Response(200, result.payload, headers)


def failure(problem: FunctionsError) -> Response:
    """Return why there is no result."""
    match problem:
        case RefusedInvocation():
            return error(
                problem.status, problem.code, str(problem), {"Type": "User", "Message": str(problem)}
            )
        case FunctionNotFound():
            return error(404, "ResourceNotFoundException", str(problem), {"Type": "User"})
        case CallerTimedOut():
            return error(504, "CallerTimedOutException", str(problem))
        case TooManyRequests():
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            return error(429, "TooManyRequestsException", str(problem), {"Type": "User", "Reason": reason})
        case _:
            return error(502, "ServiceException", str(problem))


def result_headers(result: InvokeResult) -> dict[str, str]:
    """Return the headers of a result."""
    headers = identity(result.request_id)
    if result.durable_arn:
        headers["X-Amz-Durable-Execution-Arn"] = result.durable_arn
    return headers


def identity(request_id: str) -> dict[str, str]:
    """Return the header that names a request."""
    return {"x-amzn-RequestId": request_id}


def error(status: int, code: str, message: str, more: dict[str, str] | None = None) -> Response:
    """Return an error with its code."""
    body = json.dumps({"message": message, **(more or {})}).encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code, **identity(new_request_id())}
    return Response(status, body, headers)
