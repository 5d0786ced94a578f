"""AWS's Invoke API over HTTP, for callers that are not in this process (the engine above all).

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import unquote

from localcloud.functions import invoke_responses as responses
from localcloud.functions.errors import (
    FunctionsError,
)
from localcloud.functions.invoke_stream import streamed_answer
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import InvokeResult, new_request_id
from localcloud.functions.response import ResponseStream
from localcloud.watchtower.traces.facade import use
from localcloud.wire import Request, Response, Server, StreamedResponse, serve

# Not AWS's: how many seconds of the function's own time a caller (a task of a state machine) waits.
LIMIT_HEADER = "x-localcloud-limit-seconds"


class Invoker(Protocol):
    """What the API calls."""

    def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        asynchronous: bool = False,
        limit: float | None = None,
        execution_name: str | None = None,
    ) -> Awaitable[InvokeResult]:
        """Invoke a function by its name or ARN."""

    def stream(self, function: str, payload: bytes) -> Awaitable[ResponseStream]:
        """Invoke a function and take its response piece by piece."""

    async def exists(self, function: str) -> None:
        """Raise `FunctionNotFound` when there is no such function."""


class InvokeApi:
    """Listens on loopback for ``POST /2015-03-31/functions/{name}/invocations``.

    ``/2025-12-01`` is the API of durable executions, ``/_localcloud/clock`` the clock that they go by.
    ``POST /2021-11-15/functions/{name}/response-streaming-invocations`` answers an event stream.
    ``GET /_localcloud/meter`` returns how often each function ran; DELETE returns it and resets the counts.
    ``POST /_localcloud/metrics`` hands what was measured over to the engine, once, and
    ``POST /_localcloud/logs?group=`` what functions printed.
    """

    def __init__(
        self,
        invoker: Invoker,
        meter: InvocationMeter | None = None,
        durable: Callable[[Request], Awaitable[Response]] | None = None,
    ) -> None:
        self._durable = durable
        self._invoker = invoker
        self._meter = meter or InvocationMeter()
        self._server: Server | None = None

    async def start(self, port: int) -> str:
        """Bind, and return the API's URL."""
        # A caller that goes away does not stop the function: AWS lets it run on.
        self._server = await serve(
            self._handle, port, refusal=responses.unread, max_body=responses.SYNCHRONOUS_LIMIT
        )
        return f"http://127.0.0.1:{self._server.port}"

    async def stop(self) -> None:
        """Take no more requests."""
        if self._server is not None:
            await self._server.close()

    def _handle(  # noqa: PLR0911 - one for each path
        self, request: Request
    ) -> Response | Awaitable[Response | StreamedResponse]:
        match [request.method, *request.raw_path.split("/")[1:]]:
            case ["POST", "2015-03-31", "functions", function, "invocations"]:
                mode = request.headers.get("x-amz-invocation-type", "RequestResponse")
                return self._answer(request, function, mode)
            case ["POST", "2021-11-15", "functions", function, "response-streaming-invocations"]:
                return self._stream(request, function)
            case [_, "2025-12-01", *_] | [_, "_localcloud", "clock"] if self._durable is not None:
                return self._durable(request)
            case ["POST", "2014-11-13", "functions", function, "invoke-async"]:
                return self._answer(request, function, "Event")
            case ["GET" | "DELETE", "_localcloud", "meter"]:
                return self._count(request)
            case ["POST", "_localcloud", "metrics" | "logs" as page]:
                return self._measured(request) if page == "metrics" else self._logged(request)
            case _:
                message = f"{request.method} {request.path} is not in the Invoke API"
                return responses.error(404, "UnknownOperationException", message)

    def _count(self, request: Request) -> Response:
        counts = self._meter.snapshot()
        if request.method == "DELETE":
            self._meter.reset()
        return Response(200, json.dumps(counts).encode(), {"Content-Type": "application/json"})

    def _measured(self, request: Request) -> Response:
        """Hand over what was measured since the last time, and measure as finely as is asked from now on."""
        metrics, finest = self._meter.metrics, request.query.get("resolution", "")
        if finest.isdecimal() and int(finest) != metrics.resolution:
            metrics.run_faster(max(1, int(finest)))
        drained = [
            [metric.namespace, metric.name, metric.dimensions, metric.unit, metric.rows]
            for metric in metrics.drain()
        ]
        return Response(200, json.dumps(drained).encode(), {"Content-Type": "application/json"})

    def _logged(self, request: Request) -> Response:
        """Hand over a group's lines that were not read yet; without a group, name those that there are."""
        group, logs = request.query.get("group", ""), self._meter.logs
        lines: list[object] = [*(logs.drain(group) if group else logs.groups())]
        return Response(200, json.dumps(lines).encode(), {"Content-Type": "application/json"})

    async def _answer(self, request: Request, name: str, mode: str) -> Response:
        _note_trace(request)
        function = _qualified(request, name)
        payload = request.body
        refusal = responses.refused(mode, payload)
        if refusal is not None:
            return refusal
        try:
            if mode == "DryRun":
                await self._invoker.exists(function)
                return Response(204, headers=responses.identity(new_request_id()))
            result = await self._invoker.invoke(
                function,
                payload or b"{}",
                asynchronous=mode == "Event",
                limit=_limit_of(request),
                execution_name=request.headers.get("x-amz-durable-execution-name"),
            )
        except FunctionsError as error:
            return responses.failure(error)
        if mode == "Event":
            return Response(202, headers=responses.result_headers(result))
        return responses.success(result, tail=request.headers.get("x-amz-log-type") == "Tail")

    async def _stream(self, request: Request, name: str) -> Response | StreamedResponse:
        _note_trace(request)
        function = _qualified(request, name)
        mode = request.headers.get("x-amz-invocation-type", "RequestResponse")
        refusal = responses.refused(mode, request.body, ("RequestResponse", "DryRun"))
        if refusal is not None:
            return refusal
        try:
            if mode == "DryRun":
                await self._invoker.exists(function)
                return Response(204, headers=responses.identity(new_request_id()))
            response = await self._invoker.stream(function, request.body or b"{}")
        except FunctionsError as error:
            return responses.failure(error)
        return streamed_answer(response, tail=request.headers.get("x-amz-log-type") == "Tail")


def _qualified(request: Request, name: str) -> str:
    function = unquote(name)
    qualifier = request.query.get("Qualifier") if request.raw_query else None
    return f"{function}:{qualifier}" if qualifier else function


def _note_trace(request: Request) -> None:
    header = request.headers.get("x-amzn-trace-id")
    if header is not None:
        use(header)


def _limit_of(request: Request) -> float | None:
    seconds = request.headers.get(LIMIT_HEADER)
    return None if seconds is None else float(seconds)
