"""The Lambda Runtime API: where each environment's runtime asks for its next invocation.

The runtime client takes a host and a port with no path, so each environment has a loopback port of
its own; one server behind all of them tells the environments apart by the port they came in by.

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from localcloud.functions.errors import IllegalTransition

PREFIX = "/2018-06-01/runtime"
# 6 MiB and what AWS allows beside it: the limit of a synchronous response.
RESPONSE_LIMIT = 6_291_556


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

    def __init__(self, address: str, port: int, server: asyncio.Server, doors: dict[int, Runtime]) -> None:
        self.address = address
        self._port = port
        self._server = server
        self._doors = doors

    def close(self) -> None:
        """Take no more connections, and forget the environment."""
        self._server.close()
        self._doors.pop(self._port, None)


class RuntimeApi:
    """Serves the Runtime API to every environment of this service."""

    def __init__(self) -> None:
        self._doors: dict[int, Runtime] = {}
        self._server: web.Server | None = None

    async def open(self, runtime: Runtime) -> Door:
        """Give ``runtime`` a port of its own."""
        listening = socket.create_server(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        self._doors[port] = runtime
        if self._server is None:  # it belongs to a running loop
            self._server = web.Server(self._handle)
        server = await asyncio.get_running_loop().create_server(self._server, sock=listening)
        return Door(f"127.0.0.1:{port}", port, server, self._doors)

    async def close(self) -> None:
        """Close the connections that are left. The processes have ended before."""
        if self._server is not None:
            await self._server.shutdown(1.0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        runtime = self._doors.get(_port_of(request))
        if runtime is None:
            return _refusal(410, "Extension.Ended", "this environment has ended")
        try:
            return await self._route(request, runtime)
        except IllegalTransition as error:
            return _refusal(403, "InvalidStateTransition", str(error))

    async def _route(self, request: web.BaseRequest, runtime: Runtime) -> web.StreamResponse:
        path = request.path
        if path == f"{PREFIX}/invocation/next" and request.method == "GET":
            return _delivered(await runtime.next())
        if request.method != "POST" or not path.startswith(PREFIX):
            return _refusal(404, "NotFound", f"{request.method} {path} is not in the Runtime API")
        body = await _body(request)
        match path.removeprefix(PREFIX).split("/")[1:]:
            case ["init", "error"]:
                runtime.init_failed(body or b"{}")
            case ["invocation", request_id, "response"]:
                runtime.responded(request_id, body)
                if body is None:
                    return _refusal(
                        413,
                        "RequestEntityTooLarge",
                        f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
                    )
            case ["invocation", request_id, "error"]:
                runtime.failed(request_id, body or b"{}")
            case _:
                return _refusal(404, "NotFound", f"POST {path} is not in the Runtime API")
        return web.Response(status=202, body=b'{"status":"OK"}', content_type="application/json")


def _port_of(request: web.BaseRequest) -> int:
    if request.transport is None:
        return -1
    name = request.transport.get_extra_info("sockname")
    return int(name[1]) if name else -1


async def _body(request: web.BaseRequest) -> bytes | None:
    """Read the body; None when it is above the limit (the rest is read away, to be able to answer)."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size <= RESPONSE_LIMIT:
            chunks.append(chunk)
    return b"".join(chunks) if size <= RESPONSE_LIMIT else None


def _delivered(delivery: Delivery | None) -> web.Response:
    if delivery is None:
        return _refusal(410, "Extension.Ended", "this environment has ended")
    return web.Response(
        body=delivery.payload,
        content_type="application/json",
        headers={
            "Lambda-Runtime-Aws-Request-Id": delivery.request_id,
            "Lambda-Runtime-Deadline-Ms": str(delivery.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": delivery.invoked_arn,
            "Lambda-Runtime-Trace-Id": delivery.trace_id,
        },
    )


def _refusal(status: int, error_type: str, message: str) -> web.Response:
    body = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
    return web.Response(status=status, body=body, content_type="application/json")
