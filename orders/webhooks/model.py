"""What a webhook is, and which topic serves a customer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from orders.model import CustomerId, Timestamp
from orders.status import OrderStatus

MOST_WEBHOOKS = 5
"""Endpoints of one customer: each is a filter policy of its topic, and a signature in each message."""

POLICIES_PER_TOPIC = 200
"""SNS's quota of subscriptions with a filter policy on one topic."""

PARAMETER = "orderwire-webhook"
"""The query parameter by which two webhooks with one URL are two subscriptions to SNS."""


class Delivery(StrEnum):
    """In which form SNS delivers."""

    WRAPPED = "WRAPPED"
    RAW = "RAW"


class WebhookStatus(StrEnum):
    """How far an endpoint has come."""

    PENDING = "PENDING"
    CONFIRMING = "CONFIRMING"
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a customer asks for; no ``statuses`` means all."""

    url: str
    statuses: tuple[OrderStatus, ...] = ()
    delivery: Delivery = Delivery.WRAPPED


@dataclass(frozen=True, slots=True)
class Webhook:
    """One endpoint of one customer.

    Attributes
    ----------
    topic : str
        The ARN of the topic that serves it.
    """

    webhook_id: str
    customer_id: CustomerId
    url: str
    statuses: tuple[OrderStatus, ...]
    delivery: Delivery
    status: WebhookStatus
    topic: str
    created_at: Timestamp

    @property
    def target(self) -> str:
        """The URL as SNS is given it: a topic has one subscription to a URL, and customers may share one.

        Examples
        --------
        >>> Webhook("7c1e", CustomerId("ada"), "https://shop.example/in?a=1", (), Delivery.RAW,
        ...         WebhookStatus.PENDING, "arn:t", Timestamp("2026-11-30T00:00:00.000Z")).target
        'https://shop.example/in?a=1&orderwire-webhook=7c1e'
        """
        parts = urlsplit(self.url)
        query = f"{parts.query}&" if parts.query else ""
        path = parts.path or "/"
        return urlunsplit((parts.scheme, parts.netloc, path, f"{query}{PARAMETER}={self.webhook_id}", ""))

    @property
    def hears(self) -> bool:
        """Whether SNS may have a subscription that is worth a message."""
        return self.status in {WebhookStatus.CONFIRMING, WebhookStatus.ACTIVE}


def shard_of(customer_id: CustomerId, topics: Sequence[str]) -> str:
    """Return the topic of a customer's first webhook: the same for the same customer and topics.

    Examples
    --------
    >>> shard_of(CustomerId("ada"), ["arn:1", "arn:2"]) == shard_of(CustomerId("ada"), ["arn:1", "arn:2"])
    True
    """
    digest = hashlib.sha256(customer_id.encode()).digest()
    return topics[int.from_bytes(digest[:8]) % len(topics)]
