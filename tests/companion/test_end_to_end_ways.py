"""What is submitted on one side is seen on every other, once: REST, WebSocket, GraphQL, AppSync."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import aiohttp
import pytest

from tests.companion.world import Companion, open_companion
from tests.integration.conftest import Json, Person, ask, order_input
from tests.integration.test_orders import CANCEL, GOOD_END, SUBMIT, until_final
from tests.localcloud.running import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture(scope="module")
def companion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    with open_companion(tmp_path_factory.mktemp("ways")) as running:
        yield running


@pytest.fixture
def ada(companion: Companion) -> Person:
    return companion.person("ada")


@pytest.fixture
def tea(companion: Companion) -> str:
    """An item of which there are a hundred."""
    sku = f"tea-{uuid.uuid4().hex[:8]}"
    companion.stock(sku, 100)
    return sku


def held_up(order_id: str) -> Json:
    """A fault that keeps an order from being started."""
    return {
        "service": "states",
        "operation": "StartExecution",
        "kind": "throttle",
        "match": {"bodyContains": order_id},
    }


def executions(companion: Companion, order_id: str) -> int:
    arn = companion.cloud.outputs["StateMachineArn"]
    pages = companion.states.get_paginator("list_executions").paginate(stateMachineArn=arn)
    return sum(execution["name"] == order_id for page in pages for execution in page["executions"])


async def test_graphql_order_is_followed_over_websocket_and_by_polling(
    companion: Companion, ada: Person, tea: str
) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    async with companion.over_websocket(ada, order_id) as changes, companion.as_person(ada) as session:
        await session.execute(ask(SUBMIT, {"input": order}))
        history = await until_final(changes)
    assert [change["status"] for change in history] == GOOD_END
    polled = await companion.call(ada, "GET", f"/orders/{order_id}/history?after=2")
    assert polled.body == {"orderId": order_id, "version": 6, "changes": history[2:]}
    unchanged = await companion.call(ada, "GET", f"/orders/{order_id}", headers={"If-None-Match": '"6"'})
    assert (unchanged.status, unchanged.body) == (304, None)


async def test_rest_order_is_followed_over_appsync(companion: Companion, ada: Person, tea: str) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    async with companion.following(ada, order_id) as changes:
        assert (await companion.submit(ada, order)).status == 202
        history = await until_final(changes)
    assert [change["status"] for change in history] == GOOD_END
    assert (await companion.call(ada, "GET", f"/orders/{order_id}")).body["history"] == history


async def test_late_follower_receives_missed_changes(companion: Companion, ada: Person, tea: str) -> None:
    order = order_input(tea)
    await companion.submit(ada, order, Prefer="wait=25")
    async with companion.over_websocket(ada, str(order["clientToken"]), after=4) as changes:
        assert [(await changes())["version"] for _ in range(2)] == [5, 6]


async def test_order_cancelled_over_rest_is_reported_on_both_sides(
    companion: Companion, ada: Person, tea: str
) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    with companion.failing(held_up(order_id)):
        async with (
            companion.over_websocket(ada, order_id) as here,
            companion.following(ada, order_id) as there,
        ):
            await companion.submit(ada, order)
            cancelled = await companion.call(ada, "DELETE", f"/orders/{order_id}")
            assert (cancelled.status, cancelled.body["status"]) == (200, "CANCELLED")
            for changes in (here, there):
                history = await until_final(changes)
                assert [change["status"] for change in history] == ["RECEIVED", "CANCELLED"]
    async with companion.as_person(ada) as session:
        again = (await session.execute(ask(CANCEL, {"id": order_id})))["cancelOrder"]
    assert (again["status"], again["version"], again["reason"]) == ("CANCELLED", 2, "CUSTOMER_REQUEST")


async def test_twenty_concurrent_submissions_are_one_order(
    companion: Companion, ada: Person, tea: str
) -> None:
    order = order_input(tea)
    answers = await asyncio.gather(*(companion.submit(ada, order) for _ in range(20)))
    assert {(answer.status, answer.body["id"]) for answer in answers} <= {
        (202, order["clientToken"]),
        (200, order["clientToken"]),
    }
    last = await companion.submit(ada, order, Prefer="wait=25")
    assert (last.status, last.body["status"]) == (200, "DELIVERED")
    assert executions(companion, str(order["clientToken"])) == 1
    assert companion.available(tea) == 99
    other = await companion.submit(ada, order | {"currency": "USD"})
    assert (other.status, other.body["type"]) == (409, "urn:orderwire:problem:idempotency-conflict")
    theirs = await companion.submit(companion.person("grace"), order)
    assert (theirs.status, theirs.body) == (409, other.body | {"instance": theirs.body["instance"]})


async def test_retry_after_a_5xx_between_record_and_queue_completes_the_submission(
    companion: Companion, ada: Person, tea: str
) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    fault: Json = {
        "service": "sqs",
        "operation": "SendMessageBatch",
        "kind": "error",
        "match": {"bodyContains": order_id},
    }
    with companion.failing(fault):
        first = await companion.submit(ada, order)
        assert (first.status, first.headers["Retry-After"]) == (503, "1")
        assert (await companion.call(ada, "GET", f"/orders/{order_id}")).body["status"] == "RECEIVED"
    second = await companion.submit(ada, order, Prefer="wait=25")
    assert (second.status, second.body["status"]) == (200, "DELIVERED")
    assert executions(companion, order_id) == 1


async def test_ticket_opens_one_connection(companion: Companion, ada: Person) -> None:
    ticket = await companion.ticket(ada)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(companion.websocket, params={"ticket": ticket}) as socket:
            await socket.send_str("hello")
            assert (await socket.receive_json(timeout=60))["code"] == "InvalidFrame"
            await socket.send_json({"type": "ping"})
            assert await socket.receive_json(timeout=60) == {"type": "pong"}
        for parameters in ({"ticket": ticket}, {"ticket": "nonsense"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(companion.websocket, params=parameters)
            assert refused.value.status == 401


async def test_order_stays_hidden_from_other_customers(companion: Companion, ada: Person, tea: str) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    grace = companion.person("grace")
    async with companion.socket(grace) as socket, companion.over_websocket(ada, order_id) as changes:
        await socket.send_json({"type": "subscribe", "orderId": order_id})
        nothing = {"type": "subscribed", "orderId": order_id, "version": 0, "changes": []}
        assert await socket.receive_json(timeout=60) == nothing
        await companion.submit(ada, order)
        await until_final(changes)
        await socket.send_json({"type": "subscribe", "orderId": order_id})
        assert await socket.receive_json(timeout=60) == nothing
    assert (await companion.call(grace, "GET", f"/orders/{order_id}")).status == 404


async def test_disconnected_and_vanished_connections_are_removed(
    companion: Companion, ada: Person, tea: str
) -> None:
    """The one by ``$disconnect``, the other at the latest by the push that finds nobody."""
    order = order_input(tea)
    order_id = str(order["clientToken"])
    async with companion.over_websocket(ada, order_id):
        await asyncio.to_thread(wait_for, lambda: len(rows(companion, order_id)) == 1, what="remembering")
    async with aiohttp.ClientSession() as session:
        vanishing = await session.ws_connect(
            companion.websocket, params={"ticket": await companion.ticket(ada)}
        )
        await vanishing.send_json({"type": "subscribe", "orderId": order_id})
        await vanishing.receive_json(timeout=60)
        # The session ends without a close frame: the connection breaks.
    await vanishing.close()  # what is left of it here
    await companion.submit(ada, order, Prefer="wait=25")
    await asyncio.to_thread(wait_for, lambda: rows(companion, order_id) == [], seconds=60, what="forgetting")


def rows(companion: Companion, order_id: str) -> list[object]:
    """Return the followers of an order."""
    answer = companion.dynamodb.query(
        TableName=companion.cloud.outputs["ConnectionsTableName"],
        KeyConditionExpression="pk = :order",
        ExpressionAttributeValues={":order": {"S": f"ORDER#{order_id}"}},
        ConsistentRead=True,
    )
    return list(answer["Items"])


async def test_twenty_long_polls_do_not_delay_a_plain_read(
    companion: Companion, ada: Person, tea: str
) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    with companion.failing(held_up(order_id)):
        await companion.submit(ada, order)
        path = f"/orders/{order_id}?wait=25&after=1"
        polls = [asyncio.create_task(companion.call(ada, "GET", path)) for _ in range(20)]
        for _ in range(3):
            plain = await companion.call(ada, "GET", f"/orders/{order_id}")
            assert (plain.status, plain.body["version"]) == (200, 1)
        assert not any(poll.done() for poll in polls)
        await companion.call(ada, "DELETE", f"/orders/{order_id}")
        answers = await asyncio.gather(*polls)
    assert {(answer.status, answer.body["status"]) for answer in answers} == {(200, "CANCELLED")}
