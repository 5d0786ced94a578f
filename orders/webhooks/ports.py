"""What registration needs of the world; adapters in ``orders.adapters`` keep these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orders.caller import Caller
from orders.model import CustomerId
from orders.webhooks.model import Webhook


@dataclass(frozen=True, slots=True)
class Registered:
    """A new webhook, and its secret, which is shown this once."""

    webhook: Webhook
    secret: str


class WebhookDesk(Protocol):
    """Where customers register endpoints, whichever way in they take.

    Each method raises a ``CallerError`` that fits, or ``TryAgain``.
    """

    def register(self, document: object, caller: Caller, *, root: str = "input") -> Registered:
        """Keep a new endpoint, PENDING; ``document`` is a `RegisterWebhookInput`."""
        ...

    def verify(self, webhook_id: str, caller: Caller) -> Webhook:
        """Have an endpoint prove that it wants messages, and subscribe it."""
        ...

    def list(self, caller: Caller) -> Sequence[Webhook]:
        """Return the caller's endpoints, oldest first, each as SNS knows it now."""
        ...

    def remove(self, webhook_id: str, caller: Caller) -> Webhook:
        """Unsubscribe an endpoint and forget it."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A customer's webhooks; ``revision`` is 0 where there never was one."""

    webhooks: tuple[Webhook, ...] = ()
    revision: int = 0


class WebhookStore(Protocol):
    """Where endpoints are kept, all of a customer's together."""

    def load(self, customer_id: CustomerId) -> Kept:
        """Return a customer's endpoints, read consistently."""
        ...

    def save(self, customer_id: CustomerId, kept: Kept) -> bool:
        """Write all of a customer's endpoints; False when others have written since ``kept.revision``."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """What SNS has of an endpoint."""

    arn: str
    confirmed: bool


class Topics(Protocol):
    """SNS, as far as registration needs it."""

    def subscribe(self, webhook: Webhook) -> None:
        """Subscribe an endpoint; one that is subscribed already stays so.

        Raises
        ------
        WebhookQuotaExceeded
            The topic has as many filter policies as it may.
        TryAgain
        """
        ...

    def subscription(self, webhook: Webhook) -> Subscription | None:
        """Return the endpoint's subscription. Raises ``TryAgain``."""
        ...

    def unsubscribe(self, arn: str) -> None:
        """End a subscription; one that is gone is fine. Raises ``TryAgain``."""
        ...


class Challenger(Protocol):
    """Sends our challenge."""

    def post(self, url: str, address: str, body: bytes) -> bytes | None:
        """Return what the endpoint at ``address`` answers a POST to ``url``; None for anything but a 200."""
        ...


class MasterKey(Protocol):
    """The key that every webhook's secret is derived from."""

    def read(self) -> bytes:
        """Return it, at least 32 bytes. Raises ``TryAgain``."""
        ...
