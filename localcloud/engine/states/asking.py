"""Requests to MiniStack's application, made in its own process."""

from __future__ import annotations

import asyncio
from typing import Any

from localcloud.engine.asgi import Application, Message
from localcloud.states.integrations import Reply


async def ask(application: Application, scope: dict[str, Any], body: bytes) -> Reply:
    """Return what an ASGI application answers to a request."""
    status = 500
    headers: dict[str, str] = {}
    parts: list[bytes] = []
    delivered = False

    async def receive() -> Message:
        nonlocal delivered
        if delivered:
            await asyncio.Event().wait()
        delivered = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update({name.decode(): value.decode("latin-1") for name, value in message["headers"]})
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await application(scope, receive, send)
    return Reply(status, headers, b"".join(parts))
