"""The frames of an Event API's WebSocket as its clients see them: JSON texts, each with a ``type``.

Source of the protocol: "Understanding the Event API WebSocket protocol" in AppSync Events' developer
guide. What authorizes a connection travels in the list of subprotocols, since a browser can set no
header: ``header-`` and base64url of a JSON object, without padding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clients import reading

SUBPROTOCOL: Final = "aws-appsync-event-ws"
INIT: Final = '{"type":"connection_init"}'


@dataclass(frozen=True, slots=True)
class Authorization:
    """What each connection and each subscription shows: a token, and the Event API's *HTTP* host."""

    host: str
    token: str = field(repr=False)

    def document(self) -> dict[str, str]:
        """Return it as frames have it."""
        return {"host": self.host, "Authorization": self.token}

    def subprotocols(self) -> list[str]:
        """Return what a client offers in its handshake."""
        text = json.dumps(self.document(), separators=(",", ":")).encode()
        return [SUBPROTOCOL, f"header-{base64.urlsafe_b64encode(text).decode().rstrip('=')}"]


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server: get what is published to a channel, under an id of ours."""

    id: str
    channel: str
    authorization: Authorization

    def text(self) -> str:
        """Return the frame."""
        shown = self.authorization.document()
        return json.dumps(
            {"type": "subscribe", "id": self.id, "channel": self.channel, "authorization": shown}
        )


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Server to client: the connection is let in, and counts as dead after so many seconds of silence."""

    timeout: float


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Server to client: a subscription is live."""

    id: str


@dataclass(frozen=True, slots=True)
class Event:
    """Server to client: what was published; ``text`` is the event's own JSON."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Server to client: the connection or a subscription was refused, or an event could not be sent.

    ``errors`` are in GraphQL's form. ``fatal``: nothing more comes because of it.
    """

    errors: Sequence[object]
    fatal: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Server to client: a sign of life, such as ``ka``."""

    kind: str


ServerFrame: TypeAlias = "Acknowledged | Subscribed | Event | Failed | Other"


def parse_frame(text: str) -> ServerFrame:
    """Return the message that a server's frame is.

    Raises
    ------
    reading.Unexpected
        It is none.

    Examples
    --------
    >>> parse_frame('{"type": "connection_ack", "connectionTimeoutMs": 300000}')
    Acknowledged(timeout=300.0)
    >>> parse_frame('{"type": "data", "id": "1", "event": "{}"}')
    Event(text='{}')
    """
    data = reading.document(text, "the frame")
    match data.get("type"):
        case "connection_ack":
            return Acknowledged(
                reading.whole(data.get("connectionTimeoutMs"), "connection_ack.connectionTimeoutMs") / 1000
            )
        case "subscribe_success":
            return Subscribed(reading.text(data.get("id"), "subscribe_success.id"))
        case "data":
            return Event(reading.text(data.get("event"), "data.event"))
        case "connection_error" | "subscribe_error" as kind:
            return Failed(reading.sequence(data.get("errors", []), f"{kind}.errors"), fatal=True)
        case "broadcast_error" | "error" as kind:
            return Failed(reading.sequence(data.get("errors", []), f"{kind}.errors"), fatal=False)
        case kind:
            return Other(reading.text(kind, "the frame's type"))
