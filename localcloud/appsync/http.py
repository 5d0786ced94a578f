"""The doors of one API: GraphQL over HTTP, and the WebSocket of the real-time endpoint beside it."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from localcloud.appsync import tracing
from localcloud.appsync.api import ServedApi
from localcloud.appsync.auth.gate import Credential
from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest, RequestError
from localcloud.appsync.execution.request import GraphQLRequest, read_request
from localcloud.appsync.realtime.connection import RealtimeConnection, RealtimeSettings
from localcloud.appsync.realtime.frames import ConnectionRefused
from localcloud.appsync.realtime.handshake import SUBPROTOCOL, handshake_headers
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.realtime.machine import ConnectionMachine

MAX_BODY: Final = 1024 * 1024  # also what aiohttp reads of a body at most
MAX_LINE: Final = 64 * 1024  # a handshake carries its token in the query: far over aiohttp's 8 KB
_PATHS: Final = frozenset({"/graphql", "/graphql/realtime"})
_JSON: Final = "application/json;charset=UTF-8"
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date"
    ),
}
_PREFLIGHT: Final = {
    **_CORS,
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": (
        "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-user-agent,x-api-key,"
        "x-amzn-requestid,x-amzn-trace-id"
    ),
    "Access-Control-Max-Age": "172800",
}
log = logging.getLogger(__name__)


def _answer(document: object, *, status: int = 200, error_type: str | None = None) -> web.Response:
    headers = {**_CORS, "x-amzn-RequestId": str(uuid.uuid4())}
    if error_type is not None:
        headers["x-amzn-ErrorType"] = error_type
    # Errors quote what a client sent. Half of a surrogate pair has no UTF-8; Java sends `?` for it.
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    return web.Response(body=body, status=status, headers={**headers, "Content-Type": _JSON})


def refusal(problem: RequestError) -> web.Response:
    """Return the answer to a request that is refused as a whole."""
    return _answer(problem.document(), status=problem.status, error_type=problem.error_type)


@dataclass
class Doors:
    """Handles every request to one API's port.

    Attributes
    ----------
    current
        Returns the API as it is defined now, or raises ``NotLoaded``.
    """

    current: Callable[[], Awaitable[ServedApi]]
    hub: Hub
    settings: RealtimeSettings
    sockets: set[web.WebSocketResponse] = field(default_factory=set)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; whatever goes wrong, it is an answer in AppSync's form."""
        try:
            return await self._handle(request)
        except RequestError as problem:
            return refusal(problem)
        except web.HTTPRequestEntityTooLarge:
            message = f"Request body is over {MAX_BODY} bytes."
            return refusal_of(413, "RequestEntityTooLargeException", message)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("A request failed inside the data plane")
            return refusal_of(500, "InternalFailure", "Internal failure; see the log.")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path not in _PATHS:
            message = f"There is nothing at {request.path}; the API is at /graphql."
            return refusal_of(404, "NotFoundException", message)
        if request.method == "OPTIONS":
            return web.Response(status=200, headers=_PREFLIGHT)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request)
        if request.method not in {"POST", "GET"}:
            return refusal_of(405, "MethodNotAllowedException", f"{request.method} is not served.")
        return await self._graphql(request)

    async def _graphql(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        api = await self.current()
        headers = {name.lower(): value for name, value in request.headers.items()}
        caller = await api.gate.admit(
            Credential(
                headers,
                body,
                request.remote or "127.0.0.1",
                method=request.method,
                path=request.rel_url.raw_path,
                query=request.rel_url.raw_query_string,
            )
        )
        asked = read_request(body) if request.method == "POST" else _asked_in_query(request)
        result = await api.execute(asked, caller, headers)
        tracing.note(asked, caller.mode, result.errors)
        for event in result.events:
            self.hub.publish(event)
        answer = _answer(result.document())
        for outcome in result.effects:
            for ending in outcome.invalidations:
                self.hub.invalidate(ending.subscription_field, ending.payload)
            answer.headers.update(outcome.response_headers)
        return answer

    async def _websocket(self, request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), compress=False, max_msg_size=MAX_BODY, timeout=1.0
        )
        refusal_frame = await self._refused(request)
        transport = request.transport
        await socket.prepare(request)
        if transport is None:  # uvloop's transports are no asyncio.Transport, so ask for nothing else
            return socket  # the client has gone already
        self.sockets.add(socket)
        connection = RealtimeConnection(
            socket,
            transport,
            ConnectionMachine(refusal_frame, max_subscriptions=self.settings.max_subscriptions),
            hub=self.hub,
            current=self.current,
            source_ip=request.remote or "127.0.0.1",
            settings=self.settings,
        )
        try:
            await connection.run()
        finally:
            self.sockets.discard(socket)
        return socket

    async def _refused(self, request: web.BaseRequest) -> ConnectionRefused | None:
        """Return what is wrong with a handshake's credential; it is told after ``connection_init``."""
        protocols = [p.strip() for p in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        try:
            api = await self.current()
            headers = handshake_headers(request.query, protocols, request.headers)
            await api.gate.admit(
                # What clients sign, wherever they connect: POST /graphql/connect with an empty object.
                Credential(headers, b"{}", request.remote or "127.0.0.1", path="/graphql/connect")
            )
        except RequestError as problem:
            if problem.status in {401, 403}:
                # However it fails, AppSync reports a credential that does not hold like this.
                return ConnectionRefused(
                    "UnauthorizedException", "You are not authorized to make this call.", 401
                )
            return ConnectionRefused(problem.error_type, problem.message, problem.status)
        return None

    async def close(self) -> None:
        """Close every WebSocket; clients connect again when the API is back."""
        closing = (s.close(code=1001, message=b"The API is going away") for s in list(self.sockets))
        await asyncio.gather(*closing, return_exceptions=True)


def refusal_of(status: int, error_type: str, message: str) -> web.Response:
    """Return an answer in AppSync's form to a request that is none of its own."""
    errors: JSON = [{"errorType": error_type, "message": message}]
    return _answer({"errors": errors}, status=status, error_type=error_type)


def _asked_in_query(request: web.BaseRequest) -> GraphQLRequest:
    query = request.query.get("query")
    if not query:
        raise BadRequest("A GET request needs the parameter `query`.")
    asked: JSON = {
        "query": query,
        "variables": request.query.get("variables"),
        "operationName": request.query.get("operationName"),
    }
    return read_request(json.dumps(asked))
