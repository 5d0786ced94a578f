"""What a receiver received, as Server-Sent Events for a page on the same machine."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from urllib.parse import urlsplit

from aiohttp import web

from clients.model import Change

PATH = "/received"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
KEPT = 200
"""Changes that a page which comes later still gets."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that the connection lives."""


class Feed:
    """Keeps the last changes and sends them, and new ones, to each page.

    Parameters
    ----------
    origin
        The page's origin: no other may read it in a browser.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._kept: deque[tuple[int, Change]] = deque(maxlen=KEPT)
        self._count = 0
        self._pages: set[asyncio.Queue[tuple[int, Change] | None]] = set()

    def add(self, change: Change) -> None:
        """Send a change to all pages."""
        self._count += 1
        event = (self._count, change)
        self._kept.append(event)
        for page in self._pages:
            page.put_nowait(event)

    def add_to(self, app: web.Application) -> None:
        """Serve the feed with an application, and end it when that ends."""
        app.router.add_get(PATH, self._serve)
        app.on_shutdown.append(self._end)

    async def _end(self, _app: web.Application) -> None:
        for page in self._pages:
            page.put_nowait(None)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        # Any page may have its own name lead to loopback, and would then be of this origin.
        if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
            return web.Response(status=403)
        after = request.headers.get("Last-Event-ID", "")
        last = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "Access-Control-Allow-Origin": self._origin,
                "Vary": "Origin",
            }
        )
        page: asyncio.Queue[tuple[int, Change] | None] = asyncio.Queue()
        for event in self._kept:
            if event[0] > last:
                page.put_nowait(event)
        self._pages.add(page)
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            while True:
                try:
                    next_event = await asyncio.wait_for(page.get(), HEARTBEAT)
                except TimeoutError:
                    await response.write(b":\n\n")
                    continue
                if next_event is None:
                    break
                await response.write(_event(*next_event))
        except ConnectionResetError:
            pass  # the page is gone
        finally:
            self._pages.discard(page)
        return response


def _event(number: int, change: Change) -> bytes:
    document = {
        "orderId": change.order_id,
        "customerId": change.customer_id,
        "version": change.version,
        "status": change.status.value,
        "at": change.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reason": None if change.reason is None else str(change.reason),
    }
    return f"id: {number}\nevent: change\ndata: {json.dumps(document, separators=(',', ':'))}\n\n".encode()
