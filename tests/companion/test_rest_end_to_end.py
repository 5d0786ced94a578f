"""REST on a real local cloud: sent twenty times, interrupted, waited for; the same order as over GraphQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import pytest
from gql import gql

from chalicelib import openapi
from tests.companion.world import Companion, open_companion
from tests.integration.conftest import Json, Person, ask, order_input
from tests.integration.test_orders import ENQUEUE, GOOD_END, ORDER, SUBMIT

WEBHOOKS = gql("{ webhooks { id url statuses delivery status topicArn createdAt } }")
pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def companion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    with open_companion(tmp_path_factory.mktemp("rest")) as running:
        yield running


@pytest.fixture(scope="module")
def ada(companion: Companion) -> Person:
    return companion.person("ada")


@pytest.fixture
def sku(companion: Companion) -> str:
    name = f"tea-{uuid4().hex[:8]}"
    companion.stock(name, 10)
    return name


async def the_end(companion: Companion, person: Person, order_id: str) -> list[str]:
    """Wait until an order is final, by long polls; return its statuses."""
    version = 0
    async with asyncio.timeout(120):
        while True:
            answer = await companion.call(person, "GET", f"/orders/{order_id}?wait=20&after={version}")
            assert answer.status == 200, answer.body
            version = answer.body["version"]
            if answer.body["status"] in ("DELIVERED", "CANCELLED", "FAILED"):
                return [change["status"] for change in answer.body["history"]]


async def test_twenty_concurrent_submissions_are_one_order(
    companion: Companion, ada: Person, sku: str
) -> None:
    order = order_input(sku, quantity=3)
    answers = await asyncio.gather(*(companion.submit(ada, order) for _ in range(20)))
    assert {answer.status for answer in answers} <= {200, 202}
    assert {answer.body["id"] for answer in answers} == {order["clientToken"]}
    assert await the_end(companion, ada, str(order["clientToken"])) == GOOD_END
    assert companion.available(sku) == 7


async def test_first_of_two_orders_under_one_key_wins(companion: Companion, ada: Person, sku: str) -> None:
    token = str(uuid4())
    orders = [order_input(sku, quantity=n % 2 + 1, clientToken=token) for n in range(20)]
    answers = await asyncio.gather(*(companion.submit(ada, order) for order in orders))
    assert sorted(answer.status // 100 for answer in answers) == [2] * 10 + [4] * 10
    refused = [answer for answer in answers if answer.status == 409]
    assert {answer.headers["Content-Type"] for answer in refused} == {"application/problem+json"}
    assert {answer.body["type"] for answer in refused} == {"urn:orderwire:problem:idempotency-conflict"}
    assert await the_end(companion, ada, token) == GOOD_END
    sold = {answer.body["items"][0]["quantity"] for answer in answers if answer.status != 409}
    assert sold == {10 - companion.available(sku)}


@pytest.mark.parametrize("first", ["rest", "submitOrder", "enqueueOrder"])
async def test_order_submitted_over_every_interface_is_one_record(
    companion: Companion, ada: Person, sku: str, first: str
) -> None:
    """Three ways in, in turn, with the same order: the same record, whichever made it."""
    order = order_input(sku, quantity=2)
    order_id = str(order["clientToken"])
    name = 'Tea 🍵 "x" \\ é'
    order["items"] = [{**item, "name": name} for item in order["items"]]  # type: ignore[attr-defined]

    async with companion.as_person(ada) as session:

        async def over_rest() -> str:
            answer = await companion.submit(ada, order)
            assert answer.status in (200, 202), answer.body
            return str(answer.body["id"])

        async def over_graphql(field: str) -> str:
            document = SUBMIT if field == "submitOrder" else ENQUEUE
            return str((await session.execute(ask(document, {"input": order})))[field]["id"])

        async def by(way: str) -> str:
            return await (over_rest() if way == "rest" else over_graphql(way))

        others = [way for way in ("rest", "submitOrder", "enqueueOrder") if way != first]
        assert await by(first) == order_id
        assert [await by(way) for way in others] == [order_id, order_id]
        assert await the_end(companion, ada, order_id) == GOOD_END
        received = (await session.execute(ask(ORDER, {"id": order_id})))["order"]
    read = (await companion.call(ada, "GET", f"/orders/{order_id}")).body
    assert (read["version"], read["items"][0]["name"]) == (6, name)
    assert {field: read[field] for field in ("status", "version", "total")} == {
        field: received[field] for field in ("status", "version", "total")
    }
    assert companion.available(sku) == 8


async def test_waiting_submission_returns_the_final_order(
    companion: Companion, ada: Person, sku: str
) -> None:
    answer = await companion.submit(ada, order_input(sku), Prefer="wait=25")
    assert (answer.status, answer.body["status"]) == (200, "DELIVERED")
    assert answer.headers["Preference-Applied"] == "wait=25"
    assert [change["status"] for change in answer.body["history"]] == GOOD_END


async def test_retry_completes_a_recorded_submission(companion: Companion, ada: Person, sku: str) -> None:
    """Recorded, and SQS is away: the client learns to try again, and its repetition starts the order."""
    order = order_input(sku)
    order_id = str(order["clientToken"])
    async with queue_away(companion, order_id):
        refused = await companion.submit(ada, order)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert refused.body["type"] == "urn:orderwire:problem:try-again"
        read = await companion.call(ada, "GET", f"/orders/{order_id}")
        assert (read.status, read.body["status"], read.headers["ETag"]) == (200, "RECEIVED", '"1"')
    again = await companion.submit(ada, order)
    assert (again.status, again.body["id"]) == (202, order_id)
    assert await the_end(companion, ada, order_id) == GOOD_END
    assert companion.available(sku) == 9


async def test_twenty_long_polls_do_not_delay_a_plain_get(
    companion: Companion, ada: Person, sku: str
) -> None:
    order = order_input(sku)
    order_id = str(order["clientToken"])
    assert (await companion.submit(ada, order, Prefer="wait=25")).status == 200
    orders = [await recorded_only(companion, ada, sku) for _ in range(2)]
    polls = [
        asyncio.create_task(companion.call(ada, "GET", f"/orders/{orders[n % 2]}?wait=25&after=1"))
        for n in range(20)
    ]
    try:
        for _ in range(5):
            assert (await companion.call(ada, "GET", f"/orders/{order_id}")).status == 200
        # All five were answered while all twenty waited: none has to wait until a poll has ended.
        assert not any(poll.done() for poll in polls)
    finally:
        await asyncio.gather(*polls)
    assert [poll.result().status for poll in polls] == [200] * 20


async def test_authorization_and_cors_apply_to_every_route(companion: Companion, ada: Person) -> None:
    url = companion.rest
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/openapi.json") as answer:
            assert (answer.status, await answer.json()) == (200, json.loads(openapi.text()))
        async with session.get(f"{url}/orders") as answer:
            assert (answer.status, await answer.json()) == (401, {"message": "Unauthorized"})
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        async with session.options(f"{url}/orders") as answer:
            assert answer.status == 200
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(",")
            allowed = answer.headers["Access-Control-Allow-Headers"].split(",")
            assert {"Authorization", "Idempotency-Key", "If-None-Match", "Prefer"} <= set(allowed)
    page = await companion.call(ada, "GET", "/orders?limit=1")
    assert (page.status, page.headers["X-Content-Type-Options"]) == (200, "nosniff")
    refused = await companion.call(ada, "GET", "/orders?limit=0")
    assert (refused.status, refused.body["errorInfo"]) == (400, {"path": "limit", "code": "OUT_OF_RANGE"})


async def recorded_only(companion: Companion, person: Person, sku: str) -> str:
    """Record an order that is never started, since SQS refuses it."""
    order = order_input(sku)
    order_id = str(order["clientToken"])
    async with queue_away(companion, order_id):
        assert (await companion.submit(person, order)).status == 503
    return order_id


@asynccontextmanager
async def queue_away(companion: Companion, order_id: str) -> AsyncIterator[None]:
    """Let SQS take nothing of an order."""
    fault = {
        "service": "sqs",
        "operation": "SendMessageBatch",
        "kind": "error",
        "status": 503,
        "code": "ServiceUnavailable",
        "match": {"bodyContains": order_id},
    }
    url = f"{companion.cloud.engine}/_localcloud/faults"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        async with session.put(url, json={"faults": [fault]}):
            pass
        try:
            yield
        finally:
            async with session.delete(url):
                pass


async def test_staff_are_answered_where_customers_are_refused(
    companion: Companion, ada: Person, sku: str
) -> None:
    staff = companion.person("grace", staff=True)
    order = order_input(sku)
    path = f"/orders/{order['clientToken']}"
    await companion.submit(ada, order)
    assert await the_end(companion, ada, str(order["clientToken"])) == GOOD_END
    report: Json = {"type": "OrderDelivered", "eventId": str(uuid4())}
    assert (await companion.call(ada, "POST", f"{path}/fulfilment", body=report)).status == 403
    assert (await companion.call(ada, "POST", f"{path}/redrive")).status == 403
    reported = await companion.call(staff, "POST", f"{path}/fulfilment", body=report)
    assert (reported.status, reported.body["version"]) == (200, 6)
    redriven = await companion.call(staff, "POST", f"{path}/redrive")
    assert (redriven.status, redriven.body["errorInfo"]) == (409, {"status": "DELIVERED", "reason": "FINAL"})


async def test_webhook_is_registered_alike_over_rest_and_graphql(companion: Companion, ada: Person) -> None:
    # Never verified, so nothing is sent there.
    body: Json = {"url": "https://93.184.216.34/in", "statuses": ["SHIPPED"]}
    registered = await companion.call(ada, "POST", "/webhooks", body=body)
    assert (registered.status, registered.body["webhook"]["status"]) == (201, "PENDING")
    webhook = registered.body["webhook"]
    async with companion.as_person(ada) as session:
        assert await session.execute(WEBHOOKS) == {"webhooks": [webhook]}
    inside = await companion.call(ada, "POST", "/webhooks", body={"url": "https://127.0.0.1/in"})
    assert (inside.status, inside.body["errorInfo"]) == (422, {"path": "body.url", "code": "PRIVATE_ADDRESS"})
    stranger = companion.person("eve")
    path = f"/webhooks/{webhook['id']}"
    assert (await companion.call(stranger, "DELETE", path)).status == 404
    assert (await companion.call(ada, "DELETE", path)).status == 200
    assert (await companion.call(ada, "GET", "/webhooks")).body == {"webhooks": []}
