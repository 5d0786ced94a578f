"""What the machine of a connection asks for; a `RealtimeConnection` carries it out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from localcloud.appsync.definition import JSON

Asked_co = TypeVar("Asked_co", covariant=True)
Posted_co = TypeVar("Posted_co", covariant=True)


class Frame(Protocol):
    """A frame of the server's."""

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""


@dataclass(frozen=True)
class KeepAlive:
    """Server to client: the connection lives."""

    def document(self) -> dict[str, JSON]:
        """Return the frame as JSON."""
        return {"type": "ka"}


def encode(frame: Frame) -> bytes:
    """Return a frame as it is sent."""
    return json.dumps(frame.document(), separators=(",", ":")).encode()


@dataclass(frozen=True)
class Send:
    """Send a frame."""

    frame: Frame


@dataclass(frozen=True)
class Begin(Generic[Asked_co]):
    """Authorize and register the subscription that a frame asks for, then report the result."""

    request: Asked_co


@dataclass(frozen=True)
class Post(Generic[Asked_co]):
    """Authorize and publish what a frame asks to, then report the result."""

    request: Asked_co


@dataclass(frozen=True)
class End:
    """Forget a subscription."""

    id: str


@dataclass(frozen=True)
class Close:
    """Close the socket."""

    code: int
    reason: str


Action: TypeAlias = Send | Begin[Asked_co] | Post[Posted_co] | End | Close
