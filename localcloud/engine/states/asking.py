"""Requests to MiniStack's application, made in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from localcloud.engine.asgi import Application, Message
from localcloud.states.integrations import TaskReply


async def call_application(application: Application, scope: dict[str, Any], body: bytes) -> TaskReply:
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
    return TaskReply(status, headers, b"".join(parts))


def http_scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the ASGI scope of a request from this machine; the path may have a query."""
    target, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(target),
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        **dict.fromkeys(("client", "server"), ("127.0.0.1", 0)),
    }
