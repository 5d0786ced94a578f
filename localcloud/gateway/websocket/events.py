"""The events of a WebSocket API, in AWS's shape.

Source: recorded events of the service, under ``tests/events/apigateway_websocket_*.json``; "Lambda proxy
integrations for WebSocket APIs" in API Gateway's developer guide.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.gateway.ids import log_time, new_short_id
from localcloud.gateway.requests import JSON, Incoming, forwarded, gathered
from localcloud.gateway.websocket.machine import Ended


@dataclass
class ConnectionInfo:
    """What is known of a connection: the same in each of its events.

    Attributes
    ----------
    connected
        When its handshake came, in seconds since the epoch.
    active
        When the last message went in or out.
    """

    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    source_ip: str
    user_agent: str | None
    host: str
    connected: float
    authorizer: Mapping[str, JSON] | None = None
    connection_id: str = field(default_factory=new_short_id)
    active: float = 0.0

    def __post_init__(self) -> None:
        self.active = self.connected

    @classmethod
    def of(cls, incoming: Incoming, api_id: str, stage: str, variables: Mapping[str, str]) -> ConnectionInfo:
        """Return what a handshake says of the connection that may come of it."""
        return cls(
            api_id,
            stage,
            variables,
            incoming.source_ip,
            incoming.user_agent,
            incoming.host,
            incoming.received,
        )

    def identity(self) -> dict[str, JSON]:
        """Return who is at the other end."""
        agent: dict[str, JSON] = {} if self.user_agent is None else {"userAgent": self.user_agent}
        return {**agent, "sourceIp": self.source_ip}


def connect_event(info: ConnectionInfo, incoming: Incoming) -> dict[str, JSON]:
    """Return the event of ``$connect``: the only one that holds the handshake."""
    return {
        **handshake_parts(incoming),
        **_with_variables(info),
        "requestContext": _context(info, "$connect", "CONNECT", incoming.extended_id, incoming.received),
        "isBase64Encoded": False,
    }


def handshake_parts(incoming: Incoming) -> dict[str, JSON]:
    """Return the handshake's headers and query; the query's are left out where there is none."""
    headers = gathered(
        (name, value) for name, value in forwarded(incoming) if name.lower() not in {"connection", "upgrade"}
    )
    parts: dict[str, JSON] = {
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": {name: [*values] for name, values in headers.items()},
    }
    parameters = incoming.parameters
    if parameters:
        parts["queryStringParameters"] = {name: values[-1] for name, values in parameters.items()}
        parts["multiValueQueryStringParameters"] = {n: [*values] for n, values in parameters.items()}
    return parts


def message_event(info: ConnectionInfo, route: str, text: str, request_id: str) -> dict[str, JSON]:
    """Return the event of a message."""
    context = _context(info, route, "MESSAGE", request_id, time.time())
    context["messageId"] = new_short_id()
    return {**_with_variables(info), "requestContext": context, "body": text, "isBase64Encoded": False}


def disconnect_event(info: ConnectionInfo, ended: Ended) -> dict[str, JSON]:
    """Return the event of ``$disconnect``: with these four headers, whatever the handshake's were."""
    headers = {
        "Host": info.host,
        "x-api-key": "",
        "X-Forwarded-For": info.source_ip,
        "x-restapi": "",
    }
    context = _context(info, "$disconnect", "DISCONNECT", new_short_id(), time.time())
    context["disconnectStatusCode"] = ended.code
    context["disconnectReason"] = ended.reason
    return {
        "headers": {**headers},
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        **_with_variables(info),
        "requestContext": context,
        "isBase64Encoded": False,
    }


def authorizer_parts(info: ConnectionInfo, incoming: Incoming) -> dict[str, JSON]:
    """Return what a ``REQUEST`` authorizer of ``$connect`` gets beside its type and ARN."""
    return {
        **handshake_parts(incoming),
        "queryStringParameters": {name: values[-1] for name, values in incoming.parameters.items()},
        "multiValueQueryStringParameters": {n: [*values] for n, values in incoming.parameters.items()},
        "stageVariables": dict(info.stage_variables),
        "requestContext": _context(info, "$connect", "CONNECT", incoming.extended_id, incoming.received),
    }


def _with_variables(info: ConnectionInfo) -> dict[str, JSON]:
    return {"stageVariables": dict(info.stage_variables)} if info.stage_variables else {}


def _context(info: ConnectionInfo, route: str, kind: str, request_id: str, now: float) -> dict[str, JSON]:
    context: dict[str, JSON] = {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": log_time(now),
        "messageDirection": "IN",
        "stage": info.stage,
        "connectedAt": int(info.connected * 1000),
        "requestTimeEpoch": int(now * 1000),
        "identity": info.identity(),
        "requestId": request_id,
        "domainName": info.host,
        "connectionId": info.connection_id,
        "apiId": info.api_id,
    }
    if info.authorizer is not None:
        context["authorizer"] = dict(info.authorizer)
    return context
