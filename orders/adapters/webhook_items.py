"""A customer's webhooks as one item of the webhooks table: read whole, written whole, by its revision.

::

    pk = CUSTOMER#<id>   revision, webhooks: [{id, url, statuses, delivery, status, topic, createdAt}]

No secret is in it: those are derived (``orders.webhooks.messages.secret_of``).
"""

from __future__ import annotations

from typing import TypedDict

from orders.adapters.attributes import Attribute, Item, entries, number, text, to_item
from orders.model import CustomerId, Timestamp
from orders.status import OrderStatus
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from orders.webhooks.ports import Kept


class WebhooksRequest(TypedDict):
    """The parameters of a read, for boto3 or as JSON."""

    TableName: str
    Key: dict[str, Attribute]
    ConsistentRead: bool


def webhooks_request(table: str, customer_id: CustomerId) -> WebhooksRequest:
    """Return the read of a customer's webhooks.

    It reads consistently: a newly subscribed endpoint receives what comes next.
    """
    return {
        "TableName": table,
        "Key": to_item({"pk": f"CUSTOMER#{customer_id}"}),
        "ConsistentRead": True,
    }


def webhooks_item(customer_id: CustomerId, kept: Kept) -> dict[str, Attribute]:
    """Return the item of a customer's webhooks."""
    return to_item(
        {
            "pk": f"CUSTOMER#{customer_id}",
            "revision": kept.revision,
            "webhooks": [
                {
                    "id": webhook.webhook_id,
                    "url": webhook.url,
                    "statuses": ",".join(webhook.statuses),
                    "delivery": webhook.delivery,
                    "status": webhook.status,
                    "topic": webhook.topic,
                    "createdAt": webhook.created_at,
                }
                for webhook in kept.webhooks
            ],
        }
    )


def read_webhooks(item: Item, customer_id: CustomerId) -> Kept:
    """Return the webhooks of an item.

    Raises
    ------
    ValueError
        It does not have the form that webhooks are kept in.
    """
    return Kept(
        tuple(_read(entry, customer_id) for entry in entries(item, "webhooks")), number(item, "revision")
    )


def _read(item: Item, customer_id: CustomerId) -> Webhook:
    names = text(item, "statuses")
    return Webhook(
        webhook_id=text(item, "id"),
        customer_id=customer_id,
        url=text(item, "url"),
        statuses=tuple(OrderStatus(name) for name in names.split(",")) if names else (),
        delivery=Delivery(text(item, "delivery")),
        status=WebhookStatus(text(item, "status")),
        topic=text(item, "topic"),
        created_at=Timestamp(text(item, "createdAt")),
    )
