"""An order whose recording fails: its client sends it again, and it is one order."""

from __future__ import annotations

import asyncio

import pytest
from gql.transport.exceptions import TransportQueryError

from clients.model import NewOrder
from tests.faults.engine_faults import dynamodb
from tests.faults.world import GOOD_END, World, in_order, send
from tests.integration.conftest import Json, Person, order_input

pytestmark = pytest.mark.integration


async def test_client_resubmits_when_the_answer_is_lost(world: World, ada: Person, tea: str) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    async with world.follower(ada, order_id) as arrivals:
        fault = dynamodb("TransactWriteItems", "drop-answer", f"ORDER#{order_id}", times=1)
        with world.failing(fault), pytest.raises(TransportQueryError):
            await send(world, ada, order)
        assert world.life(order_id) == ["RECEIVED"]
        assert (await send(world, ada, order))["id"] == order_id
        assert await arrivals() == in_order(GOOD_END)
    world.assert_sold(order_id, tea, initial=10)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop-answer"},
        {"kind": "throttle"},
        {"kind": "error"},
        # Two submissions of one id that meet: neither is recorded yet.
        {"kind": "error", "status": 400, "code": "TransactionCanceledException"},
    ],
    ids=["lost", "throttled", "5xx", "conflict"],
)
@pytest.mark.parametrize(
    "enqueue", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["submit", "enqueue"]
)
async def test_client_library_retries_lost_answers(
    world: World, ada: Person, tea: str, fault: Json, enqueue: bool
) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    # The function's own three attempts are used up too.
    times = 3 if enqueue else 2
    async with world.follower(ada, order_id) as arrivals, world.client(ada) as client:
        failing = dynamodb("TransactWriteItems", text=f"ORDER#{order_id}", times=times, **fault)
        with world.failing(failing) as hits:
            answer = await client.submit(NewOrder.parse(order), enqueue=enqueue)
            assert hits() == [times]
        assert answer.id == order_id
        assert await arrivals() == in_order(GOOD_END)
    world.assert_sold(order_id, tea, initial=10)


async def test_client_library_outlasts_a_killed_function(world: World, ada: Person, tea: str) -> None:
    order = order_input(tea)
    order_id = str(order["clientToken"])
    hold = world.aws.hold("SendMessageBatch", order_id)
    async with world.follower(ada, order_id) as arrivals, world.client(ada) as client:
        submitted = asyncio.create_task(client.submit(NewOrder.parse(order), enqueue=True))
        assert await asyncio.to_thread(hold.reached.wait, 90)
        world.kill("EnqueueOrderFunction")
        hold.release()
        assert (await submitted).id == order_id
        assert await arrivals() == in_order(GOOD_END)
    world.assert_sold(order_id, tea, initial=10)
