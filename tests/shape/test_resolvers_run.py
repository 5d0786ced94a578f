"""The resolvers on the engine's own DynamoDB, Step Functions and SQS: what they write, Python can read."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.definition import DataSourceConfig, DynamoDBConfig, HttpConfig
from localcloud.appsync.resolving import FieldCall, FieldOutcome, ResolverEngine
from localcloud.aws import Credentials, EngineAddress
from orders.model import ChangeOrigin, OrderId, received
from orders.parsing import parse_order
from tests.shape.api import ADA, GRACE, STAFF, definition
from tests.shape.shop import ACCOUNT, REGION, Shop
from tests.shape.shop import ADA as CUSTOMER

pytestmark = pytest.mark.integration
GOOD_LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]


class Deployed:
    """The template's resolvers, on the deployed stack."""

    def __init__(self, engine: ResolverEngine) -> None:
        self._engine = engine

    async def __call__(self, field: str, arguments: dict[str, Any], identity: Any = ADA) -> FieldOutcome:
        type_name, name = field.split(".")
        return await self._engine.resolve(FieldCall(type_name, name, arguments, identity=identity))

    async def submit(self, document: dict[str, Any], identity: Any = ADA) -> dict[str, Any]:
        outcome = await self("Mutation.submitOrder", {"input": document}, identity)
        assert outcome.errors == []
        return cast("dict[str, Any]", outcome.value)


@asynccontextmanager
async def api(shop: Shop, **changed: str) -> AsyncIterator[Deployed]:
    """Compile the resolvers for the stack; ``changed`` are variables of theirs with another value."""
    environment: Mapping[str, str] = {
        "ORDERS_TABLE": shop.outputs["OrdersTableName"],
        "STATE_MACHINE_ARN": shop.machine,
        "ORDER_QUEUE_URL": shop.outputs["OrderQueueUrl"],
        "ORCHESTRATOR": "workflow",
        **changed,
    }
    configs: dict[str, DataSourceConfig] = {
        "Orders": DynamoDBConfig(shop.outputs["OrdersTableName"], REGION),
        "Workflows": HttpConfig(f"https://states.{REGION}.amazonaws.com/", "states", REGION),
        "Queue": HttpConfig(f"https://sqs.{REGION}.amazonaws.com/", "sqs", REGION),
    }
    address = EngineAddress(shop.world.endpoint, REGION, ACCOUNT, Credentials(ACCOUNT, "secret"))
    sources = DataSourceClients(address, cast("Any", None))  # no function is called here
    try:
        yield Deployed(ResolverEngine(definition(configs, environment), sources=sources))
    finally:
        await sources.close()


def order_input(sku: str = "cup", **more: Any) -> dict[str, Any]:
    return {
        "clientToken": str(uuid.uuid4()),
        "currency": "EUR",
        "items": [{"sku": sku, "name": "Cup ☕ 🍵", "quantity": 2, "unitPrice": 450}],
        "cardToken": "tok_approve",
        **more,
    }


async def test_javascript_and_python_record_the_same_items(shop: Shop) -> None:
    document = order_input()
    async with api(shop) as call:
        order = await call.submit(document)
    order_id = OrderId(order["id"])
    expected = parse_order(document, customer_id=CUSTOMER, at=order["createdAt"])
    assert shop.store.contents(order_id) == expected
    state = shop.state(order_id)
    assert state.changes_after(0)[:1] == received(expected).changes_after(0)
    assert (state.total, state.item_count, state.currency) == (900, 1, "EUR")


async def test_appsync_starts_the_workflow(shop: Shop) -> None:
    shop.stock("glass", 10)
    async with api(shop) as call:
        order = await call.submit(order_input("glass"))
        execution = shop.machine.replace(":stateMachine:", ":execution:") + f":{order['id']}"
        run = await asyncio.to_thread(shop.finish, OrderId(order["id"]), execution)
        again = await call.submit(order_input("glass", clientToken=order["id"]))
    assert (run.status, run.life) == ("SUCCEEDED", GOOD_LIFE)
    assert (again["status"], again["version"], again["items"]) == ("DELIVERED", 6, order["items"])
    described = shop.world.client("stepfunctions").describe_execution(executionArn=execution)
    assert json.loads(described["input"]) == {"orderId": order["id"]}
    assert shop.available("glass") == 8


async def test_order_refused_by_step_functions_waits_in_the_queue(shop: Shop) -> None:
    async with api(shop, STATE_MACHINE_ARN=shop.machine + "-that-is-none") as call:
        order = await call.submit(order_input())
    sqs = shop.world.client("sqs")
    url = shop.outputs["OrderQueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert json.loads(message["Body"]) == {"orderId": order["id"]}
    assert shop.state(OrderId(order["id"])).is_pending


async def test_concurrent_submissions_of_one_order_record_it_once(shop: Shop) -> None:
    shop.stock("bowl", 10)
    document = order_input("bowl")
    async with api(shop) as call:
        outcomes = await asyncio.gather(
            *(call("Mutation.submitOrder", {"input": document}) for _ in range(12)),
            *(call("Mutation.submitOrder", {"input": {**document, "currency": "USD"}}) for _ in range(4)),
        )
        same, other = outcomes[:12], outcomes[12:]
        assert {error.error_type for outcome in same for error in outcome.errors} <= {"TryAgain"}
        assert {error.error_type for outcome in other for error in outcome.errors} <= {
            "IdempotencyConflict",
            "TryAgain",
        }
        created = {cast("dict[str, Any]", o.value)["createdAt"] for o in same if not o.errors}
        assert len(created) == 1
        execution = shop.machine.replace(":stateMachine:", ":execution:") + f":{document['clientToken']}"
        await asyncio.to_thread(shop.finish, OrderId(document["clientToken"]), execution)
    assert shop.available("bowl") == 8


async def test_another_customer_cannot_take_the_id_of_an_order(shop: Shop) -> None:
    document = order_input()
    async with api(shop) as call:
        await call.submit(document)
        outcome = await call("Mutation.submitOrder", {"input": document}, GRACE)
    assert [error.error_type for error in outcome.errors] == ["IdempotencyConflict"]


async def test_python_reads_a_cancellation_by_javascript(shop: Shop) -> None:
    order_id = shop.record({"cup": 1})
    async with api(shop) as call:
        stranger = await call("Mutation.cancelOrder", {"id": order_id}, GRACE)
        first = await call("Mutation.cancelOrder", {"id": order_id.upper()})
        second = await call("Mutation.cancelOrder", {"id": order_id}, STAFF)
    assert [error.error_type for error in stranger.errors] == ["OrderNotFound"]
    assert first.errors == second.errors == []
    assert (
        cast("dict[str, Any]", first.value)["version"] == cast("dict[str, Any]", second.value)["version"] == 2
    )
    state = shop.state(order_id)
    assert [change.status.value for change in state.history] == ["RECEIVED", "CANCELLED"]
    assert state.last_change == ChangeOrigin("cancelOrder", "cancelOrder")
    # It was never started, and nobody will look for it.
    assert order_id not in shop.store.pending_since(state.updated_at, 100)


async def test_delivered_order_cannot_be_cancelled_and_its_history_starts_anywhere(
    shop: Shop,
) -> None:
    shop.stock("jug", 10)
    order_id = shop.record({"jug": 1})
    await asyncio.to_thread(shop.run, order_id)
    async with api(shop) as call:
        refusal = await call("Mutation.cancelOrder", {"id": order_id})
        history = await call("Query.orderHistory", {"id": order_id, "afterVersion": 4})
    assert [(error.error_type, error.error_info) for error in refusal.errors] == [
        ("OrderNotCancellable", {"status": "DELIVERED"})
    ]
    messages = cast("dict[str, Any]", history.value)
    assert messages["version"] == 6
    assert [(change["version"], change["status"]) for change in messages["changes"]] == [
        (5, "SHIPPED"),
        (6, "DELIVERED"),
    ]


async def test_orders_of_a_customer_are_listed_newest_first_in_pages(shop: Shop) -> None:
    customer = {"sub": str(uuid.uuid4()), "groups": None}
    async with api(shop, STATE_MACHINE_ARN=shop.machine + "-that-is-none") as call:
        ids = [(await call.submit(order_input(), customer))["id"] for _ in range(5)]
        await call("Mutation.cancelOrder", {"id": ids[1]}, customer)
        pages: list[list[str]] = []
        token = None
        while not pages or token:
            page = (await call("Query.orders", {"limit": 2, "nextToken": token}, customer)).value
            token = cast("dict[str, Any]", page)["nextToken"]
            pages.append([order["id"] for order in cast("dict[str, Any]", page)["orders"]])
        cancelled = await call("Query.orders", {"status": "CANCELLED", "limit": 20}, customer)
    assert [order_id for page in pages for order_id in page] == ids[::-1]
    assert max(map(len, pages)) == 2
    assert [order["id"] for order in cast("dict[str, Any]", cancelled.value)["orders"]] == [ids[1]]
    shop.world.client("sqs").purge_queue(QueueUrl=shop.outputs["OrderQueueUrl"])
