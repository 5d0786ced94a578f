"""The Lambda Runtime API: where each environment's runtime asks for its next invocation.

The runtime client takes a host and a port with no path, so each environment has a loopback port of
its own.

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from localcloud.functions.errors import IllegalTransition
from localcloud.functions.model import error_payload
from localcloud.functions.response import Sink
from localcloud.wire import BodyStream, BrokenBody, Request, Response, Server, serve

PREFIX: Final = "/2018-06-01/runtime"
NEXT: Final = f"{PREFIX}/invocation/next"
# 6 MiB and what AWS allows beside it: the limit of a synchronous response.
RESPONSE_LIMIT: Final = 6_291_556
# The runtime clients send what a handler raised in a header as well, up to a mebibyte for X-Ray.
ERROR_LINE: Final = 2 * 1024 * 1024
MODE: Final = "lambda-runtime-function-response-mode"
# Behind a streamed body, where it ended in an error: the body is JSON in base64.
ERROR_TYPE: Final = "lambda-runtime-function-error-type"
ERROR_BODY: Final = "lambda-runtime-function-error-body"
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Delivery:
    """An invocation as it goes out to the runtime."""

    request_id: str
    payload: bytes
    deadline_ms: int
    invoked_arn: str
    trace_id: str


class Runtime(Protocol):
    """The environment's side of the API, in the order in which the runtime calls it."""

    async def next(self) -> Delivery | None:
        """Wait for an invocation. None: there will be no more."""

    def init_failed(self, error: bytes) -> None:
        """Handle a handler that could not be loaded."""

    def responded(self, request_id: str, payload: bytes | None) -> None:
        """Take what the handler returned; None stands for a payload above the limit."""

    def failed(self, request_id: str, error: bytes) -> None:
        """Take what the handler raised."""

    def streams(self, request_id: str, content_type: str, cut: Callable[[], None]) -> Sink:
        """Return what takes the pieces of a response; ``cut`` has the runtime stop sending them."""

    def streamed(self, request_id: str, error: bytes | None) -> None:
        """Handle the end of a streamed response, with its error if it has one."""

    def broken(self, request_id: str) -> None:
        """Handle a streamed response that broke off: the runtime asks for the next invocation, or ends."""


class EnvironmentPort:
    """One environment's port. Close it once its process is gone."""

    def __init__(self, server: Server, ports: set[EnvironmentPort]) -> None:
        self.address = f"127.0.0.1:{server.port}"
        self._server = server
        self._ports = ports
        ports.add(self)

    def close(self) -> None:
        """Take no more connections, and cut those that are left: their other ends are gone."""
        self._server.abort()
        self._ports.discard(self)


class RuntimeApi:
    """Serves the Runtime API to every environment of this service."""

    def __init__(self) -> None:
        self._ports: set[EnvironmentPort] = set()

    async def open(self, runtime: Runtime) -> EnvironmentPort:
        """Give ``runtime`` a port of its own."""

        def handle(request: Request) -> Response | Awaitable[Response]:
            try:
                return _route(request, runtime)
            except IllegalTransition as error:
                return _illegal(error)

        # A response above the limit fails its invocation, so it has to be read to its end.
        server = await serve(
            handle, 0, max_body=RESPONSE_LIMIT, cuts=True, max_line=ERROR_LINE, streams=_is_streamed
        )
        return EnvironmentPort(server, self._ports)

    async def close(self) -> None:
        """Close the ports that are left. The processes have ended before."""
        for port in list(self._ports):
            port.close()


def _is_streamed(request: Request) -> bool:
    return request.headers.get(MODE, "").lower() == "streaming" and request.path.endswith("/response")


def _route(request: Request, runtime: Runtime) -> Response | Awaitable[Response]:
    path = request.path
    if path == NEXT and request.method == "GET":
        return _next(runtime)
    if request.method != "POST" or not path.startswith(PREFIX):
        return _refusal(404, "NotFound", f"{request.method} {path} is not in the Runtime API")
    match path.removeprefix(PREFIX).split("/")[1:]:
        case ["init", "error"]:
            runtime.init_failed(request.body or b"{}")
        case ["invocation", request_id, "response"] if request.stream is not None:
            content_type = request.headers.get("content-type", "application/octet-stream")
            sink = runtime.streams(request_id, content_type, request.stream.break_off)
            return _stream(request_id, request.stream, sink, runtime)
        case ["invocation", request_id, "response"]:
            runtime.responded(request_id, None if request.cut else request.body)
            if request.cut:
                message = f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
                return _refusal(413, "RequestEntityTooLarge", message)
        case ["invocation", request_id, "error"]:
            runtime.failed(request_id, request.body or b"{}")
        case _:
            return _refusal(404, "NotFound", f"POST {path} is not in the Runtime API")
    return _accepted()


async def _stream(request_id: str, body: BodyStream, sink: Sink, runtime: Runtime) -> Response:
    try:
        async for piece in body:
            await sink.write(piece)
    except BrokenBody:
        runtime.broken(request_id)
        return _refusal(410, "Response.Ended", "no caller waits for this response any more")
    runtime.streamed(request_id, trailing_error(body.trailers))
    return _accepted()


def trailing_error(trailers: Mapping[str, str]) -> bytes | None:
    """Return the error document that follows a streamed body; None when there is none.

    Examples
    --------
    >>> trailing_error({"lambda-runtime-function-error-type": "OSError"})
    b'{"errorType":"OSError","errorMessage":""}'
    >>> trailing_error({}) is None
    True
    """
    kind, encoded = trailers.get(ERROR_TYPE), trailers.get(ERROR_BODY)
    if kind is None and encoded is None:
        return None
    try:
        document = base64.b64decode(encoded or "", validate=True)
        if isinstance(json.loads(document), dict):
            return document
    except (binascii.Error, ValueError):
        pass  # a runtime's own fault: the type is all that can be said
    return error_payload(kind or "Runtime.Unknown", "")


def _accepted() -> Response:
    return Response(202, b'{"status":"OK"}', dict(_JSON))


async def _next(runtime: Runtime) -> Response:
    try:
        delivery = await runtime.next()
    except IllegalTransition as error:
        return _illegal(error)
    if delivery is None:
        return _refusal(410, "Extension.Ended", "this environment has ended")
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": delivery.request_id,
        "Lambda-Runtime-Deadline-Ms": str(delivery.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": delivery.invoked_arn,
        "Lambda-Runtime-Trace-Id": delivery.trace_id,
    }
    return Response(200, delivery.payload, headers)


def _illegal(error: IllegalTransition) -> Response:
    return _refusal(403, "InvalidStateTransition", str(error))


def _refusal(status: int, error_type: str, message: str) -> Response:
    body = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
    return Response(status, body, dict(_JSON))
