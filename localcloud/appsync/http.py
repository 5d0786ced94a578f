"""The doors of one API: GraphQL over HTTP, and the WebSocket of the real-time endpoint beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Never

from localcloud.appsync import tracing
from localcloud.appsync.api import ServedApi
from localcloud.appsync.auth.gate import Credential
from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest, RequestError
from localcloud.appsync.execution.request import GraphQLRequest, read_request
from localcloud.appsync.explorer import Explorer
from localcloud.appsync.realtime.frames import ConnectionRefused, Start
from localcloud.appsync.realtime.handshake import SUBPROTOCOL, handshake_headers
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.realtime.machine import ConnectionMachine
from localcloud.appsync.realtime.operations import Subscribing
from localcloud.appsync.serving.connection import Connection, RealtimeSettings
from localcloud.appsync.wire import Request, Response, Upgrade, WebSocket
from localcloud.appsync.wire.messages import chosen, items

_PATHS: Final = frozenset({"/graphql", "/graphql/realtime"})
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


@dataclass
class Doors:
    """Handles every request to one API's port.

    Attributes
    ----------
    current
        Returns the API as it is defined now, or raises ``NotLoaded``.
    explorer
        Answers what a browser asks beside the API: GraphiQL.
    """

    current: Callable[[], Awaitable[ServedApi]]
    hub: Hub
    settings: RealtimeSettings
    explorer: Explorer | None = None

    async def handle(self, request: Request) -> Response | Upgrade:
        """Answer a request; whatever goes wrong, it is an answer in AppSync's form."""
        try:
            return await self._handle(request)
        except RequestError as problem:
            return refusal(problem)

    async def _handle(self, request: Request) -> Response | Upgrade:
        if request.path not in _PATHS:
            shown = await self.explorer.answer(request, self.current) if self.explorer is not None else None
            if shown is not None:
                return shown
            message = f"There is nothing at {request.path}; the API is at /graphql."
            return refusal_of(404, "NotFoundException", message)
        if request.method == "OPTIONS":
            return Response(200, headers=PREFLIGHT)
        if request.wants_websocket:
            return await self._websocket(request)
        if request.method not in {"POST", "GET"}:
            return refusal_of(405, "MethodNotAllowedException", f"{request.method} is not served.")
        return await self._graphql(request)

    async def _graphql(self, request: Request) -> Response:
        body, headers = request.body, request.headers
        api = await self.current()
        caller = await api.gate.admit(
            Credential(
                headers,
                body,
                request.remote,
                method=request.method,
                path=request.raw_path,
                query=request.raw_query,
            )
        )
        asked = read_request(body) if request.method == "POST" else _asked_in_query(request)
        result = await api.execute(asked, caller, headers)
        tracing.note(asked, caller.mode, result.errors)
        for event in result.events:
            self.hub.publish(event)
        response = answer(result.document())
        for outcome in result.effects:
            for ending in outcome.invalidations:
                self.hub.invalidate(ending.subscription_field, ending.payload)
            response.headers.update(outcome.response_headers)
        return response

    async def _websocket(self, request: Request) -> Upgrade:
        refusal_frame = await self._refused(request)

        def accept(socket: WebSocket) -> Connection[Start, Never]:
            machine = ConnectionMachine(refusal_frame, max_subscriptions=self.settings.max_subscriptions)
            operations = Subscribing(machine, self.hub, self.current, request.remote)
            name = f"A real-time client of {request.remote}"
            return Connection(socket, machine, operations, name=name, settings=self.settings)

        subprotocol = chosen(request.headers.get("sec-websocket-protocol", ""), SUBPROTOCOL)
        return Upgrade(accept, subprotocol, buffer_bytes=self.settings.buffer_bytes)

    async def _refused(self, request: Request) -> ConnectionRefused | None:
        """Return what is wrong with a handshake's credential; it is told after ``connection_init``."""
        protocols = items(request.headers.get("sec-websocket-protocol", ""))
        try:
            api = await self.current()
            headers = handshake_headers(request.query, protocols, request.headers)
            await api.gate.admit(
                # What clients sign, wherever they connect: POST /graphql/connect with an empty object.
                Credential(headers, b"{}", request.remote, path="/graphql/connect")
            )
        except RequestError as problem:
            if problem.status in {401, 403}:
                # However it fails, AppSync reports a credential that does not hold like this.
                return ConnectionRefused(
                    "UnauthorizedException", "You are not authorized to make this call.", 401
                )
            return ConnectionRefused(problem.error_type, problem.message, problem.status)
        return None


def _asked_in_query(request: Request) -> GraphQLRequest:
    parameters = request.query
    query = parameters.get("query")
    if not query:
        raise BadRequest("A GET request needs the parameter `query`.")
    asked: JSON = {
        "query": query,
        "variables": parameters.get("variables"),
        "operationName": parameters.get("operationName"),
    }
    return read_request(json.dumps(asked))
