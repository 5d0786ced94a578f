"""Webhook by SNS: an endpoint of the customer's own is told, and stands for all of their orders."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar
from weakref import WeakKeyDictionary

from clients.auth import TokenSource
from clients.ways import Way
from clients.ways.shared_webhook import SharedWebhook
from clients.ways.webhook import Webhook as WebhookWay
from compare import costs
from compare.channels.base import WayChannel
from compare.usage import Usage


class Webhook(WayChannel):
    """Has an endpoint on this machine, which the first order registers; the others share it."""

    name = "webhook"
    title = "Webhook (SNS)"
    how = "registers an endpoint once; SNS posts each change of its customer's orders to it, signed"
    place = 60
    pushes = True
    early = True
    bill = (
        costs.appsync_queries,
        costs.sns_publishes,
        costs.sns_deliveries,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "sns-http")

    # A customer has five webhooks at most, and a shop has one.
    _shared: ClassVar[WeakKeyDictionary[TokenSource, SharedWebhook]] = WeakKeyDictionary()

    def way(self) -> Way:
        """Return a way by the customer's one webhook, whose registration is on no order's bill."""
        shared = self._shared.get(self.tokens)
        if shared is None:
            shared = self._shared[self.tokens] = SharedWebhook(self.settings, self.tokens)
        return WebhookWay(self.settings, self.tokens, shared=shared)

    def traffic(self) -> Usage:
        """Return what the way counted; no connection of the client's own stays open."""
        return replace(super().traffic(), sockets=0, connected_seconds=0.0)
