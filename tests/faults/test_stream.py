"""The outbox under faults: a record nobody can read, a batch that fails, an endpoint that hangs."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.faults.world import GOOD_END, World, in_order, send
from tests.integration.conftest import Json, Person, order_input
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration
BROKEN = (500, "InternalFailure")


class DeadLetters:
    """What the stream's mapping tells the on-failure queue, from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue = world.physical["FanoutDeadLetters"]
        self.take()

    def take(self) -> list[Json]:
        """Take what is there."""
        letters: list[Json] = []
        sqs = self._world.sqs
        while messages := sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                letters.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return letters

    def wait(self) -> list[Json]:
        """Wait for the first ones."""
        letters: list[Json] = []

        def some() -> bool:
            letters.extend(self.take())
            return bool(letters)

        wait_for(some, what="a dead letter")
        return letters


def is_queued(world: World, order_id: str, version: int) -> bool:
    """Say whether a change was put in the redelivery queue."""
    text = json.dumps(f'"orderId":"{order_id}"').strip('"')
    sent = world.aws.done("SendMessageBatch", text)
    entries = [entry for passage in sent for entry in json.loads(passage.body)["Entries"]]
    changes = [json.loads(entry["MessageBody"])["change"] for entry in entries]
    return any(change["orderId"] == order_id and change["version"] == version for change in changes)


@pytest.mark.slow
async def test_unreadable_stream_record_is_a_dead_letter_and_loses_no_other(
    world: World, ada: Person, tea: str
) -> None:
    letters = DeadLetters(world)
    before, after = order_input(tea), order_input(tea)
    async with (
        world.follower(ada, str(before["clientToken"])) as told_before,
        world.follower(ada, str(after["clientToken"])) as told_after,
    ):
        await send(world, ada, before)
        poison = {"pk": {"S": f"ORDER#{uuid.uuid4()}"}, "sk": {"S": "STATE"}, "version": {"N": "1"}}
        world.dynamodb.put_item(TableName=world.orders_table, Item=poison)
        await send(world, ada, after)
        assert await told_before() == in_order(GOOD_END)
        assert await told_after() == in_order(GOOD_END)
    (letter,) = letters.wait()
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"  # type: ignore[index]
    # The one record, found by halving, and where it is.
    batch = letter["DDBStreamBatchInfo"]
    assert batch["batchSize"] == 1  # type: ignore[index]
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]  # type: ignore[index]


async def test_change_neither_published_nor_queued_returns_from_the_stream(
    world: World, ada: Person, tea: str
) -> None:
    first, other = order_input(tea), order_input(tea)
    order_id = str(first["clientToken"])
    unpublished = world.publishing.refuse("publish", order_id, *BROKEN)
    unqueued = world.aws.refuse("SendMessageBatch", order_id, *BROKEN)
    async with (
        world.follower(ada, order_id) as arrivals,
        world.follower(ada, str(other["clientToken"])) as told_other,
    ):
        await send(world, ada, first)
        await send(world, ada, other)
        # botocore asks three times: the fourth is the second invocation's.
        wait_for(lambda: unqueued.met >= 4, what="the second try of the batch")
        unpublished.release()
        unqueued.release()
        assert await arrivals() == in_order(GOOD_END)
        assert await told_other() == in_order(GOOD_END)


@pytest.mark.slow
async def test_fanout_dying_of_one_order_publishes_the_others(world: World, ada: Person, tea: str) -> None:
    letters = DeadLetters(world)
    first, other = order_input(tea), order_input(tea)
    order_id = str(first["clientToken"])
    async with (
        world.follower(ada, order_id) as arrivals,
        world.follower(ada, str(other["clientToken"])) as told_other,
    ):
        hold = world.publishing.hold("publish", order_id)
        await send(world, ada, first)
        await send(world, ada, other)
        for _ in range(4):
            wait_for(hold.reached.is_set, what="a publish")
            last, hold = hold, world.publishing.hold("publish", order_id)
            world.kill("FanoutFunction")
            last.release()
        hold.release()
        assert await told_other() == in_order(GOOD_END)
        assert await arrivals() == in_order(GOOD_END)
    assert letters.take() == []


async def test_order_with_hanging_publishes_delays_no_other(world: World, ada: Person, tea: str) -> None:
    first, other = order_input(tea), order_input(tea)
    order_id = str(first["clientToken"])
    hung = world.publishing.hang("publish", order_id)
    async with (
        world.follower(ada, order_id) as arrivals,
        world.follower(ada, str(other["clientToken"])) as told_other,
    ):
        await send(world, ada, first)
        wait_for(hung.reached.is_set, what="a publish that hangs")
        await send(world, ada, other)
        # While the one hangs the other is published to its end.
        assert await told_other() == in_order(GOOD_END)
        assert world.ended(order_id) == GOOD_END
        hung.release()
        # By the redelivery queue.
        assert await arrivals() == in_order(GOOD_END)


@pytest.mark.slow
async def test_hanging_endpoint_delays_neither_orders_nor_the_stream(
    world: World, ada: Person, tea: str
) -> None:
    orders = [order_input(tea) for _ in range(3)]
    hung = world.publishing.hang("publish", "")
    async with (
        world.follower(ada, str(orders[0]["clientToken"])) as first,
        world.follower(ada, str(orders[1]["clientToken"])) as second,
        world.follower(ada, str(orders[2]["clientToken"])) as third,
    ):
        for order in orders:
            await send(world, ada, order)
        for order in orders:
            world.assert_paid(str(order["clientToken"]))
        # All 18 changes are in the redelivery queue or on their way out of it.
        wanted = [(str(order["clientToken"]), version) for order in orders for version in range(1, 7)]
        wait_for(lambda: all(is_queued(world, *letter) for letter in wanted), what="18 changes in the queue")
        hung.release()
        for arrivals in (first, second, third):
            assert await arrivals() == in_order(GOOD_END)
    # Its channel may rest for some seconds more: the next test starts with another.
    world.kill("FanoutFunction")


@pytest.mark.slow
async def test_abandoned_change_is_still_in_the_history(world: World, ada: Person, tea: str) -> None:
    letters = DeadLetters(world)
    order = order_input(tea)
    order_id = str(order["clientToken"])
    world.publishing.refuse("publish", order_id, *BROKEN)
    world.aws.refuse("SendMessageBatch", order_id, *BROKEN)
    async with world.follower(ada, order_id, quiet=1.0) as arrivals:
        await send(world, ada, order)
        # Nothing is pushed: the client reads what it did not receive.
        assert await arrivals() == in_order(GOOD_END)
    context = letters.wait()[0]["requestContext"]
    assert context["condition"] == "RetryAttemptsExhausted"  # type: ignore[index]
