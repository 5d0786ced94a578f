"""The webhook channel: customers with endpoints receive it once, and no others do."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

import pytest

from orders.adapters.signing import Keys, Role
from orders.adapters.sns import SnsPosts
from orders.errors import PublishFailed, TryAgain
from orders.model import CustomerId, OrderId, OrderStatusChanged, Timestamp
from orders.status import OrderStatus
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from resolvers.channels.webhooks import WebhookChannel
from tests.orders.webhooks.fakes import MASTER, Master
from tests.orders.webhooks.http_server import Server, serving

AT = Timestamp("2026-11-20T18:00:00.000Z")
CHANGE = OrderStatusChanged(OrderId("3f2b"), CustomerId("ada"), 2, OrderStatus.VALIDATED, AT)
PUBLISHED = b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"/>'


def webhook(
    webhook_id: str,
    *,
    status: WebhookStatus = WebhookStatus.ACTIVE,
    statuses: tuple[OrderStatus, ...] = (),
    topic: str = "arn:one",
) -> Webhook:
    return Webhook(
        webhook_id, CHANGE.customer_id, "https://a.example", statuses, Delivery.RAW, status, topic, AT
    )


class Endpoints:
    def __init__(self, *webhooks: Webhook) -> None:
        self._webhooks = webhooks
        self.error: Exception | None = None
        self.reads = 0

    def prepare(self) -> None: ...

    def close(self) -> None: ...

    def webhooks(self, customer_id: CustomerId, *, deadline: float) -> Sequence[Webhook]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self._webhooks if customer_id == CHANGE.customer_id else ()


class NoMaster:
    def read(self) -> bytes:
        raise TryAgain("no key just now")


@pytest.fixture
def sns() -> Iterator[Server]:
    with serving() as server:
        server.answer = lambda request: (200, {}, PUBLISHED)
        yield server


def publish(
    sns: Server, endpoints: Endpoints, master: Master | NoMaster | None = None
) -> list[dict[str, str]]:
    posts = SnsPosts("eu-west-1", Role(Keys("AKIDEXAMPLE", "secret", None)), endpoint=sns.url)
    channel = WebhookChannel(endpoints, posts, master or Master(), now=lambda: 1700000000.9)
    channel.prepare()
    try:
        channel.publish(CHANGE, deadline=time.monotonic() + 60)
    finally:
        channel.close()
    return [dict(parse_qsl(request.body.decode())) for request in sns.requests]


def test_endpoints_of_one_topic_share_one_message(sns: Server) -> None:
    [sent] = publish(
        sns, Endpoints(webhook("a"), webhook("b", status=WebhookStatus.CONFIRMING, statuses=(CHANGE.status,)))
    )
    assert (sent["Action"], sent["TopicArn"]) == ("Publish", "arn:one")
    assert [sent[f"MessageAttributes.entry.{n}.Value.StringValue"] for n in (1, 2)] == ["ada", "VALIDATED"]
    message = json.loads(sent["Message"])
    assert (message["id"], message["time"]) == ("3f2b:2", 1700000000)
    assert message["signatures"].keys() == {"a", "b"}
    assert MASTER.decode() not in sent["Message"]


@pytest.mark.parametrize(
    "endpoints",
    [
        Endpoints(),
        Endpoints(webhook("a", status=WebhookStatus.PENDING)),
        Endpoints(webhook("a", status=WebhookStatus.DISABLED)),
        Endpoints(webhook("a", statuses=(OrderStatus.SHIPPED,))),
    ],
)
def test_change_without_an_endpoint_is_not_published(sns: Server, endpoints: Endpoints) -> None:
    assert publish(sns, endpoints) == []


def test_endpoints_of_two_topics_receive_their_own_signatures(sns: Server) -> None:
    sent = publish(sns, Endpoints(webhook("a"), webhook("b", topic="arn:two")))
    assert [item["TopicArn"] for item in sent] == ["arn:one", "arn:two"]
    assert [set(json.loads(item["Message"])["signatures"]) for item in sent] == [{"a"}, {"b"}]


def test_failed_publish_is_raised_for_a_retry(sns: Server) -> None:
    endpoints = Endpoints(webhook("a"))
    with pytest.raises(PublishFailed, match="no key just now"):
        publish(sns, endpoints, NoMaster())
    sns.answer = lambda request: (500, {}, b"")
    with pytest.raises(PublishFailed):
        publish(sns, endpoints)
    endpoints.error = PublishFailed("DynamoDB answered 500")
    with pytest.raises(PublishFailed, match="DynamoDB"):
        publish(sns, endpoints)


def test_batch_reads_a_customers_endpoints_once_and_a_failed_read_again() -> None:
    endpoints = Endpoints()
    posts = SnsPosts("eu-west-1", Role(Keys("AKIDEXAMPLE", "secret", None)))
    channel = WebhookChannel(endpoints, posts, Master())
    batch = channel.for_batch()
    endpoints.error = PublishFailed("not now")
    with pytest.raises(PublishFailed):
        batch.publish(CHANGE, deadline=time.monotonic() + 60)
    endpoints.error = None
    for _ in range(3):
        batch.publish(CHANGE, deadline=time.monotonic() + 60)
    channel.for_batch().publish(CHANGE, deadline=time.monotonic() + 60)
    assert endpoints.reads == 3
