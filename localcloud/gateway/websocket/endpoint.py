"""The endpoint of a WebSocket API: handshakes, the routes behind its messages, and ``@connections``."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from localcloud.gateway.answers import ApiResponse, respond
from localcloud.gateway.authorizers.lambda_function import LambdaAuthorizers, Question, identity_source
from localcloud.gateway.authorizers.signatures import Signatures
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import Iam, LambdaAuthorizer
from localcloud.gateway.definitions.websocket import WebSocketApi
from localcloud.gateway.errors import Forbidden, GatewayRefused, IntegrationFailed
from localcloud.gateway.ids import new_short_id
from localcloud.gateway.measuring import GatewayMeasures
from localcloud.gateway.requests import JSON, Incoming, forwarded, gathered
from localcloud.gateway.rules.schemas import Schemas
from localcloud.gateway.websocket.connection import GOING_AWAY, WebSocketConnection
from localcloud.gateway.websocket.errors import (
    BadHandshake,
    Declined,
    ServiceUnavailable,
    UpgradeRequired,
)
from localcloud.gateway.websocket.events import (
    ConnectionInfo,
    authorizer_parts,
    connect_event,
    disconnect_event,
    message_event,
)
from localcloud.gateway.websocket.handshake import accept_token, switch, vanishing_is_noticed
from localcloud.gateway.websocket.integrating import SocketCall, SocketIntegrations
from localcloud.gateway.websocket.machine import Ended
from localcloud.gateway.websocket.management import manage
from localcloud.gateway.websocket.routing import select_route
from localcloud.gateway.websocket.settings import WebSocketSettings
from localcloud.gateway.websocket.validating import demand_message
from localcloud.watchtower.facade import Metrics

_FOLDER: Final = "@connections/"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
log = logging.getLogger(__name__)


class WebSocketEndpoint:
    """Answers the requests to one WebSocket API, and keeps its connections.

    Parameters
    ----------
    api
        The API; another definition may take its place at any time, and open connections stay.
    """

    def __init__(
        self,
        api: WebSocketApi,
        *,
        integrations: SocketIntegrations,
        signatures: Signatures,
        lambdas: LambdaAuthorizers,
        region: str,
        account: str,
        settings: WebSocketSettings,
        measures: GatewayMeasures | None = None,
    ) -> None:
        self._measures = measures or GatewayMeasures(Metrics())
        self._api, self._schemas = api, Schemas(api.schemas)
        self.connections: dict[str, WebSocketConnection] = {}
        self._integrations = integrations
        self._signatures = signatures
        self._lambdas = lambdas
        self._region = region
        self._account = account
        self._settings = settings
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._closing = False

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request: a handshake until its connection has ended.

        Raises
        ------
        Refused
            What the gateway answers itself.
        """
        stage, _, rest = incoming.path.removeprefix("/").partition("/")
        if stage not in self._api.stages:
            raise Forbidden
        if rest.startswith((_FOLDER, "%40connections/")):
            name = rest.partition("/")[2]
            resource = f"{self._scope()}/{stage}/{incoming.method}/@connections/{name}"
            await self._signatures.admit(incoming, "execute-api:ManageConnections", resource)
            return respond(incoming, manage(incoming, stage, name, self.connections))
        if incoming.lowered.get("upgrade", "").lower() != "websocket":
            raise UpgradeRequired
        if rest:
            raise Forbidden
        return await self._handshake(incoming, request, stage)

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        assert isinstance(api, WebSocketApi)
        self._api, self._schemas = api, Schemas(api.schemas)
        self._lambdas.forget()

    async def close(self) -> None:
        """Close every connection, and wait a moment for what ``$disconnect`` invokes."""
        self._closing = True
        closing = list(self.connections.values())
        for connection in closing:
            connection.close(1001, GOING_AWAY)
        waited_for = {*self._goodbyes, *(connection.closed for connection in closing)}
        if waited_for:
            await asyncio.wait(waited_for, timeout=self._settings.goodbye_seconds)
        for connection in closing:
            connection.abort()
        for task in list(self._goodbyes):
            task.cancel()

    async def _handshake(
        self, incoming: Incoming, request: web.BaseRequest, stage: str
    ) -> web.StreamResponse:
        token = accept_token(incoming)
        transport = request.transport
        if token is None:
            raise BadHandshake
        if self._closing:
            raise ServiceUnavailable
        api = self._api
        info = ConnectionInfo.of(incoming, api.id, stage, api.stages[stage])
        try:
            info.authorizer = await self._authorized(info, incoming)
            protocol = await self._connected(info, incoming)
        except GatewayRefused as problem:
            return respond(
                incoming,
                ApiResponse(
                    problem.status,
                    (("Content-Type", "application/json"), ("x-amzn-ErrorType", problem.error_type)),
                    _error_body(problem, info, incoming.extended_id),
                ),
            )
        if transport is None or transport.is_closing() or self._closing:
            # The function holds a connection that never was: without this call it would keep it.
            self._say_goodbye(info, Ended(1006, "Connection Closed Abnormally"))
            raise ServiceUnavailable
        vanishing_is_noticed(transport)
        connection = WebSocketConnection(
            info, transport, handle=self._on_message, ended=self._on_end, settings=self._settings
        )
        self.connections[info.connection_id] = connection
        self._measures.connected(api.id, stage)
        return await switch(request, connection, token, protocol)

    def _scope(self) -> str:
        return f"arn:aws:execute-api:{self._region}:{self._account}:{self._api.id}"

    async def _authorized(self, info: ConnectionInfo, incoming: Incoming) -> Mapping[str, JSON] | None:
        match self._api.authorizer:
            case Iam():
                invoke = "execute-api:Invoke", f"{self._scope()}/{info.stage}/$connect"
                await self._signatures.admit(incoming, *invoke)
            case LambdaAuthorizer() as authorizer:
                question = Question(
                    f"{self._scope()}/{info.stage}/$connect",
                    lambda source: identity_source(source, incoming, info.stage_variables),
                    lambda: authorizer_parts(info, incoming),
                )
                return await self._lambdas.admit(authorizer, question)
        return None

    async def _connected(self, info: ConnectionInfo, incoming: Incoming) -> str | None:
        """Call what is behind ``$connect``, and return the subprotocol that it chose."""
        integration = self._api.routes.get("$connect")
        if integration is None:
            return None
        event = connect_event(info, incoming)
        query = incoming.parameters
        several = {"querystring": query, "header": gathered(forwarded(incoming))}
        places = {
            place: {name: values[-1] for name, values in of_place.items()}
            for place, of_place in several.items()
        }
        call = SocketCall(event, "", info.stage_variables, places, several)
        answer = await self._integrations.call(integration, call)
        if not 200 <= answer.status < 300:
            raise Declined(answer.status)
        for name, value in answer.headers.items():
            if name.lower() == "sec-websocket-protocol":
                if isinstance(value, str) and _TOKEN.fullmatch(value):
                    return value
                raise IntegrationFailed
        return None

    async def _on_message(self, connection: WebSocketConnection, text: str) -> None:
        info, request_id = connection.info, new_short_id()
        api = self._api
        route = select_route(api.route_selection, text, frozenset(api.routes))
        error: str | None = None
        try:
            if route is None:
                raise Forbidden
            if route in api.validations:
                demand_message(api.validations[route], text, self._schemas)
            event = message_event(info, route, text, request_id)
            call = SocketCall(event, text, info.stage_variables)
            # Only a route with a response sends anything back; an answer it must be all the same.
            answer = await self._integrations.call(api.routes[route], call)
            if route in api.two_way and answer.reply:
                connection.send(answer.reply.encode(errors="replace"))
        except GatewayRefused as problem:
            error = "ClientError" if problem.status < 500 else "IntegrationError"
            connection.send(_error_body(problem, info, request_id))
        self._measures.message(api.id, info.stage, error=error)

    def _on_end(self, connection: WebSocketConnection, ended: Ended) -> None:
        if self.connections.pop(connection.info.connection_id, None) is not None:
            self._say_goodbye(connection.info, ended)

    def _say_goodbye(self, info: ConnectionInfo, ended: Ended) -> None:
        integration = self._api.routes.get("$disconnect")
        if integration is None:
            return

        async def disconnect() -> None:
            call = SocketCall(disconnect_event(info, ended), "", info.stage_variables)
            try:
                await self._integrations.call(integration, call)
            except GatewayRefused as problem:
                log.warning("$disconnect of %s failed: %s", info.connection_id, problem.message)

        task = asyncio.get_running_loop().create_task(disconnect())
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)


def _error_body(problem: GatewayRefused, info: ConnectionInfo, request_id: str) -> bytes:
    """Return what a client reads when its handshake or its message failed."""
    document = {
        "message": problem.message,
        "connectionId": info.connection_id,
        "requestId": request_id,
    }
    return json.dumps(document).encode()
