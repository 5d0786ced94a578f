"""The companion's WebSocket protocol as its clients see it: JSON texts, each with a ``type``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from clients import reading
from clients.model import Change, History


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server: subscribe to this order, from the version that the client has."""

    order_id: str
    after: int = 0

    def text(self) -> str:
        """Return the frame."""
        return json.dumps({"type": "subscribe", "orderId": self.order_id, "afterVersion": self.after})


@dataclass(frozen=True, slots=True)
class Ping:
    """Client to server: are you there? API Gateway closes what is silent for ten minutes."""

    def text(self) -> str:
        """Return the frame."""
        return '{"type": "ping"}'


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Server to client: what was missed; from now on changes follow."""

    history: History


@dataclass(frozen=True, slots=True)
class Changed:
    """Server to client: an order changed."""

    change: Change


@dataclass(frozen=True, slots=True)
class Failed:
    """Server to client: a frame was refused, or its handling failed; the connection stays open.

    ``code`` is empty in what API Gateway says by itself.
    """

    code: str
    message: str

    @property
    def later(self) -> bool:
        """Whether the same may work in a moment."""
        return self.code in {"", "TryAgain", "InternalError"}


@dataclass(frozen=True, slots=True)
class Other:
    """Server to client: a sign of life, such as ``pong``."""

    kind: str


ServerFrame: TypeAlias = "Subscribed | Changed | Failed | Other"


def parse_frame(text: str) -> ServerFrame:
    """Return the message that a server's frame is.

    Raises
    ------
    reading.Unexpected
        It is none.

    Examples
    --------
    >>> parse_frame('{"type": "error", "code": "TryAgain", "message": "Too much at once."}')
    Failed(code='TryAgain', message='Too much at once.')
    """
    data = reading.document(text, "the frame")
    match data.get("type"):
        case "subscribed":
            return Subscribed(History.parse(data, "subscribed"))
        case "change":
            return Changed(Change.parse(data.get("change"), "change"))
        case "error":
            return Failed(str(data.get("code") or ""), str(data.get("message") or "no reason given"))
        case None if "message" in data:
            return Failed("", str(data["message"]))
        case kind:
            return Other(reading.text(kind, "the frame's type"))
