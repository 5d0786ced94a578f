"""The ports of registration, kept in memory, with an endpoint that answers as scripted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from orders.errors import WebhookQuotaExceeded
from orders.model import CustomerId
from orders.webhooks.addresses import AddressRule
from orders.webhooks.messages import secret_of, sign
from orders.webhooks.model import Webhook
from orders.webhooks.ports import Kept, Subscription
from orders.webhooks.registration import Registration
from tests.orders.fakes import FixedClock

MASTER = b"0123456789abcdef0123456789abcdef"
TOPICS = ("arn:aws:sns:eu-west-1:1:one", "arn:aws:sns:eu-west-1:1:two")


class MemoryWebhooks:
    """`WebhookStore`; ``interruptions`` writes of others come in between."""

    def __init__(self) -> None:
        self.items: dict[CustomerId, Kept] = {}
        self.interruptions = 0

    def load(self, customer_id: CustomerId) -> Kept:
        return self.items.get(customer_id, Kept())

    def save(self, customer_id: CustomerId, kept: Kept) -> bool:
        if self.interruptions:
            self.interruptions -= 1
            present = self.load(customer_id)
            self.items[customer_id] = Kept(present.webhooks, present.revision + 1)
        if self.load(customer_id).revision != kept.revision:
            return False
        self.items[customer_id] = Kept(kept.webhooks, kept.revision + 1)
        return True


class MemoryTopics:
    """`Topics`; each endpoint confirms after so many looks."""

    def __init__(self) -> None:
        self.subscribed: dict[str, int] = {}
        self.looks_before_confirmation = 1
        self.is_full = False

    def subscribe(self, webhook: Webhook) -> None:
        if self.is_full:
            raise WebhookQuotaExceeded("TOPIC", 200)
        self.subscribed[webhook.target] = 0

    def subscription(self, webhook: Webhook) -> Subscription | None:
        if webhook.target not in self.subscribed:
            return None
        self.subscribed[webhook.target] += 1
        looks = self.subscribed[webhook.target]
        return Subscription(webhook.target, confirmed=looks > self.looks_before_confirmation)

    def unsubscribe(self, arn: str) -> None:
        self.subscribed.pop(arn, None)


@dataclass
class Endpoint:
    """`Challenger`: the customer's own server, which has the secret, or answers otherwise."""

    answer: Callable[[dict[str, str], str], bytes | None] | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)

    def post(self, url: str, address: str, body: bytes) -> bytes | None:
        self.requests.append((url, address))
        payload = json.loads(json.loads(body)["payload"])
        secret = secret_of(MASTER, payload["webhookId"])
        if self.answer is not None:
            return self.answer(payload, secret)
        return json.dumps({"answer": sign(secret, f"answer.{payload['challenge']}")}).encode()


class Master:
    def read(self) -> bytes:
        return MASTER


def public(host: str, port: int) -> Sequence[str]:
    return ["93.184.216.34"]


class Time:
    """Seconds that pass while one sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def memory_desk(rule: AddressRule | None = None) -> Registration:
    time = Time()
    return Registration(
        store=MemoryWebhooks(),
        sns=MemoryTopics(),
        challenger=Endpoint(),
        master=Master(),
        rule=rule or AddressRule(resolve=public),
        topics=TOPICS,
        clock=FixedClock(),
        sleep=time.sleep,
        seconds=time.now,
    )
