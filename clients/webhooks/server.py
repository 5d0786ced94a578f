"""A small server around ``Receiver``: what arrives is verified, answered, and handed on as changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from clients.model import Change
from clients.webhooks.errors import Replayed, WebhookRefused
from clients.webhooks.feed import Feed
from clients.webhooks.receiver import LARGEST, Receiver

log = logging.getLogger(__name__)

PATH = "/webhook"


class WebhookServer:
    """Listens for SNS and Orderwire.

    Parameters
    ----------
    on_change
        Called in the event loop with each change, and the bytes of the body that brought it. When it raises,
        the message may come again.
    host, port
        Where to listen; port 0 takes a free one.
    feed
        Serves what was received as Server-Sent Events, at ``/received``.

    Examples
    --------
    >>> async with WebhookServer(print) as server:  # doctest: +SKIP
    ...     server.receiver = Receiver(secret)
    ...     await client.verify_webhook(webhook_id)
    """

    def __init__(
        self,
        on_change: Callable[[Change, int], None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        feed: Feed | None = None,
    ) -> None:
        self.receiver: Receiver | None = None
        self._on_change = on_change
        self._host = host
        self._port = port
        app = web.Application(client_max_size=LARGEST)
        app.router.add_post(PATH, self._receive)
        if feed is not None:
            feed.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    @property
    def url(self) -> str:
        """The webhook's address on this machine."""
        host, port = self._runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}{PATH}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.receiver is None:
            return web.Response(status=503)
        try:
            # In a thread: a certificate may have to be fetched, a subscription to be confirmed.
            reply = await asyncio.to_thread(self.receiver.receive, request.headers, body)
        except Replayed:
            return web.Response()  # it was dealt with; SNS did not learn so
        except WebhookRefused as error:
            log.warning("A request to the webhook was refused (%s).", error)
            return web.Response(status=403)
        except OSError as error:
            log.warning("The subscription could not be confirmed (%s).", type(error).__name__)
            return web.Response(status=503)
        if reply.change is not None:
            try:
                self._on_change(reply.change, len(body))
            except Exception:
                self.receiver.forget(reply.message_id)
                log.exception("A change was not dealt with; it may come again.")
                return web.Response(status=500)
        return web.Response(body=reply.body, content_type="application/json")
