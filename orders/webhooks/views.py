"""Webhooks as the GraphQL contract shows them."""

from __future__ import annotations

from typing import TypedDict

from orders.webhooks.model import Webhook
from orders.webhooks.ports import Registered


class WebhookView(TypedDict):
    """GraphQL's `Webhook`."""

    id: str
    url: str
    statuses: list[str] | None
    delivery: str
    status: str
    topicArn: str
    createdAt: str


class RegisteredWebhookView(TypedDict):
    """GraphQL's `RegisteredWebhook`."""

    webhook: WebhookView
    secret: str


def webhook_view(webhook: Webhook) -> WebhookView:
    """Return an endpoint as its customer sees it."""
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "statuses": [status.value for status in webhook.statuses] or None,
        "delivery": webhook.delivery.value,
        "status": webhook.status.value,
        "topicArn": webhook.topic,
        "createdAt": webhook.created_at,
    }


def registered_view(registered: Registered) -> RegisteredWebhookView:
    """Return a new endpoint with its secret."""
    return {"webhook": webhook_view(registered.webhook), "secret": registered.secret}
