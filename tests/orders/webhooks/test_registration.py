"""Registration over ports in memory: the flow, its limits, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from orders.caller import Caller
from orders.errors import (
    Contended,
    InvalidWebhook,
    TryAgain,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
)
from orders.model import CustomerId
from orders.status import OrderStatus
from orders.webhooks.addresses import AddressRule
from orders.webhooks.messages import secret_of
from orders.webhooks.model import Delivery, Webhook, WebhookStatus, shard_of
from orders.webhooks.registration import ATTEMPTS, Registration
from tests.orders.webhooks.fakes import (
    MASTER,
    TOPICS,
    Endpoint,
    MemoryTopics,
    MemoryWebhooks,
    memory_desk,
)

ADA, BOB = Caller(CustomerId("ada")), Caller(CustomerId("bob"))
INPUT = {"url": "https://shop.example/in", "statuses": ["SHIPPED"], "delivery": "RAW"}


@pytest.fixture
def desk() -> Registration:
    return memory_desk()


def endpoint(desk: Registration) -> Endpoint:
    return cast("Endpoint", desk.challenger)


def sns(desk: Registration) -> MemoryTopics:
    return cast("MemoryTopics", desk.sns)


def registered(desk: Registration, caller: Caller = ADA) -> Webhook:
    return desk.register(INPUT, caller).webhook


def test_new_webhook_is_pending_without_a_request(desk: Registration) -> None:
    created = desk.register(INPUT, ADA)
    webhook = created.webhook
    assert (webhook.status, webhook.delivery) == (WebhookStatus.PENDING, Delivery.RAW)
    assert webhook.statuses == (OrderStatus.SHIPPED,)
    assert webhook.topic == shard_of(ADA.customer_id, TOPICS)
    assert created.secret == secret_of(MASTER, webhook.webhook_id)
    assert endpoint(desk).requests == []
    assert desk.list(ADA) == [webhook]


class LockedMaster:
    def read(self) -> bytes:
        raise TryAgain("Secrets Manager does not answer.")


def test_registration_keeps_nothing_when_its_secret_cannot_be_read(desk: Registration) -> None:
    with pytest.raises(TryAgain):
        replace(desk, master=LockedMaster()).register(INPUT, ADA)
    assert desk.list(ADA) == []


def test_webhook_is_active_after_its_answer_and_confirmation(desk: Registration) -> None:
    webhook = registered(desk)
    assert desk.verify(webhook.webhook_id, ADA).status is WebhookStatus.ACTIVE
    assert endpoint(desk).requests == [(webhook.target, "93.184.216.34")]
    assert [item.status for item in desk.list(ADA)] == [WebhookStatus.ACTIVE]


def test_repeated_verification_sends_no_second_challenge(desk: Registration) -> None:
    webhook = registered(desk)
    for _ in range(2):
        assert desk.verify(webhook.webhook_id, ADA).status is WebhookStatus.ACTIVE
    assert len(endpoint(desk).requests) == 1


def test_late_confirmation_is_read_later(desk: Registration) -> None:
    sns(desk).looks_before_confirmation = 1000
    webhook = registered(desk)
    assert desk.verify(webhook.webhook_id, ADA).status is WebhookStatus.CONFIRMING
    assert [item.status for item in desk.list(ADA)] == [WebhookStatus.CONFIRMING]
    sns(desk).looks_before_confirmation = 0
    assert [item.status for item in desk.list(ADA)] == [WebhookStatus.ACTIVE]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "NO_ANSWER"),
        (b"", "WRONG_ANSWER"),
        (b"[]", "WRONG_ANSWER"),
        (b'{"answer": 7}', "WRONG_ANSWER"),
        (b'{"answer": "v1,AAAA"}', "WRONG_ANSWER"),
        (b"\xff", "WRONG_ANSWER"),
        (b"[" * 100_000, "WRONG_ANSWER"),
    ],
)
def test_endpoint_with_an_invalid_answer_is_not_subscribed(
    desk: Registration, answer: bytes | None, reason: str
) -> None:
    endpoint(desk).answer = lambda payload, secret: answer
    webhook = registered(desk)
    with pytest.raises(WebhookNotVerified) as error:
        desk.verify(webhook.webhook_id, ADA)
    assert error.value.info == {"reason": reason}
    assert sns(desk).subscribed == {}
    assert desk.list(ADA)[0].status is WebhookStatus.PENDING


def test_echoed_challenge_is_no_answer(desk: Registration) -> None:
    endpoint(desk).answer = lambda payload, secret: payload["challenge"].encode()
    with pytest.raises(WebhookNotVerified):
        desk.verify(registered(desk).webhook_id, ADA)


def test_name_that_now_resolves_to_a_private_address_receives_nothing() -> None:
    addresses = ["93.184.216.34"]
    desk = memory_desk(AddressRule(resolve=lambda host, port: addresses))
    webhook = registered(desk)
    addresses[:] = ["10.0.0.7"]
    with pytest.raises(InvalidWebhook) as error:
        desk.verify(webhook.webhook_id, ADA)
    assert error.value.code == "PRIVATE_ADDRESS"
    assert endpoint(desk).requests == []


def test_customer_has_at_most_five_webhooks(desk: Registration) -> None:
    for _ in range(5):
        registered(desk)
    with pytest.raises(WebhookQuotaExceeded) as error:
        registered(desk)
    assert error.value.info == {"scope": "CUSTOMER", "limit": "5"}
    registered(desk, BOB)
    desk.remove(desk.list(ADA)[0].webhook_id, ADA)
    registered(desk)


def test_full_topic_is_reported_and_the_webhook_stays_pending(desk: Registration) -> None:
    sns(desk).is_full = True
    webhook = registered(desk)
    with pytest.raises(WebhookQuotaExceeded) as error:
        desk.verify(webhook.webhook_id, ADA)
    assert error.value.info == {"scope": "TOPIC", "limit": "200"}
    assert desk.list(ADA)[0].status is WebhookStatus.PENDING


def test_webhooks_of_a_customer_share_a_topic(desk: Registration) -> None:
    first = registered(desk)
    object.__setattr__(desk, "topics", ("arn:other",))
    assert registered(desk).topic == first.topic
    assert registered(desk, BOB).topic == "arn:other"


def test_webhook_of_another_customer_is_not_found(desk: Registration) -> None:
    webhook = registered(desk)
    assert desk.list(BOB) == []
    for act in (desk.verify, desk.remove):
        with pytest.raises(WebhookNotFound):
            act(webhook.webhook_id, BOB)
        with pytest.raises(WebhookNotFound):
            act(webhook.webhook_id, Caller(CustomerId("bob"), is_staff=True))


def test_removed_webhook_is_unsubscribed_and_deleted(desk: Registration) -> None:
    webhook = desk.verify(registered(desk).webhook_id, ADA)
    assert desk.remove(webhook.webhook_id, ADA) == webhook
    assert sns(desk).subscribed == {}
    assert desk.list(ADA) == []
    with pytest.raises(WebhookNotFound):
        desk.remove(webhook.webhook_id, ADA)


def test_unsubscribed_webhook_is_disabled_and_may_be_verified_again(desk: Registration) -> None:
    webhook = desk.verify(registered(desk).webhook_id, ADA)
    sns(desk).subscribed.clear()
    assert desk.list(ADA)[0].status is WebhookStatus.DISABLED
    assert desk.verify(webhook.webhook_id, ADA).status is WebhookStatus.ACTIVE
    assert len(endpoint(desk).requests) == 2


def test_interleaved_writes_of_others_are_survived(desk: Registration) -> None:
    store = cast("MemoryWebhooks", desk.store)
    store.interruptions = ATTEMPTS - 1
    registered(desk)
    assert len(desk.list(ADA)) == 1
    store.interruptions = ATTEMPTS
    with pytest.raises(Contended):
        registered(desk)
    assert len(desk.list(ADA)) == 1


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ([], "input", "WRONG_TYPE"),
        ({}, "input.url", "REQUIRED"),
        ({"url": 7}, "input.url", "WRONG_TYPE"),
        ({"url": "https://a.example", "secret": "x"}, "input", "UNKNOWN_FIELD"),
        ({"url": "https://a.example", "statuses": []}, "input.statuses", "NO_STATUSES"),
        ({"url": "https://a.example", "statuses": "SHIPPED"}, "input.statuses", "WRONG_TYPE"),
        ({"url": "https://a.example", "statuses": ["LOST"]}, "input.statuses", "UNKNOWN_STATUS"),
        ({"url": "https://a.example", "statuses": [[]]}, "input.statuses", "UNKNOWN_STATUS"),
        ({"url": "https://a.example", "delivery": "SMS"}, "input.delivery", "UNKNOWN_DELIVERY"),
        ({"url": "http://a.example"}, "input.url", "NOT_HTTPS"),
    ],
)
def test_invalid_webhook_is_refused_with_its_place(
    desk: Registration, document: object, path: str, code: str
) -> None:
    with pytest.raises(InvalidWebhook) as error:
        desk.register(document, ADA)
    assert error.value.info == {"path": path, "code": code}
