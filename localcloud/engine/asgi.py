"""ASGI's types, and the one message that ASGI lacks: close the connection without an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Layer = Callable[[Application], Application]

# Sent instead of a response: the caller sees its connection closed, as when a server dies.
ABORT = "localcloud.abort"
