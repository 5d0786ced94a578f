"""The receiver behind HTTP: statuses, what is handed on, and the page's feed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import httpx
import pytest
from httpx_sse import aconnect_sse

from clients import OrderClient
from clients.endpoints import Delivery, WebhookStatus
from clients.errors import BadSettings, WebhookProblem
from clients.model import Change
from clients.webhook_settings import WebhookSettings
from clients.webhooks import Receiver
from clients.webhooks.feed import Feed
from clients.webhooks.reception import Reception
from clients.webhooks.server import WebhookServer
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.webhooks.pki import NOW
from tests.clients.webhooks.test_receiver import CHANGE, OTHER, SECRET, message

ORDER = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


class Listening:
    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.broken = False
        self.feed = Feed("http://127.0.0.1:5173")

    def take(self, change: Change, size: int) -> None:
        assert size > 0
        if self.broken:
            raise RuntimeError("no room")
        self.changes.append(change)
        self.feed.add(change)


@pytest.fixture
def listening() -> Listening:
    return Listening()


@pytest.fixture
async def server(listening: Listening) -> AsyncIterator[WebhookServer]:
    async with WebhookServer(listening.take, feed=listening.feed) as running:
        running.receiver = Receiver(SECRET, now=lambda: NOW)
        yield running


async def post(server: WebhookServer, body: str) -> int:
    async with aiohttp.ClientSession() as session, session.post(server.url, data=body) as answer:
        return answer.status


async def test_genuine_message_is_delivered_once(server: WebhookServer, listening: Listening) -> None:
    # Again: SNS repeats what it got no answer to, and must be content.
    assert [await post(server, message()) for _ in range(2)] == [200, 200]
    assert [change.version for change in listening.changes] == [2]


async def test_forged_message_is_refused(server: WebhookServer, listening: Listening) -> None:
    assert await post(server, message(secret=OTHER)) == 403
    assert await post(server, "{}") == 403
    assert await post(server, "x" * 300_000) == 413
    assert listening.changes == []


async def test_unprocessed_message_is_delivered_again(server: WebhookServer, listening: Listening) -> None:
    listening.broken = True
    assert await post(server, message()) == 500
    listening.broken = False
    assert await post(server, message()) == 200
    assert len(listening.changes) == 1


async def test_server_without_a_secret_answers_to_retry(server: WebhookServer) -> None:
    server.receiver = None
    assert await post(server, message()) == 503


async def test_page_receives_past_and_new_messages(server: WebhookServer) -> None:
    address = server.url.replace("/webhook", "/received")
    await post(server, message())
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        async with aconnect_sse(client, "GET", address) as source:
            assert source.response.headers["access-control-allow-origin"] == "http://127.0.0.1:5173"
            # httpx-sse makes an event of a bare `retry:`, too.
            events = (event async for event in source.aiter_sse() if event.data)
            first = await anext(events)
            assert (first.event, first.id, json.loads(first.data)) == ("change", "1", CHANGE)
            await post(server, message(identity="3f2b:3"))
            assert (await anext(events)).id == "2"
        # After a reconnect only what is new.
        async with aconnect_sse(client, "GET", address, headers={"Last-Event-ID": "1"}) as source:
            events = (event async for event in source.aiter_sse() if event.data)
            assert (await anext(events)).id == "2"


async def test_page_under_another_host_name_is_refused(server: WebhookServer) -> None:
    address = server.url.replace("/webhook", "/received")
    async with (
        aiohttp.ClientSession() as session,
        session.get(address, headers={"Host": "evil.example:80"}) as answer,
    ):
        assert answer.status == 403


@pytest.mark.parametrize(
    "settings", [WebhookSettings("0.0.0.0:0"), WebhookSettings(url="https://shop.example")]
)
def test_public_receiver_serves_no_page(ada: OrderClient, settings: WebhookSettings) -> None:
    with pytest.raises(BadSettings, match=r"loopback|listen on 127\.0\.0\.1"):
        Reception(ada.api, settings, lambda change, _: None, feed=Feed("http://127.0.0.1:5173"))


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_webhook_exists_as_long_as_its_reception(
    appsync: FakeAppSync, ada: OrderClient, delivery: Delivery
) -> None:
    changes: asyncio.Queue[Change] = asyncio.Queue()
    settings = appsync.sns.settings
    async with Reception(
        ada.api, settings, lambda change, _: changes.put_nowait(change), delivery=delivery
    ) as reception:
        assert reception.webhook is not None
        assert reception.webhook.status is WebhookStatus.ACTIVE
        appsync.change(ORDER, "RECEIVED")
        appsync.change("other", "RECEIVED", customer="sub-grace")
        appsync.change(ORDER, "VALIDATED")
        assert {(await changes.get()).version for _ in range(2)} == {1, 2}
    assert changes.empty()
    assert (appsync.sns.kept, appsync.sns.refused) == ({}, 0)


async def test_unverified_endpoint_is_removed(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.sns.kept.clear()
    # Another server answers at the public address.
    settings = WebhookSettings(url=f"http://127.0.0.1:{appsync.port}/graphql")
    with pytest.raises(WebhookProblem) as error:
        async with Reception(ada.api, settings, lambda change, _: None):
            pass
    assert error.value.kind == "WebhookNotVerified"
    assert appsync.sns.kept == {}


async def test_occupied_port_is_reported(server: WebhookServer, ada: OrderClient) -> None:
    port = server.url.partition("//")[2].partition("/")[0]
    with pytest.raises(BadSettings, match=port):
        async with Reception(ada.api, replace(WebhookSettings(), listen=port), lambda change, _: None):
            pass


async def test_interruption_removes_the_webhook(appsync: FakeAppSync, ada: OrderClient) -> None:
    live = asyncio.Event()

    async def receive() -> None:
        async with Reception(ada.api, appsync.sns.settings, lambda change, _: None):
            live.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(receive())
    await live.wait()
    assert len(appsync.sns.kept) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert appsync.sns.kept == {}
