"""The endpoints of one Event API: publishing over HTTP, and the WebSocket beside it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest, RequestError
from localcloud.appsync.events.api import PATH, Asking, ServedEventApi
from localcloud.appsync.events.errors import BadEvents
from localcloud.appsync.events.frames import ConnectionRefused, Publish, Subscribe
from localcloud.appsync.events.hub import MAX_EVENT_BYTES, EventHub
from localcloud.appsync.events.machine import EventConnectionMachine
from localcloud.appsync.events.operations import EventOperations
from localcloud.appsync.events.outgoing import MAX_EVENTS
from localcloud.appsync.serving.answers import PREFLIGHT, answer, refusal, refusal_of
from localcloud.appsync.serving.connection import RealtimeConnection, RealtimeSettings
from localcloud.appsync.serving.handshake import as_sent, handshake_headers
from localcloud.wire import Request, Response, Upgrade, WebSocket
from localcloud.wire.messages import items

SUBPROTOCOL: Final = "aws-appsync-event-ws"
REALTIME_PATH: Final = f"{PATH}/realtime"
# Five events, each a string whose every character may have to be escaped, and something around them.
MAX_MESSAGE: Final = 2 * MAX_EVENTS * MAX_EVENT_BYTES + 64 * 1024


@dataclass
class EventEndpoint:
    """Handles every request to one Event API's port.

    Attributes
    ----------
    current
        Returns the API as it is defined now, or raises ``NotLoaded``.
    """

    current: Callable[[], Awaitable[ServedEventApi]]
    hub: EventHub
    settings: RealtimeSettings

    async def handle(self, request: Request) -> Response | Upgrade:
        """Answer a request; whatever goes wrong, it is an answer in AppSync's form."""
        try:
            return await self._handle(request)
        except RequestError as problem:
            return refusal(problem)

    async def _handle(self, request: Request) -> Response | Upgrade:
        if request.path == REALTIME_PATH and request.wants_websocket:
            return await self._websocket(request)
        if request.path == PATH and request.method == "OPTIONS":
            return Response(200, headers=PREFLIGHT)
        if request.path == PATH and request.method == "POST":
            return await self._publish(request)
        return refusal_of(404, "UnknownOperationException", "Unknown Operation Request.")

    async def _publish(self, request: Request) -> Response:
        try:
            document: JSON = json.loads(request.body)
        except (ValueError, RecursionError):
            raise BadEvents("Unable to parse request body", error_type="SerializationException") from None
        if not isinstance(document, dict):
            raise BadRequest("Request body must be a JSON object")
        api = await self.current()
        asking = Asking(request.headers, request.remote, request.body)
        batch = await api.publish(self.hub, document.get("channel"), document.get("events"), asking)
        return answer({"failed": batch.failed, "successful": batch.successful})

    async def _websocket(self, request: Request) -> Upgrade:
        protocols = items(request.headers.get("sec-websocket-protocol", ""))
        refused = await self._refused(request, protocols)

        def accept(socket: WebSocket) -> RealtimeConnection[Subscribe, Publish]:
            machine = EventConnectionMachine(refused, max_subscriptions=self.settings.max_subscriptions)
            operations = EventOperations(machine, self.hub, self.current, request.remote)
            name = f"An Event API's client of {request.remote}"
            return RealtimeConnection(
                socket, machine, operations, name=name, settings=self.settings, post=operations.publish
            )

        return Upgrade(
            accept,
            SUBPROTOCOL if SUBPROTOCOL in protocols else None,
            max_message=MAX_MESSAGE,
            buffer_bytes=self.settings.buffer_bytes,
        )

    async def _refused(self, request: Request, protocols: list[str]) -> ConnectionRefused | None:
        """Return what is wrong with a handshake; it is sent after the first frame."""
        if SUBPROTOCOL not in protocols:
            kind = "SubProtocolNotSupportedError"
            return ConnectionRefused(kind, f"The subprotocol is {SUBPROTOCOL}.", 400)
        try:
            api = await self.current()
            headers = handshake_headers(request.query, protocols, request.headers)
            await api.connect(Asking(headers, request.remote))
        except RequestError as problem:
            refusal = as_sent(problem)
            return ConnectionRefused(refusal.error_type, refusal.message, refusal.status)
        return None
