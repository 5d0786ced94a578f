"""The frames of the Event API's WebSocket protocol (``aws-appsync-event-ws``), each a typed message.

Source: "Understanding the Event API WebSocket protocol" in AppSync Events' developer guide. Unlike GraphQL's
frames they have no ``payload``: everything stands beside ``type``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from localcloud.appsync.definition import JSON

CONNECTION_TIMEOUT_MS: Final = 300_000


@dataclass(frozen=True)
class ConnectionInit:
    """Client to server: begin. AWS acknowledges it and lets those who leave it out in as well."""


@dataclass(frozen=True)
class Subscribe:
    """Client to server: get what is published to a channel, under an id of the client's."""

    id: str
    channel: str
    authorization: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Publish:
    """Client to server: publish events, each a JSON string; ``events`` is judged later, as over HTTP."""

    id: str
    channel: str
    events: JSON
    authorization: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Unsubscribe:
    """Client to server: end a subscription."""

    id: str


ClientFrame: TypeAlias = ConnectionInit | Subscribe | Publish | Unsubscribe


@dataclass(frozen=True)
class ConnectionAck:
    """Server to client: the connection is let in; it counts as dead after so long without a ``ka``."""

    connection_timeout_ms: int = CONNECTION_TIMEOUT_MS

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"type": "connection_ack", "connectionTimeoutMs": self.connection_timeout_ms}


@dataclass(frozen=True)
class ConnectionRefused:
    """Server to client, ``connection_error``: the credential of the handshake does not hold."""

    error_type: str
    message: str
    code: int

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        error: JSON = {"errorType": self.error_type, "message": self.message, "errorCode": self.code}
        return {"type": "connection_error", "errors": [error]}


@dataclass(frozen=True)
class Succeeded:
    """Server to client: ``subscribe_success`` or ``unsubscribe_success``, as ``operation`` says."""

    operation: str
    id: str

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"id": self.id, "type": f"{self.operation}_success"}


@dataclass(frozen=True)
class Published:
    """Server to client, ``publish_success``: what became of each event, by its index."""

    id: str
    successful: list[JSON]
    failed: list[JSON]

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {
            "id": self.id,
            "type": "publish_success",
            "successful": self.successful,
            "failed": self.failed,
        }


@dataclass(frozen=True)
class ErrorFrame:
    """Server to client: an operation was refused, or a frame could not be served (``error``, perhaps no id).

    ``type`` is ``subscribe_error``, ``publish_error``, ``unsubscribe_error``, ``broadcast_error`` (an event
    for this subscription could not be sent) or ``error``.
    """

    type: str
    error: Mapping[str, JSON]
    id: str | None = None

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON; ``errors`` is always an array, since clients take its first."""
        identity: dict[str, JSON] = {"id": self.id} if self.id is not None else {}
        return {**identity, "type": self.type, "errors": [dict(self.error)]}


class MalformedFrame(Exception):
    """Text from the client that is no frame, and the frame that says so."""

    def __init__(self, kind: str, error_type: str, message: str, id: str | None = None) -> None:
        super().__init__(message)
        self.answer = ErrorFrame(kind, {"errorType": error_type, "message": message}, id)


def data_prefix(id: str) -> bytes:
    """Return what stands before the event of a subscription's ``data`` frames; ``}`` ends them.

    Server to client. An event is a JSON string, one to a frame, however many were published at once. It is
    encoded once for all who are to get it, so a frame is spliced.
    """
    return b'{"id":' + json.dumps(id).encode() + b',"type":"data","event":'


def decode(text: str) -> ClientFrame:
    """Return the frame in a client's text.

    Raises
    ------
    MalformedFrame
        When the text is no JSON object, or no frame of a client.

    Examples
    --------
    >>> decode('{"type":"unsubscribe","id":"1"}')
    Unsubscribe(id='1')
    """
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise MalformedFrame("error", "UnsupportedOperation", "unknown not supported through this channel")
    kind, id_ = document.get("type"), document.get("id")
    identifier = id_ if isinstance(id_, str) and id_ else None
    if kind == "connection_init":
        return ConnectionInit()
    if kind not in ("subscribe", "publish", "unsubscribe"):
        name = kind if isinstance(kind, str) else "unknown"
        message = f"{name} not supported through this channel"
        raise MalformedFrame("error", "UnsupportedOperation", message, identifier)
    if identifier is None:
        raise MalformedFrame(f"{kind}_error", "BadRequestException", "Missing id")
    if kind == "unsubscribe":
        return Unsubscribe(identifier)
    channel, authorized = document.get("channel"), document.get("authorization")
    if not isinstance(channel, str) or not channel:
        raise MalformedFrame(f"{kind}_error", "BadRequestException", "Missing channel", identifier)
    headers = authorized if isinstance(authorized, dict) else {}
    # Clients differ in the case of header names.
    authorization = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    if kind == "subscribe":
        return Subscribe(identifier, channel, authorization)
    return Publish(identifier, channel, document.get("events"), authorization)
