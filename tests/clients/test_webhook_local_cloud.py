"""A webhook against the real local cloud: registered, verified, notified of an order, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from clients import Credentials, Item, NewOrder, OrderClient, Status
from clients.endpoints import Delivery, NewWebhook, WebhookStatus
from clients.errors import WebhookProblem
from clients.model import Change
from clients.settings import Settings
from clients.ways.shared_webhook import SharedWebhook
from clients.ways.webhook import Webhook
from clients.webhooks.reception import Reception
from demo.ready import Ready, read_ready
from demo.shop import PASSWORD, prepare
from tests.localcloud.running import ROOT, running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ADA = Credentials("ada", PASSWORD)
LIFE = [
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    folder = tmp_path_factory.mktemp("webhook")
    parameters = ("--parameter", "PaceSeconds=0", "--parameter", "AllowPrivateWebhooks=true")
    with running(folder, ROOT / "appsync" / "template.yaml", *parameters) as cloud:
        shop = read_ready(cloud.printed.parent / "ready.json")
        prepare(shop, [], {"TEA": 1000})
        yield shop


@pytest.fixture(scope="module")
def settings(ready: Ready) -> Settings:
    return ready.settings


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_order_is_followed_by_webhook(settings: Settings, delivery: Delivery) -> None:
    order = NewOrder("EUR", (Item("TEA", "Tea", 1, 420),), "tok_approve")
    async with OrderClient(settings, ADA) as client, asyncio.timeout(120):
        shared = SharedWebhook(settings, client.tokens, delivery=delivery)
        way = Webhook(settings, client.tokens, shared=shared)
        async with way, way.follow([order.client_token]) as following:
            await following.wait_live()
            [webhook] = await client.api.webhooks()
            assert (webhook.status, webhook.delivery) == (WebhookStatus.ACTIVE, delivery)
            await client.submit(order)
            arrivals = [arrival async for arrival in following]
        assert [(a.version, a.change.status) for a in arrivals] == list(enumerate(LIFE, 1))
        assert any(arrival.pushed for arrival in arrivals)
        assert await client.api.webhooks() == ()


async def test_order_of_another_customer_is_not_delivered(
    settings: Settings,
) -> None:
    stranger = Credentials("grace", PASSWORD)
    received: list[Change] = []
    async with (
        OrderClient(settings, ADA) as ada,
        OrderClient(settings, stranger) as other,
        asyncio.timeout(120),
        Reception(ada.api, settings.webhooks, lambda change, _: received.append(change)),
    ):
        theirs = await other.submit(NewOrder("EUR", (Item("TEA", "Tea", 1, 420),), "tok_approve"))
        async for _ in other.follow(theirs.id):
            pass
        own = await ada.submit(NewOrder("EUR", (Item("TEA", "Tea", 1, 420),), "tok_approve"))
        # SNS delivers in no order: the last to come need not be the final one.
        while len({change.version for change in received}) < 6:
            await asyncio.sleep(0.05)
        [webhook] = await ada.api.webhooks()
        with pytest.raises(WebhookProblem) as error:
            await other.api.remove_webhook(webhook.id)
        assert error.value.kind == "WebhookNotFound"
        assert await other.api.webhooks() == ()
    assert {change.order_id for change in received} == {own.id}


async def test_unreachable_endpoint_is_not_subscribed(settings: Settings) -> None:
    async with OrderClient(settings, ADA) as client:
        registered = await client.api.register_webhook(NewWebhook("http://127.0.0.1:9/webhook"))
        try:
            with pytest.raises(WebhookProblem) as error:
                await client.api.verify_webhook(registered.webhook.id)
            assert (error.value.kind, error.value.info) == ("WebhookNotVerified", {"reason": "NO_ANSWER"})
        finally:
            await client.api.remove_webhook(registered.webhook.id)
