"""Starts that fail, and orders that nobody started: none is refused, lost, or started twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.faults.world import GOOD_END, World, in_order, send
from tests.integration.conftest import Person, ask, order_input
from tests.integration.test_orders import ENQUEUE, ORDER, SUBMIT
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration

THROTTLED = (400, "ThrottlingException")
BROKEN = (500, "InternalFailure")


class TestStarts:
    """StartExecution fails: nobody is refused, and the order is started all the same, once."""

    @pytest.mark.parametrize(("status", "code"), [THROTTLED, BROKEN], ids=["throttled", "5xx"])
    async def test_failed_start_goes_to_the_queue(
        self, world: World, ada: Person, tea: str, status: int, code: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        # AppSync's own attempt and no other.
        world.aws.refuse("StartExecution", order_id, status, code, times=1)
        async with world.follower(ada, order_id) as arrivals:
            answer = await send(world, ada, order)
            assert (answer["status"], answer["version"]) == ("RECEIVED", 1)
            assert await arrivals() == in_order(GOOD_END)
        assert len(world.aws.done("SendMessage", order_id)) == 1
        world.assert_sold(order_id, tea, initial=10)

    async def test_accepted_start_with_a_lost_answer_is_one_start(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        lost = world.aws.lose("StartExecution", order_id)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            assert await arrivals() == in_order(GOOD_END)
        assert lost.met == 1
        # It went to the queue too, and the worker found it under way, or started.
        assert len(world.aws.done("SendMessage", order_id)) == 1
        looked = f'ORDER#{order_id}"}},"sk":{{"S":"STATE"'
        wait_for(lambda: len(world.aws.requests_of("GetItem", looked)) > 0, what="the worker's look")
        world.assert_sold(order_id, tea, initial=10)

    async def test_client_may_resubmit_while_a_start_hangs(self, world: World, ada: Person, tea: str) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hung = world.aws.hang("StartExecution", order_id, times=1)
        async with world.follower(ada, order_id) as arrivals:
            first = asyncio.create_task(send(world, ada, order))
            assert await asyncio.to_thread(hung.reached.wait, 90)
            assert (await send(world, ada, order))["id"] == order_id
            assert await arrivals() == in_order(GOOD_END)
            hung.release()  # its connection closes: the first client is answered as well
            assert (await first)["id"] == order_id
        world.assert_sold(order_id, tea, initial=10)

    async def test_hanging_start_and_disconnected_client_lose_no_order(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hung = world.aws.hang("StartExecution", order_id, times=1)
        first = asyncio.create_task(send(world, ada, order))
        assert await asyncio.to_thread(hung.reached.wait, 90)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        world.grow_old(order_id)
        assert world.invoke("ReconcileFunction") == {"resubmitted": 1}
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.slow
    async def test_throttled_burst_drains(self, world: World, ada: Person, tea: str) -> None:
        orders = [order_input(tea) for _ in range(10)]
        world.aws.refuse("StartExecution", "", *THROTTLED, times=13)
        async with world.as_person(ada) as session:
            answers = await asyncio.gather(*(session.execute(ask(SUBMIT, {"input": o})) for o in orders))
        assert {answer["submitOrder"]["status"] for answer in answers} == {"RECEIVED"}
        for order in orders:
            assert world.ended(str(order["clientToken"])) == GOOD_END
        assert world.available(tea) == 0

    async def test_reconciler_finds_an_order_neither_started_nor_queued(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        world.aws.refuse("StartExecution", order_id, *BROKEN, times=1)
        world.aws.refuse("SendMessage", order_id, *BROKEN, times=1)
        answer = await send(world, ada, order)
        assert answer["status"] == "RECEIVED"
        assert world.executions(order_id) == []
        world.grow_old(order_id)
        assert world.invoke("ReconcileFunction") == {"resubmitted": 1}
        world.assert_sold(order_id, tea, initial=10)


class TestReconciler:
    async def test_reconciler_starts_an_order_that_is_old_enough(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order_id = world.record_only(order_input(tea), ada, age=timedelta(minutes=2))
        fresh = world.record_only(order_input(tea), ada, age=timedelta(seconds=5))
        async with world.follower(ada, order_id) as arrivals:
            assert world.invoke("ReconcileFunction") == {"resubmitted": 1}
            assert await arrivals() == in_order(GOOD_END)
        world.assert_sold(order_id, tea, initial=10)
        # Started already: nothing to find. And the recorder of the fresh one may still be busy.
        assert world.invoke("ReconcileFunction") == {"resubmitted": 0}
        assert world.executions(fresh) == []
        async with world.as_person(ada) as session:
            order_view = (await session.execute(ask(ORDER, {"id": fresh})))["order"]
        assert order_view["status"] == "RECEIVED"

    async def test_two_reconcilers_and_the_client_start_an_order_once(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = world.record_only(order, ada, age=timedelta(minutes=2))
        done = await asyncio.gather(
            asyncio.to_thread(world.invoke, "ReconcileFunction"),
            asyncio.to_thread(world.invoke, "ReconcileFunction"),
            send(world, ada, order),
            send(world, ada, order, ENQUEUE),
        )
        assert done[2]["id"] == done[3]["id"] == order_id
        world.assert_sold(order_id, tea, initial=10)
