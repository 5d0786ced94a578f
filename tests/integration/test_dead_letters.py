"""Dead letters of the running application: put where they end, and brought back by staff."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from clients.auth import Credentials
from clients.client import OrderClient
from clients.dead_letters import DeadLetterDesk, Move
from clients.settings import Settings
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.model import CustomerId, received, timestamp
from orders.parsing import parse_order
from tests.integration.conftest import PASSWORD, Person, Shop, order_input

pytestmark = pytest.mark.integration


@dataclass
class World:
    """The shop, its queues by their logical ids, and staff at their desk."""

    shop: Shop
    ada: Person
    queues: dict[str, str]
    client: OrderClient

    @property
    def desk(self) -> DeadLetterDesk:
        return self.client.api.dead_letters

    def record(self) -> str:
        """Record an order that nobody starts."""
        contents = parse_order(
            order_input("cup"), customer_id=CustomerId(self.ada.sub), at=timestamp(datetime.now(UTC))
        )
        store = DynamoDBOrderStore(self.shop.dynamodb, self.shop.cloud.outputs["OrdersTableName"])
        assert store.record(contents, received(contents))
        return contents.order_id

    def put(self, queue: str, body: object) -> None:
        """Put a letter in a place."""
        self.shop.sqs.send_message(QueueUrl=self.queues[queue], MessageBody=json.dumps(body))

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        """Return a condition's first true value."""
        async with asyncio.timeout(90):
            while not (value := await condition()):
                await asyncio.sleep(0.1)
        return value

    async def delivered(self, order_id: str) -> None:
        """Wait until an order has come to its good end."""

        async def look() -> bool:
            return (await self.client.api.order(order_id)).status == "DELIVERED"

        await self.until(look)


@pytest.fixture
async def world(shop: Shop) -> AsyncIterator[World]:
    shop.stock("cup", 1_000)
    stack = shop.cloud.session().client("cloudformation", endpoint_url=shop.cloud.engine)
    described = stack.describe_stack_resources(StackName=str(shop.cloud.ready["stack"]))["StackResources"]
    queues = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in described
        if resource["ResourceType"] == "AWS::SQS::Queue"
    }
    staff = shop.person("margaret", staff=True)
    settings = Settings(
        endpoint=shop.api.graphql,
        realtime=shop.api.realtime,
        cognito=shop.cloud.engine,
        client_id=shop.cloud.outputs["UserPoolClientId"],
    )
    async with OrderClient(settings, Credentials(staff.name, PASSWORD)) as client:
        yield World(shop, shop.person("ada"), queues, client)


async def test_orders_that_failed_to_start_are_started_by_a_redrive(world: World) -> None:
    first, second = world.record(), world.record()
    for order_id in (first, second):
        world.put("OrderDeadLetters", {"orderId": order_id})
    place = next(place for place in await world.desk.places() if place.name == "orders")
    assert place.depth == 2 and place.oldest_at is not None
    letters = await world.desk.letters("orders")
    assert {letter.order_ids for letter in letters} == {(first,), (second,)}
    assert {letter.attempts for letter in letters} == {10}

    assert (await world.desk.redrive("orders", only=first, dry_run=True)).matched == 1
    assert (await world.desk.redrive("orders", only=first)).redriven == 1
    await world.delivered(first)
    assert [letter.order_ids for letter in await world.desk.letters("orders")] == [(second,)]

    assert (await world.desk.redrive("orders")).matched == 1

    async def moved() -> Move | None:
        move = next(place.move for place in await world.desk.places() if place.name == "orders")
        return move if move and not move.active else None

    assert (await world.until(moved)).status == "COMPLETED"
    await world.delivered(second)
    assert (await world.desk.redrive("orders")).matched == 0


async def test_unpublished_changes_are_published_by_a_redrive(world: World) -> None:
    order_id = world.record()
    world.put("OrderDeadLetters", {"orderId": order_id})
    await world.desk.redrive("orders", only=order_id)
    await world.delivered(order_id)
    batch = last_batch(world.shop, order_id)
    async with world.shop.following(world.ada, order_id) as changes:
        world.put("FanoutDeadLetters", {"requestContext": {"condition": "RetryAttemptsExhausted"}, **batch})
        [letter] = await world.desk.letters("fanout")
        assert letter.order_ids == (order_id,)
        assert (await world.desk.redrive("fanout")).redriven == 1
        change = await changes()
    assert (change["orderId"], change["status"]) == (order_id, "DELIVERED")
    assert await world.desk.letters("fanout") == ()


async def test_report_of_an_unknown_parcel_stays_a_dead_letter(world: World) -> None:
    world.put("FulfilmentDeadLetters", {"detail-type": "OrderPacked", "detail": {"orderId": "none"}})
    result = await world.desk.redrive("fulfilment")
    assert (result.matched, result.redriven) == (1, 0)
    [reason] = result.failures.values()
    assert reason.startswith("the function failed again: ")
    world.shop.sqs.purge_queue(QueueUrl=world.queues["FulfilmentDeadLetters"])


def last_batch(shop: Shop, order_id: str) -> dict[str, Any]:
    """Return where the last change of an order is in the table's stream, as Lambda names it."""
    streams = shop.cloud.session().client("dynamodbstreams", endpoint_url=shop.cloud.engine)
    arn = streams.list_streams(TableName=shop.cloud.outputs["OrdersTableName"])["Streams"][0]["StreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    content = ""
    while iterator is not None:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            image = record["dynamodb"].get("NewImage", {})
            if (
                image.get("orderId", {}).get("S") == order_id
                and image.get("status", {}).get("S") == "DELIVERED"
            ):
                content = record["dynamodb"]["SequenceNumber"]
        iterator = page.get("NextShardIterator") if page["Records"] else None
    info = {"streamArn": arn, "shardId": shard["ShardId"], "batchSize": 1}
    return {
        "DDBStreamBatchInfo": {**info, "startSequenceNumber": content, "endSequenceNumber": content},
    }
