"""Webhook by SNS: a customer's own endpoint receives all of their orders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import ClassVar
from weakref import WeakKeyDictionary

from clients import Settings
from clients.auth import TokenSource
from clients.ways import Way
from clients.ways.shared_webhook import SharedWebhook
from clients.ways.webhook import Webhook as WebhookWay
from compare import costs
from compare.channels.base import WayChannel
from compare.usage import Usage


class Webhook(WayChannel):
    """Has an endpoint on this machine for each customer, which all of their orders share."""

    name = "webhook"
    title = "Webhook (SNS)"
    how = "registers an endpoint once; SNS posts each change of its customer's orders to it, signed"
    place = 60
    pushes = True
    tables = ("WebhooksTable",)
    early = True
    functions = ("PublishWebhooks",)
    bill = (
        costs.appsync_queries,
        costs.bus_events,
        costs.sns_publishes,
        costs.sns_deliveries,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "bus-to-queue", "queue-to-lambda", "sns-http")

    # A customer has five webhooks at most, and a shop has one.
    _shared: ClassVar[WeakKeyDictionary[TokenSource, SharedWebhook]] = WeakKeyDictionary()

    @classmethod
    @asynccontextmanager
    async def standing(cls, settings: Settings, tokens: Mapping[str, TokenSource]) -> AsyncIterator[None]:
        """Keep each customer's one webhook, which a shop registers once and not for an order."""
        async with AsyncExitStack() as stack:
            each = [cls._of(settings, token) for token in tokens.values()]
            for shared in each:
                await stack.enter_async_context(shared)
            await asyncio.gather(*(shared.register() for shared in each))
            yield

    @classmethod
    def _of(cls, settings: Settings, tokens: TokenSource) -> SharedWebhook:
        shared = cls._shared.get(tokens)
        if shared is None:
            shared = cls._shared[tokens] = SharedWebhook(settings, tokens)
        return shared

    def way(self) -> Way:
        """Return a way by the customer's one webhook."""
        return WebhookWay(self.settings, self.tokens, shared=self._of(self.settings, self.tokens))

    def traffic(self) -> Usage:
        """Return what the way counted; no connection of the client's own stays open."""
        return replace(super().traffic(), sockets=0, connected_seconds=0.0)
