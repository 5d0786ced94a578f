"""AWS's Invoke API over HTTP, for callers that are not in this process (the engine above all).

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable
from typing import Protocol
from urllib.parse import unquote

from aiohttp import web

from localcloud.functions.errors import CallerTimedOut, FunctionNotFound, FunctionsError, TooManyRequests
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import InvokeResult, new_request_id

SYNCHRONOUS_LIMIT = 6_291_456
ASYNCHRONOUS_LIMIT = 1_048_576
# Not AWS's: how many seconds of the function's own time a caller (a task of a state machine) waits.
LIMIT_HEADER = "X-Localcloud-Limit-Seconds"


class Invoker(Protocol):
    """What the API calls."""

    def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> Awaitable[InvokeResult]:
        """Invoke a function by its name or ARN."""

    async def exists(self, function: str) -> None:
        """Raise `FunctionNotFound` when there is no such function."""


class InvokeApi:
    """Listens on loopback for ``POST /2015-03-31/functions/{name}/invocations``.

    ``GET /_localcloud/meter`` tells how often each function ran; DELETE tells it and begins anew.
    """

    def __init__(self, invoker: Invoker, meter: InvocationMeter | None = None) -> None:
        self._invoker = invoker
        self._meter = meter or InvocationMeter()
        app = web.Application(client_max_size=SYNCHRONOUS_LIMIT + 65536)
        app.router.add_post("/2015-03-31/functions/{function}/invocations", self._invoke)
        app.router.add_post("/2014-11-13/functions/{function}/invoke-async", self._invoke_async)
        app.router.add_route("GET", "/_localcloud/meter", self._count)
        app.router.add_route("DELETE", "/_localcloud/meter", self._count)
        # A caller that goes away must not stop the function: AWS lets it run on.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=False, shutdown_timeout=1.0)

    async def start(self, port: int) -> str:
        """Bind, and return the API's URL."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        bound = int(self._runner.addresses[0][1])
        return f"http://127.0.0.1:{bound}"

    async def stop(self) -> None:
        """Take no more requests."""
        await self._runner.cleanup()

    async def _invoke(self, request: web.Request) -> web.Response:
        mode = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        return await self._answer(request, mode)

    async def _invoke_async(self, request: web.Request) -> web.Response:
        return await self._answer(request, "Event")

    async def _count(self, request: web.Request) -> web.Response:
        counts = self._meter.snapshot()
        if request.method == "DELETE":
            self._meter.reset()
        return web.json_response(counts)

    async def _answer(self, request: web.Request, mode: str) -> web.Response:
        function = _function_of(request)
        payload = await request.read()
        refusal = _refused(mode, payload)
        if refusal is not None:
            return refusal
        try:
            if mode == "DryRun":
                await self._invoker.exists(function)
                return web.Response(status=204, headers=_headers(new_request_id()))
            result = await self._invoker.invoke(
                function, payload or b"{}", asynchronous=mode == "Event", limit=_limit_of(request)
            )
        except FunctionsError as error:
            return _failure(error)
        if mode == "Event":
            return web.Response(status=202, headers=_headers(result.request_id))
        return _success(result, tail=request.headers.get("X-Amz-Log-Type") == "Tail")


def _function_of(request: web.Request) -> str:
    function = unquote(request.match_info["function"])
    qualifier = request.query.get("Qualifier")
    return f"{function}:{qualifier}" if qualifier else function


def _limit_of(request: web.Request) -> float | None:
    seconds = request.headers.get(LIMIT_HEADER)
    return None if seconds is None else float(seconds)


def _refused(mode: str, payload: bytes) -> web.Response | None:
    if mode not in ("RequestResponse", "Event", "DryRun"):
        return _error(400, "InvalidParameterValueException", f"InvocationType {mode} is not known")
    limit = ASYNCHRONOUS_LIMIT if mode == "Event" else SYNCHRONOUS_LIMIT
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        return _error(413, "RequestTooLargeException", message, {"Type": "User"})
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        return _error(400, "InvalidRequestContentException", message, {"Type": "User"})
    return None


def _success(result: InvokeResult, *, tail: bool) -> web.Response:
    headers = _headers(result.request_id)
    headers["X-Amz-Executed-Version"] = result.version
    if result.function_error is not None:
        headers["X-Amz-Function-Error"] = result.function_error
    if tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail.encode()).decode()
    return web.Response(body=result.payload, content_type="application/json", headers=headers)


def _failure(error: FunctionsError) -> web.Response:
    match error:
        case FunctionNotFound():
            return _error(404, "ResourceNotFoundException", str(error), {"Type": "User"})
        case CallerTimedOut():
            return _error(504, "CallerTimedOutException", str(error))
        case TooManyRequests():
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            return _error(429, "TooManyRequestsException", str(error), {"Type": "User", "Reason": reason})
        case _:
            return _error(502, "ServiceException", str(error))


def _headers(request_id: str) -> dict[str, str]:
    return {"x-amzn-RequestId": request_id}


def _error(status: int, code: str, message: str, more: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps({"message": message, **(more or {})}).encode(),
        content_type="application/json",
        headers={"x-amzn-ErrorType": code, **_headers(new_request_id())},
    )
