"""The frames of AppSync's GraphQL real-time protocol, each a typed message.

Source: "Building a real-time WebSocket client" in AppSync's developer guide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from localcloud.appsync.definition import JSON

CONNECTION_TIMEOUT_MS: Final = 300_000


class MalformedFrame(Exception):
    """Text from the client that is no frame; ``id`` is that of the subscription where it says one."""

    def __init__(self, message: str, id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.id = id


@dataclass(frozen=True)
class ConnectionInit:
    """Client to server: begin, once, after the WebSocket has opened."""


@dataclass(frozen=True)
class Start:
    """Client to server: begin a subscription under an id of the client's.

    ``data`` is the GraphQL request as a JSON string: IAM signs that very string.
    """

    id: str
    data: str
    authorization: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Stop:
    """Client to server: end a subscription."""

    id: str


ClientFrame: TypeAlias = ConnectionInit | Start | Stop


@dataclass(frozen=True)
class ConnectionAck:
    """Server to client: the connection is let in; it counts as dead after so long without a ``ka``."""

    connection_timeout_ms: int = CONNECTION_TIMEOUT_MS

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"type": "connection_ack", "payload": {"connectionTimeoutMs": self.connection_timeout_ms}}


@dataclass(frozen=True)
class ConnectionRefused:
    """Server to client, ``connection_error``: the credential of the handshake does not hold."""

    error_type: str
    message: str
    code: int

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        error: JSON = {"errorType": self.error_type, "message": self.message, "errorCode": self.code}
        return {"type": "connection_error", "payload": {"errors": [error]}}


@dataclass(frozen=True)
class StartAck:
    """Server to client: the subscription is live."""

    id: str

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"id": self.id, "type": "start_ack"}


@dataclass(frozen=True)
class Complete:
    """Server to client: the subscription has ended."""

    id: str

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"id": self.id, "type": "complete"}


@dataclass(frozen=True)
class ErrorFrame:
    """Server to client: a start was refused (with its id), or a frame could not be served (without one)."""

    errors: list[JSON]
    id: str | None = None

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON; ``errors`` is always an array, since clients take its first."""
        identity: dict[str, JSON] = {"id": self.id} if self.id is not None else {}
        return {**identity, "type": "error", "payload": {"errors": self.errors}}


def data_prefix(id: str) -> bytes:
    """Return what stands before the payload of a subscription's ``data`` frames; ``}`` ends them.

    Server to client. The payload is encoded once for all who are to get it, so a frame is spliced.
    """
    return b'{"id":' + json.dumps(id).encode() + b',"type":"data","payload":'


def decode(text: str) -> ClientFrame:
    """Return the frame in a client's text.

    Raises
    ------
    MalformedFrame
        When the text is no JSON object, or no frame of a client.

    Examples
    --------
    >>> decode('{"type":"stop","id":"1"}')
    Stop(id='1')
    """
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedFrame("unknown not supported through the realtime channel") from None
    if not isinstance(document, dict):
        raise MalformedFrame("unknown not supported through the realtime channel")
    kind, id_ = document.get("type"), document.get("id")
    identifier = id_ if isinstance(id_, str) and id_ else None
    if kind == "connection_init":
        return ConnectionInit()
    if kind in ("start", "stop"):
        if identifier is None:
            raise MalformedFrame(f"{kind} needs an id")
        return Stop(identifier) if kind == "stop" else _start(identifier, document.get("payload"))
    name = kind if isinstance(kind, str) else "unknown"
    raise MalformedFrame(f"{name} not supported through the realtime channel", identifier)


def _start(id_: str, payload: JSON) -> Start:
    data = payload.get("data") if isinstance(payload, dict) else None
    extensions = payload.get("extensions") if isinstance(payload, dict) else None
    authorization = extensions.get("authorization") if isinstance(extensions, dict) else None
    if not isinstance(data, str):
        raise MalformedFrame("start needs payload.data, a JSON string", id_)
    headers = authorization if isinstance(authorization, dict) else {}
    # Clients differ in the case of header names.
    return Start(id_, data, {name.lower(): v for name, v in headers.items() if isinstance(v, str)})
