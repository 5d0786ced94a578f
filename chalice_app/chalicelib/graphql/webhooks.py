"""The contract's webhooks: types, inputs, and what its fields do."""

from __future__ import annotations

from typing import Self

import strawberry

from chalicelib.graphql.context import RequestInfo
from chalicelib.graphql.enums import OrderStatus, WebhookDelivery, WebhookStatus
from chalicelib.graphql.types import UNSET
from orders.model import Timestamp
from orders.webhooks.model import Webhook as Registration
from orders.webhooks.ports import Registered


@strawberry.type(
    description="An endpoint of yours that receives your orders' changes by HTTP (docs/webhooks.md)."
)
class Webhook:
    """GraphQL's `Webhook`."""

    id: strawberry.ID
    url: str
    statuses: list[OrderStatus] | None = strawberry.field(
        description="Only changes into one of these are delivered; null for all."
    )
    delivery: WebhookDelivery
    status: WebhookStatus
    topic_arn: str = strawberry.field(
        description="The topic of SNS that delivers to it: a receiver takes messages of no other."
    )
    created_at: Timestamp

    @classmethod
    def of(cls, webhook: Registration) -> Self:
        """Return one endpoint."""
        return cls(
            id=strawberry.ID(webhook.webhook_id),
            url=webhook.url,
            statuses=[OrderStatus[status.name] for status in webhook.statuses] or None,
            delivery=WebhookDelivery[webhook.delivery.name],
            status=WebhookStatus[webhook.status.name],
            topic_arn=webhook.topic,
            created_at=webhook.created_at,
        )


@strawberry.type
class RegisteredWebhook:
    """GraphQL's `RegisteredWebhook`."""

    webhook: Webhook
    secret: str = strawberry.field(
        description="It signs what the endpoint is sent. Keep it: it is shown this once."
    )

    @classmethod
    def of(cls, registered: Registered) -> Self:
        """Return a new endpoint with its secret."""
        return cls(webhook=Webhook.of(registered.webhook), secret=registered.secret)


@strawberry.input
class RegisterWebhookInput:
    """GraphQL's `RegisterWebhookInput`."""

    url: str = strawberry.field(
        description="At most 512 characters, beginning with https://, and leading to the public internet."
    )
    statuses: list[OrderStatus] | None = strawberry.field(
        default=UNSET, description="Deliver only changes into one of these; all without."
    )
    delivery: WebhookDelivery | None = strawberry.field(default=UNSET, description="WRAPPED without.")

    def document(self) -> dict[str, object]:
        """Return the registration as the core's parser reads it."""
        # An empty list is an error, and none given is not.
        statuses = [status.name for status in self.statuses] if isinstance(self.statuses, list) else None
        return {
            "url": self.url,
            "statuses": statuses,
            "delivery": self.delivery.name if self.delivery else None,
        }


def webhooks(info: RequestInfo) -> list[Webhook]:
    """Resolve `Query.webhooks`."""
    info.context.count()
    return [Webhook.of(webhook) for webhook in info.context.webhooks().list(info.context.caller)]


def register_webhook(info: RequestInfo, input: RegisterWebhookInput) -> RegisteredWebhook:
    """Resolve `Mutation.registerWebhook`."""
    info.context.count()
    desk = info.context.webhooks()
    return RegisteredWebhook.of(desk.register(input.document(), info.context.caller))


def verify_webhook(info: RequestInfo, id: strawberry.ID) -> Webhook:
    """Resolve `Mutation.verifyWebhook`."""
    info.context.count()
    return Webhook.of(info.context.webhooks().verify(id, info.context.caller))


def remove_webhook(info: RequestInfo, id: strawberry.ID) -> Webhook:
    """Resolve `Mutation.removeWebhook`."""
    info.context.count()
    return Webhook.of(info.context.webhooks().remove(id, info.context.caller))
