"""Webhooks in the API: a customer's own endpoints, which receive their orders' changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from clients import reading
from clients.model import Status


class Delivery(StrEnum):
    """In which form a webhook is delivered."""

    WRAPPED = "WRAPPED"
    RAW = "RAW"


class WebhookStatus(StrEnum):
    """How far a webhook has come."""

    PENDING = "PENDING"
    CONFIRMING = "CONFIRMING"
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """An endpoint to register; without ``statuses`` it receives every change."""

    url: str
    statuses: tuple[Status, ...] = ()
    delivery: Delivery = Delivery.WRAPPED

    def document(self) -> dict[str, object]:
        """Return it as ``RegisterWebhookInput``."""
        statuses = [str(status) for status in self.statuses]
        return {
            "url": self.url,
            "delivery": str(self.delivery),
            **({"statuses": statuses} if statuses else {}),
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered endpoint; ``topic`` is the only one that delivers to it."""

    id: str
    url: str
    statuses: tuple[Status, ...]
    delivery: Delivery
    status: WebhookStatus
    topic: str
    created_at: datetime

    @classmethod
    def parse(cls, value: object, where: str = "webhook") -> Webhook:
        """Read GraphQL's ``Webhook``."""
        data = reading.mapping(value, where)
        statuses = data.get("statuses")
        listed = [] if statuses is None else reading.sequence(statuses, f"{where}.statuses")
        return cls(
            id=reading.text(data.get("id"), f"{where}.id"),
            url=reading.text(data.get("url"), f"{where}.url"),
            statuses=tuple(reading.member(Status, item, f"{where}.statuses[]") for item in listed),
            delivery=reading.member(Delivery, data.get("delivery"), f"{where}.delivery"),
            status=reading.member(WebhookStatus, data.get("status"), f"{where}.status"),
            topic=reading.text(data.get("topicArn"), f"{where}.topicArn"),
            created_at=reading.instant(data.get("createdAt"), f"{where}.createdAt"),
        )

    def document(self) -> dict[str, object]:
        """Return it as GraphQL writes it."""
        return {
            "id": self.id,
            "url": self.url,
            "statuses": [str(status) for status in self.statuses] or None,
            "delivery": str(self.delivery),
            "status": str(self.status),
            "topicArn": self.topic,
            "createdAt": self.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


@dataclass(frozen=True, slots=True)
class Registered:
    """A new webhook, and its secret, which is shown this once."""

    webhook: Webhook
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, value: object, where: str = "registered") -> Registered:
        """Read GraphQL's ``RegisteredWebhook``."""
        data = reading.mapping(value, where)
        return cls(
            Webhook.parse(data.get("webhook"), f"{where}.webhook"),
            reading.text(data.get("secret"), f"{where}.secret"),
        )
