"""A webhook for as long as it is wanted: listens, is registered and verified, and removed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from clients.endpoints import Delivery, NewWebhook, Registered, Webhook, WebhookStatus
from clients.errors import BadSettings, OrderwireError, Unavailable
from clients.model import Change, Status
from clients.webhook_settings import WebhookSettings
from clients.webhooks.certificates import Certificates, fetch, fetch_from
from clients.webhooks.feed import LOOPBACK, Feed
from clients.webhooks.receiver import Receiver
from clients.webhooks.server import PATH, WebhookServer
from clients.webhooks.sns import SnsVerifier

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for SNS to ask for its confirmation and to notice it."""

# Where one listens on all of a machine's addresses, and none of them is known.
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - refused, not bound


class Api(Protocol):
    """What a reception needs of the API: ``OrderApi`` has it."""

    async def register_webhook(self, webhook: NewWebhook) -> Registered:
        """Register an endpoint."""
        ...

    async def verify_webhook(self, webhook_id: str) -> Webhook:
        """Have it verified."""
        ...

    async def webhooks(self) -> tuple[Webhook, ...]:
        """Return all endpoints."""
        ...

    async def remove_webhook(self, webhook_id: str) -> Webhook:
        """Remove one."""
        ...


class Reception:
    """Receives from ``async with`` on, until it ends.

    Parameters
    ----------
    on_change
        Called in the event loop with each change, and the bytes of the body that brought it.
    sns
        Verifies SNS's signatures; by the settings without.
    feed
        Serves what was received to a page; on loopback alone.
    patience
        Seconds to wait for the subscription's confirmation.

    Attributes
    ----------
    webhook
        The webhook, once it is verified.
    """

    def __init__(
        self,
        api: Api,
        settings: WebhookSettings,
        on_change: Callable[[Change, int], None],
        *,
        delivery: Delivery = Delivery.WRAPPED,
        statuses: Sequence[Status] = (),
        sns: SnsVerifier | None = None,
        feed: Feed | None = None,
        patience: float = PATIENCE,
    ) -> None:
        host, _, port = settings.listen.rpartition(":")
        if settings.url is None and host.strip("[]") in _EVERYWHERE:
            raise BadSettings(
                f"No sender can post to {settings.listen}: give --webhook-url or ORDERWIRE_WEBHOOK_URL, the "
                "address that leads there, or listen on 127.0.0.1."
            )
        if feed is not None and (settings.url is not None or host.strip("[]") not in LOOPBACK):
            raise BadSettings(
                "A page is served on loopback alone: what is public would show it to everybody."
            )
        self._api = api
        self._settings = settings
        self._delivery = delivery
        self._statuses = tuple(statuses)
        self._sns = sns
        self._patience = patience
        self._server = WebhookServer(on_change, host=host.strip("[]"), port=int(port), feed=feed)
        self._stack = contextlib.AsyncExitStack()
        self.webhook: Webhook | None = None

    @property
    def url(self) -> str:
        """Where Orderwire and SNS send to."""
        if self._settings.url is None:
            return self._server.url
        return self._settings.url if urlsplit(self._settings.url).path else self._settings.url + PATH

    @property
    def local_url(self) -> str:
        """Where the receiver listens on this machine."""
        return self._server.url

    async def __aenter__(self) -> Self:
        """Return when every change from now on will be delivered.

        Raises
        ------
        OrderwireError
            ``WebhookProblem`` above all: the API does not take the endpoint, or could not verify it.
        """
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        try:
            await self._stack.enter_async_context(self._server)
        except OSError as error:
            raise BadSettings(f"Cannot listen on {self._settings.listen}: {error.strerror}.") from None
        registered = await self._api.register_webhook(NewWebhook(self.url, self._statuses, self._delivery))
        self._stack.push_async_callback(self._remove, registered.webhook.id)
        self._server.receiver = Receiver(
            registered.secret,
            topics=[registered.webhook.topic],
            sns=self._sns or SnsVerifier(self._certificates()),
            sns_address=self._settings.certificates,
        )
        webhook = await self._api.verify_webhook(registered.webhook.id)
        until = asyncio.get_running_loop().time() + self._patience
        while webhook.status is not WebhookStatus.ACTIVE:
            if asyncio.get_running_loop().time() > until:
                raise Unavailable("SNS has not confirmed the webhook's subscription.")
            await asyncio.sleep(1.0)
            webhook = next((w for w in await self._api.webhooks() if w.id == webhook.id), webhook)
        self.webhook = webhook

    def _certificates(self) -> Certificates:
        base, authority = self._settings.certificates, self._settings.authority
        roots: Path | Callable[[], bytes] | None = None
        if authority is not None:
            is_address = authority.startswith(("http://", "https://"))
            roots = partial(fetch, authority) if is_address else Path(authority)
        return Certificates(roots, fetch=fetch if base is None else fetch_from(base))

    async def _remove(self, webhook_id: str) -> None:
        try:
            await self._api.remove_webhook(webhook_id)
        except OrderwireError as error:
            log.warning("The webhook %s could not be removed (%s).", webhook_id, error)
