"""Event streams of the deployed application, followed by clients that we did not write, through cuts."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from tests.access.conftest import sign_in
from tests.aws_rules.npm import installed, needs
from tests.clients.cutting import Relay
from tests.integration.conftest import PASSWORD, Person, Shop, order_input
from tests.localcloud.running import ROOT, running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

NODE = Path(__file__).resolve().parent / "node"
WHOLE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
PATIENCE = 120.0
SUBMIT = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    arguments = ("--parameter", "PaceSeconds=1", "--parameter", "PaymentTimeoutSeconds=20")
    folder = tmp_path_factory.mktemp("streams")
    with running(folder, ROOT / "appsync" / "template.yaml", *arguments) as cloud:
        shop = Shop(cloud)
        shop.stock("cup", 1_000_000)
        yield shop


@pytest.fixture(scope="module")
def ada(shop: Shop) -> Person:
    return shop.person("ada")


@pytest.fixture(scope="module")
def streams(shop: Shop) -> str:
    apis: Any = shop.cloud.ready["rest_apis"]
    [url] = [str(api["url"]) for api in apis if api["id"] == shop.cloud.outputs["SseApiId"]]
    return url


@asynccontextmanager
async def cut_off(streams: str) -> AsyncIterator[tuple[Relay, str]]:
    """Open a relay to the streams that can be cut."""
    parts = urlsplit(streams)
    async with Relay(parts.port or 0) as relay:
        yield relay, f"http://127.0.0.1:{relay.port}{parts.path}"


async def submit(shop: Shop, person: Person) -> str:
    order = order_input("cup")
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.post(
            shop.api.graphql,
            json={"query": SUBMIT, "variables": {"input": order}},
            headers={"Authorization": person.token},
        )
    assert "errors" not in answer.json()
    return str(order["clientToken"])


async def read(
    url: str, person: Person, last_id: str = "", query: str = ""
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield what one connection brings, until it ends or is lost."""
    headers = {"Authorization": f"Bearer {person.token}"} | ({"Last-Event-ID": last_id} if last_id else {})
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        try:
            async with aconnect_sse(client, "GET", url + query, headers=headers) as source:
                if source.response.status_code == 204:
                    yield ServerSentEvent(event="stop")
                    return
                async for event in source.aiter_sse():
                    yield event
        except httpx.TransportError:
            return


def changes_of(events: list[ServerSentEvent], order_id: str) -> list[tuple[int, str]]:
    changes = [json.loads(event.data) for event in events if event.event == "change"]
    return [(change["version"], change["status"]) for change in changes if change["orderId"] == order_id]


async def test_httpx_sse_follows_an_order_through_cuts(shop: Shop, ada: Person, streams: str) -> None:
    events: list[ServerSentEvent] = []
    last_id = ""
    async with cut_off(streams) as (relay, base), asyncio.timeout(PATIENCE):
        order_id = await submit(shop, ada)
        while not events or events[-1].event not in ("end", "stop"):
            async for event in read(f"{base}/orders/{order_id}/events", ada, last_id):
                events.append(event)
                if event.event == "change":
                    last_id = event.id
                    relay.cut()
        assert relay.accepted > 3
        after = [event.event async for event in read(f"{base}/orders/{order_id}/events", ada, last_id)]
    assert changes_of(events, order_id) == list(enumerate(WHOLE, 1))
    assert after == ["stop"]


async def test_httpx_sse_follows_all_orders_through_cuts(shop: Shop, streams: str) -> None:
    grace = shop.person("grace")
    ids: list[str] = []
    events: list[ServerSentEvent] = []
    last_id = ""
    async with cut_off(streams) as (relay, base), asyncio.timeout(PATIENCE):
        ids = [await submit(shop, grace) for _ in range(2)]
        while sum(changes_of(events, id)[-1:] == [(6, "DELIVERED")] for id in ids) < 2:
            async with aclosing(read(f"{base}/events", grace, last_id)) as arriving:
                async for event in arriving:
                    events.append(event)
                    if event.event == "change":
                        last_id = event.id
                        relay.cut()
                    if all(changes_of(events, id)[-1:] == [(6, "DELIVERED")] for id in ids):
                        break
    for order_id in ids:
        assert changes_of(events, order_id) == list(enumerate(WHOLE, 1))


async def test_stream_waits_for_an_order_submitted_later(shop: Shop, ada: Person, streams: str) -> None:
    order = order_input("cup")
    order_id = str(order["clientToken"])
    events = []
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
        url = f"{streams}/orders/{order_id}/events"
        headers = {"Authorization": ada.token}
        async with aconnect_sse(client, "GET", url, params={"wait": "300"}, headers=headers) as source:
            assert source.response.headers["Orderwire-Version"] == "0"
            await client.post(
                shop.api.graphql, json={"query": SUBMIT, "variables": {"input": order}}, headers=headers
            )
            events = [event async for event in source.aiter_sse()]
    assert changes_of(events, order_id) == list(enumerate(WHOLE, 1))
    assert events[-1].event == "end"


# ---- npm's eventsource, in node


@pytest.fixture(scope="module")
def packages() -> Path:
    needs("node", "npm")
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return installed(NODE)


async def in_node(url: str, person: Person, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "node",
        "follow.mjs",
        url,
        cwd=NODE,
        env={**os.environ, "ORDERWIRE_TOKEN": person.token, **more},
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.usefixtures("packages")
async def test_eventsource_follows_an_order_through_cuts(shop: Shop, ada: Person, streams: str) -> None:
    lines: list[dict[str, Any]] = []
    async with cut_off(streams) as (relay, base), asyncio.timeout(PATIENCE):
        order_id = await submit(shop, ada)
        process = await in_node(f"{base}/orders/{order_id}/events", ada)
        assert process.stdout is not None
        while line := await process.stdout.readline():
            lines.append(json.loads(line))
            if lines[-1]["event"] == "change":
                relay.cut()
        assert await process.wait() == 0
        assert relay.accepted > 1
    changes = [line["change"] for line in lines if line["event"] == "change"]
    assert [(change["version"], change["status"]) for change in changes] == list(enumerate(WHOLE, 1))
    # When the last cut came before `end`, the server's 204 stopped it instead.
    assert lines[-1]["event"] == "end" or lines[-1] == {"event": "error", "code": 204, "closed": True}
    assert not [line for line in lines if line["event"] == "message"]


@pytest.mark.usefixtures("packages")
async def test_eventsource_that_ignores_the_end_is_stopped_by_the_server(
    shop: Shop, ada: Person, streams: str
) -> None:
    async with asyncio.timeout(PATIENCE):
        order_id = await submit(shop, ada)
        process = await in_node(f"{streams}/orders/{order_id}/events", ada, KEEP_ON="1")
        output, _ = await process.communicate()
    lines = [json.loads(line) for line in output.splitlines()]
    changes = [line["id"] for line in lines if line["event"] == "change"]
    assert changes == ["1", "2", "3", "4", "5", "6"]
    assert lines[-1] == {"event": "error", "code": 204, "closed": True}


# ---- the endpoints


async def answer(url: str, headers: dict[str, str], method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        return await client.request(method, url, headers=headers)


async def test_order_of_another_customer_looks_missing(shop: Shop, ada: Person, streams: str) -> None:
    mallory = shop.person("mallory")
    order_id = await submit(shop, ada)
    theirs = await answer(f"{streams}/orders/{order_id}/events", {"Authorization": mallory.token})
    nobody = await answer(f"{streams}/orders/{uuid.uuid4()}/events", {"Authorization": mallory.token})
    assert (theirs.status_code, nobody.status_code) == (404, 404)
    assert theirs.headers["Content-Type"] == "application/problem+json"
    differing = {"instance"}
    assert {key: value for key, value in theirs.json().items() if key not in differing} == {
        key: value for key, value in nobody.json().items() if key not in differing
    }
    assert theirs.json()["type"] == "urn:orderwire:problem:order-not-found"


async def test_staff_follow_the_order_of_a_customer(shop: Shop, ada: Person, streams: str) -> None:
    staff = shop.person("staff", staff=True)
    order_id = await submit(shop, ada)
    async with asyncio.timeout(PATIENCE):
        events = [event async for event in read(f"{streams}/orders/{order_id}/events", staff)]
    assert changes_of(events, order_id) == list(enumerate(WHOLE, 1))


async def test_token_of_another_application_is_refused(shop: Shop, ada: Person, streams: str) -> None:
    pool = shop.cloud.outputs["UserPoolId"]
    client = shop.cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    other = sign_in(shop, str(client), ada.name)
    assert PASSWORD not in other
    forged = ada.token[:-4] + ("AAAA" if ada.token[-4:] != "AAAA" else "BBBB")
    for path in ("/events", f"/orders/{uuid.uuid4()}/events"):
        for credential in (
            {},
            {"Authorization": "Bearer x"},
            {"Authorization": forged},
            {"Authorization": other},
        ):
            refused = await answer(streams + path, credential)
            assert refused.status_code == 401, (path, refused.text)
            assert refused.headers["Access-Control-Allow-Origin"] == "*"  # or no page could read it


async def test_preflight_of_another_origin_is_allowed(streams: str) -> None:
    preflight = await answer(
        f"{streams}/orders/{uuid.uuid4()}/events",
        {
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization,last-event-id",
        },
        "OPTIONS",
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower().split(",")
    assert {"authorization", "last-event-id"} <= set(allowed)


async def test_refusal_is_readable_by_a_page_of_another_origin(ada: Person, streams: str) -> None:
    refused = await answer(f"{streams}/orders/42/events", {"Authorization": ada.token})
    assert refused.status_code == 404
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
