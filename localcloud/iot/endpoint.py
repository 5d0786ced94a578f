"""The port's requests: MQTT's WebSocket, and the HTTP data plane that stands beside it."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.presigned import is_presigned, verify_presigned
from localcloud.auth.principals import Principals
from localcloud.auth.sigv4 import SignedRequest, is_signed, verify_signature
from localcloud.iot.admission import IotContext
from localcloud.iot.authorizing import Authorizers, Grant, HttpPart, NoAnswer, NotAuthorized, Presented
from localcloud.iot.codec import MQTT_3, Connect
from localcloud.iot.connection import MqttConnection
from localcloud.iot.dataplane import DataPlane
from localcloud.iot.limits import topic_fault
from localcloud.iot.permits import Permits
from localcloud.wire import Request, Response, Upgrade, WebSocket
from localcloud.wire.messages import items

GATEWAY: Final = "iotdevicegateway"
DATA: Final = "iotdata"
_BUFFER: Final = 4 * 1024 * 1024
log = logging.getLogger(__name__)


class IotEndpoint:
    """Answers every request to the port.

    Parameters
    ----------
    accept
        Called with each connection.
    """

    def __init__(
        self,
        context: IotContext,
        principals: Principals,
        authorizers: Authorizers,
        plane: DataPlane,
        accept: Callable[[MqttConnection], None],
    ) -> None:
        self._context = context
        self._principals = principals
        self._authorizers = authorizers
        self._plane = plane
        self._accept = accept

    async def __call__(self, request: Request) -> Response | Upgrade:
        """Answer a request."""
        if request.path == "/mqtt":
            return self._mqtt(request)
        try:
            await self._permit(request)
        except (SignatureInvalid, NotAuthorized) as problem:
            log.warning("A request to the data plane is refused: %s", problem)
            return _forbidden()
        except NoAnswer as problem:
            log.warning("A request to the data plane has to come again: %s", problem)
            return _message(503, "Service unavailable")
        return await self._plane.forward(request)

    def _mqtt(self, request: Request) -> Response | Upgrade:
        if not request.wants_websocket:
            return _message(426, "Upgrade Required", {"Upgrade": "websocket"})
        if "mqtt" not in items(request.headers.get("sec-websocket-protocol", "")):
            return _message(400, "The subprotocol mqtt is missing.")
        grant: Grant | None = None
        try:
            if is_presigned(request.raw_query):
                verified = verify_presigned(
                    request.method,
                    request.raw_path,
                    request.raw_query,
                    request.headers,
                    find=self._principals.find,
                    region=self._context.region,
                    service=GATEWAY,
                )
                grant = Grant(verified.user_id)
            elif is_signed(request.headers.get("authorization", "")):
                grant = Grant(self._signer(request, GATEWAY))
        except SignatureInvalid as problem:
            log.warning("An MQTT client is refused: %s", problem.message)
            return _forbidden()
        http = HttpPart(request.headers, request.raw_query)

        def accept(socket: WebSocket) -> MqttConnection:
            connection = MqttConnection(socket, self._context, http, grant)
            self._accept(connection)
            return connection

        return Upgrade(accept, "mqtt", buffer_bytes=_BUFFER)

    async def _permit(self, request: Request) -> None:
        """Let a request to the data plane pass, or raise ``SignatureInvalid`` or ``NotAuthorized``."""
        topic = _topic(request)
        if topic is not None and (fault := topic_fault(topic)):
            raise NotAuthorized(fault)
        authorization = request.headers.get("authorization", "")
        if is_signed(authorization):
            self._signer(request, GATEWAY if f"/{GATEWAY}/" in authorization else DATA)
            return
        if topic is None:
            raise NotAuthorized("an authorizer opens Publish alone")
        presented = Presented(HttpPart(request.headers, request.raw_query))
        connection_id = str(uuid.uuid4())
        grant = await self._authorizers.authorize(presented, connection_id)
        permits = Permits.of(
            grant, Connect(MQTT_3, ""), region=self._context.region, account=self._context.account
        )
        retain = request.query.get("retain", "").lower() == "true"
        if not permits.publish(topic, retain=retain):
            raise NotAuthorized(f"the policies do not allow to publish to {topic!r}")

    def _signer(self, request: Request, service: str) -> str:
        signed = SignedRequest(
            request.method, request.raw_path, request.raw_query, request.headers, request.body
        )
        return verify_signature(
            signed, find=self._principals.find, region=self._context.region, service=service
        ).user_id


def _topic(request: Request) -> str | None:
    """Return the topic that a request publishes to; None when it is another one."""
    if request.method != "POST" or not request.raw_path.startswith("/topics/"):
        return None
    return unquote(request.raw_path.removeprefix("/topics/"))


def _forbidden() -> Response:
    body = json.dumps({"message": "Forbidden", "traceId": str(uuid.uuid4())}).encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"}
    return Response(403, body, headers)


def _message(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps({"message": message}).encode()
    return Response(status, body, {"Content-Type": "application/json", **(headers or {})})
