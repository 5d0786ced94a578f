"""The limits of a connection; the defaults are API Gateway's own."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.gateway.websocket.deadlines import IDLE_SECONDS, LIFETIME_SECONDS


@dataclass(frozen=True)
class WebSocketSettings:
    """What tests shorten.

    Attributes
    ----------
    buffer_bytes
        How much may wait for a reader before it counts as gone.
    messages_at_once
        How many messages of one connection are with functions at a time; the next ones wait, and then the
        client does.
    goodbye_seconds
        How long a closing waits: for the client's close frame, and at the end for ``$disconnect``.
    """

    idle_seconds: float = IDLE_SECONDS
    lifetime_seconds: float = LIFETIME_SECONDS
    buffer_bytes: int = 1024 * 1024
    messages_at_once: int = 16
    goodbye_seconds: float = 2.0
