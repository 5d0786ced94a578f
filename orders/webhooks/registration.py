"""Register, verify, list and remove endpoints: the use cases behind both ways in."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from orders.caller import Caller
from orders.errors import Contended, WebhookNotFound, WebhookNotVerified, WebhookQuotaExceeded
from orders.model import CustomerId, timestamp
from orders.ports import Clock
from orders.webhooks.addresses import AddressRule
from orders.webhooks.messages import challenge_message, is_answer, secret_of
from orders.webhooks.model import MOST_WEBHOOKS, Webhook, WebhookStatus, shard_of
from orders.webhooks.parsing import parse_webhook
from orders.webhooks.ports import (
    Challenger,
    Kept,
    MasterKey,
    Registered,
    Topics,
    WebhookStore,
)

ATTEMPTS = 4
"""Of a write that others get ahead of."""

PATIENCE = 5.0
"""Seconds that a verification waits for SNS's confirmation, which may also come later."""

PAUSE = 0.25
"""Seconds between two looks."""


@dataclass(frozen=True)
class Registration:
    """Keeps ``orders.webhooks.ports.WebhookDesk``.

    Parameters
    ----------
    topics : sequence of str
        The ARNs of all shards.
    patience : float
        Seconds to wait for SNS's confirmation.
    sleep, seconds : callable
        Wait some seconds; return monotonic seconds.
    """

    store: WebhookStore
    sns: Topics
    challenger: Challenger
    master: MasterKey
    rule: AddressRule
    topics: Sequence[str]
    clock: Clock
    patience: float = PATIENCE
    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic

    def register(self, document: object, caller: Caller, *, root: str = "input") -> Registered:
        """Keep a new endpoint, PENDING. Nothing is sent to it.

        Raises
        ------
        InvalidWebhook, WebhookQuotaExceeded, Contended
        """
        wanted = parse_webhook(document, root)
        self.rule.check(wanted.url, f"{root}.url")
        # First: an endpoint without its secret would be of no use, and one of the few that there may be.
        master = self.master.read()
        added: list[Webhook] = []

        def add(present: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
            if len(present) >= MOST_WEBHOOKS:
                raise WebhookQuotaExceeded("CUSTOMER", MOST_WEBHOOKS)
            webhook = Webhook(
                webhook_id=str(uuid.uuid4()),
                customer_id=caller.customer_id,
                url=wanted.url,
                statuses=wanted.statuses,
                delivery=wanted.delivery,
                status=WebhookStatus.PENDING,
                # Beside the others: a change is then published once, also when topics are added.
                topic=present[0].topic if present else shard_of(caller.customer_id, self.topics),
                created_at=timestamp(self.clock.now()),
            )
            added.append(webhook)
            return (*present, webhook)

        self._rewrite(caller.customer_id, add)
        return Registered(added[-1], secret_of(master, added[-1].webhook_id))

    def verify(self, webhook_id: str, caller: Caller) -> Webhook:
        """Challenge an endpoint, subscribe it, and wait a little for its confirmation to SNS.

        Raises
        ------
        WebhookNotFound, InvalidWebhook, WebhookNotVerified, WebhookQuotaExceeded, TryAgain
        """
        webhook = self._find(webhook_id, caller)
        subscription = self.sns.subscription(webhook) if webhook.hears else None
        if subscription is None:
            # The name may lead elsewhere by now.
            self._challenge(webhook, self.rule.check(webhook.url, "url"))
            self.sns.subscribe(webhook)
            # Before it is confirmed: from its first moment on it is to receive every change.
            webhook = self._set_status(webhook, WebhookStatus.CONFIRMING)
        return self._set_status(webhook, self._await_confirmation(webhook))

    def list(self, caller: Caller) -> Sequence[Webhook]:
        """Return the caller's endpoints, each with the status that its subscription has now."""
        return [
            self._refreshed(webhook) if webhook.status is not WebhookStatus.PENDING else webhook
            for webhook in self.store.load(caller.customer_id).webhooks
        ]

    def remove(self, webhook_id: str, caller: Caller) -> Webhook:
        """Unsubscribe an endpoint and forget it.

        Raises
        ------
        WebhookNotFound, Contended, TryAgain
        """
        webhook = self._find(webhook_id, caller)
        subscription = None if webhook.status is WebhookStatus.PENDING else self.sns.subscription(webhook)
        if subscription is not None:
            self.sns.unsubscribe(subscription.arn)
        self._rewrite(
            caller.customer_id,
            lambda present: tuple(item for item in present if item.webhook_id != webhook_id),
        )
        return webhook

    def _challenge(self, webhook: Webhook, address: str) -> None:
        master, challenge = self.master.read(), secrets.token_urlsafe(32)
        now = int(self.clock.now().timestamp())
        message = challenge_message(webhook, master, challenge, time=now)
        answer = self.challenger.post(webhook.target, address, message.encode())
        if answer is None:
            raise WebhookNotVerified("NO_ANSWER")
        if not is_answer(answer, challenge, secret_of(master, webhook.webhook_id)):
            raise WebhookNotVerified("WRONG_ANSWER")

    def _await_confirmation(self, webhook: Webhook) -> WebhookStatus:
        until = self.seconds() + self.patience
        while True:
            subscription = self.sns.subscription(webhook)
            if subscription is not None and subscription.confirmed:
                return WebhookStatus.ACTIVE
            if self.seconds() >= until:
                return WebhookStatus.CONFIRMING
            self.sleep(PAUSE)

    def _refreshed(self, webhook: Webhook) -> Webhook:
        subscription = self.sns.subscription(webhook)
        if subscription is None:
            return self._set_status(webhook, WebhookStatus.DISABLED)
        confirmed = WebhookStatus.ACTIVE if subscription.confirmed else WebhookStatus.CONFIRMING
        return self._set_status(webhook, confirmed)

    def _set_status(self, webhook: Webhook, status: WebhookStatus) -> Webhook:
        """Write an endpoint's status; what was removed meanwhile is not found any more."""
        changed = replace(webhook, status=status)
        if webhook.status is status:
            return webhook

        def put(present: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
            if all(item.webhook_id != webhook.webhook_id for item in present):
                raise WebhookNotFound
            return tuple(changed if item.webhook_id == webhook.webhook_id else item for item in present)

        self._rewrite(webhook.customer_id, put)
        return changed

    def _find(self, webhook_id: str, caller: Caller) -> Webhook:
        for webhook in self.store.load(caller.customer_id).webhooks:
            if webhook.webhook_id == webhook_id:
                return webhook
        raise WebhookNotFound

    def _rewrite(
        self, customer_id: CustomerId, change: Callable[[tuple[Webhook, ...]], tuple[Webhook, ...]]
    ) -> None:
        for _ in range(ATTEMPTS):
            kept = self.store.load(customer_id)
            if self.store.save(customer_id, Kept(change(kept.webhooks), kept.revision)):
                return
        raise Contended("webhooks", ATTEMPTS)
