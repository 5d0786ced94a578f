"""The endpoints of one GraphQL API: HTTP, and the WebSocket of the real-time endpoint beside it."""

from __future__ import annotations

import json
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
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.realtime.machine import GraphQLConnectionMachine
from localcloud.appsync.realtime.operations import Subscribing
from localcloud.appsync.serving.answers import PREFLIGHT, answer, refusal, refusal_of
from localcloud.appsync.serving.connection import RealtimeConnection, RealtimeSettings
from localcloud.appsync.serving.handshake import as_sent, handshake_headers
from localcloud.appsync.serving.rate import RateLimit
from localcloud.wire import Request, Response, Upgrade, WebSocket
from localcloud.wire.messages import items, negotiated

SUBPROTOCOL: Final = "graphql-ws"
_PATHS: Final = frozenset({"/graphql", "/graphql/realtime"})


@dataclass
class GraphQLEndpoint:
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

    def __post_init__(self) -> None:
        self._rate = RateLimit(self.settings.messages_per_second)

    async def handle(self, request: Request) -> Response | Upgrade:
        """Answer a request; whatever goes wrong, it is an answer in AppSync's form."""
        try:
            return await self._handle(request)
        except RequestError as problem:
            return refusal(problem)

    async def _handle(self, request: Request) -> Response | Upgrade:
        if request.path not in _PATHS:
            page = await self.explorer.answer(request, self.current) if self.explorer is not None else None
            if page is not None:
                return page
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
        graphql_request = read_request(body) if request.method == "POST" else _asked_in_query(request)
        result = await api.execute(graphql_request, caller, headers)
        tracing.note(graphql_request, caller.mode, result.errors)
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

        def accept(socket: WebSocket) -> RealtimeConnection[Start, Never]:
            machine = GraphQLConnectionMachine(
                refusal_frame, max_subscriptions=self.settings.max_subscriptions, rate=self._rate
            )
            operations = Subscribing(machine, self.hub, self.current, request.remote)
            name = f"A real-time client of {request.remote}"
            measures = self.hub.measures
            if measures is not None:
                measures.connected(refused=refusal_frame is not None)
            ended = None if measures is None else measures.disconnected
            return RealtimeConnection(
                socket, machine, operations, name=name, settings=self.settings, ended=ended
            )

        subprotocol = negotiated(request.headers.get("sec-websocket-protocol", ""), SUBPROTOCOL)
        return Upgrade(accept, subprotocol, buffer_bytes=self.settings.buffer_bytes)

    async def _refused(self, request: Request) -> ConnectionRefused | None:
        """Return what is wrong with a handshake's credential; it is sent after ``connection_init``."""
        protocols = items(request.headers.get("sec-websocket-protocol", ""))
        try:
            api = await self.current()
            headers = handshake_headers(request.query, protocols, request.headers)
            await api.gate.admit(
                # What clients sign, wherever they connect: POST /graphql/connect with an empty object.
                Credential(headers, b"{}", request.remote, path="/graphql/connect")
            )
        except RequestError as problem:
            refusal = as_sent(problem)
            return ConnectionRefused(refusal.error_type, refusal.message, refusal.status)
        return None


def _asked_in_query(request: Request) -> GraphQLRequest:
    parameters = request.query
    query = parameters.get("query")
    if not query:
        raise BadRequest("A GET request needs the parameter `query`.")
    document: JSON = {
        "query": query,
        "variables": parameters.get("variables"),
        "operationName": parameters.get("operationName"),
    }
    return read_request(json.dumps(document))
