"""ASGI layers around MiniStack. A layer takes an application and returns one.

The outermost answers what is the local cloud's own (``/_localcloud/...``); the gate (faults, quotas
and meter, ``gate.py``) stands between it and MiniStack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send
from localcloud.engine.feed import Feed, encode
from localcloud.engine.pages import Pages

# What receivers of SNS's messages map https://sns.REGION.amazonaws.com/ to.
CERTIFICATES = "/_localcloud/sns/"


def stack(application: Application, layers: Sequence[Layer]) -> Application:
    """Put ``layers`` around ``application``; the first is the outermost."""
    for layer in reversed(layers):
        application = layer(application)
    return application


def own_routes(feed: Feed, pages: Pages, certificate: Callable[[str], bytes | None]) -> Layer:
    """Return the layer that answers ``/_localcloud/...``: ready, feed, SNS's certificates and the pages."""

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            if scope["type"] != "http" or not path.startswith("/_localcloud/"):
                await application(scope, receive, send)
            elif path == "/_localcloud/ready":
                await _answer(send, 200, b'{"ok":true}')
            elif path == "/_localcloud/feed":
                await _serve_feed(feed, receive, send)
            elif path.startswith(CERTIFICATES):
                # The key may have to be made first.
                pem = await asyncio.to_thread(certificate, path.removeprefix(CERTIFICATES))
                if pem is None:
                    await _answer(send, 404, b'{"message":"SNS has no such certificate"}')
                else:
                    await _answer(send, 200, pem, b"application/x-pem-file")
            else:
                status, body = await pages.answer(scope["method"], path, scope["query_string"], receive)
                await _answer(send, status, body)

        return serve

    return layer


async def _answer(send: Send, status: int, body: bytes, kind: bytes = b"application/json") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _serve_feed(feed: Feed, receive: Receive, send: Send) -> None:
    """Stream the feed until the reader goes or the engine stops."""
    listener = feed.listen()

    async def watch() -> None:
        # Nothing is written to a reader that left; without this it would wait for the next change.
        while (await receive())["type"] != "http.disconnect":
            pass
        listener.close()

    watcher = asyncio.create_task(watch())
    try:
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": encode({"kind": "hello"}), "more_body": True})
        async with aclosing(listener.chunks()) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        watcher.cancel()
        feed.leave(listener)
