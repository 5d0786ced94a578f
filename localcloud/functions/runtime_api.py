"""The Lambda Runtime API: where each environment's runtime asks for its next invocation.

The runtime client takes a host and a port with no path, so each environment has a loopback port of
its own.

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

from localcloud.functions.errors import IllegalTransition
from localcloud.wire import Request, Response, Server, serve

PREFIX: Final = "/2018-06-01/runtime"
NEXT: Final = f"{PREFIX}/invocation/next"
# 6 MiB and what AWS allows beside it: the limit of a synchronous response.
RESPONSE_LIMIT: Final = 6_291_556
# The runtime clients send what a handler raised in a header as well, up to a mebibyte for X-Ray.
ERROR_LINE: Final = 2 * 1024 * 1024
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
        """Hear that the handler could not be loaded."""

    def responded(self, request_id: str, payload: bytes | None) -> None:
        """Take what the handler returned; None stands for a payload above the limit."""

    def failed(self, request_id: str, error: bytes) -> None:
        """Take what the handler raised."""


class Door:
    """One environment's port. Close it once its process is gone."""

    def __init__(self, server: Server, doors: set[Door]) -> None:
        self.address = f"127.0.0.1:{server.port}"
        self._server = server
        self._doors = doors
        doors.add(self)

    def close(self) -> None:
        """Take no more connections, and cut those that are left: nobody is at their other end."""
        self._server.abort()
        self._doors.discard(self)


class RuntimeApi:
    """Serves the Runtime API to every environment of this service."""

    def __init__(self) -> None:
        self._doors: set[Door] = set()

    async def open(self, runtime: Runtime) -> Door:
        """Give ``runtime`` a port of its own."""

        def handle(request: Request) -> Response | Awaitable[Response]:
            try:
                return _route(request, runtime)
            except IllegalTransition as error:
                return _illegal(error)

        # A response above the limit fails its invocation, so it has to be read to its end.
        server = await serve(handle, 0, max_body=RESPONSE_LIMIT, cuts=True, max_line=ERROR_LINE)
        return Door(server, self._doors)

    async def close(self) -> None:
        """Close the ports that are left. The processes have ended before."""
        for door in list(self._doors):
            door.close()


def _route(request: Request, runtime: Runtime) -> Response | Awaitable[Response]:
    path = request.path
    if path == NEXT and request.method == "GET":
        return _next(runtime)
    if request.method != "POST" or not path.startswith(PREFIX):
        return _refusal(404, "NotFound", f"{request.method} {path} is not in the Runtime API")
    match path.removeprefix(PREFIX).split("/")[1:]:
        case ["init", "error"]:
            runtime.init_failed(request.body or b"{}")
        case ["invocation", request_id, "response"]:
            runtime.responded(request_id, None if request.cut else request.body)
            if request.cut:
                message = f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
                return _refusal(413, "RequestEntityTooLarge", message)
        case ["invocation", request_id, "error"]:
            runtime.failed(request_id, request.body or b"{}")
        case _:
            return _refusal(404, "NotFound", f"POST {path} is not in the Runtime API")
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
