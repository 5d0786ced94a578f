"""Functions that are killed in the middle of their work: the order ends as if nothing had happened.

Each is killed at a call that it makes: before the call is carried out (it is carried out later, in
the name of a process that is gone), or after that, when no process is left to receive the answer.
"""

from __future__ import annotations

import asyncio
import signal

import pytest
from gql.transport.exceptions import TransportQueryError

from tests.faults.gate import Fault
from tests.faults.world import GOOD_END, World, in_order, send
from tests.integration.conftest import Person, order_input
from tests.integration.test_orders import ENQUEUE
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration
UNDONE = ["RECEIVED", "VALIDATED", "FAILED"]
WHEN = [pytest.param(False, id="before"), pytest.param(True, id="after")]
WHEN_SLOW = [pytest.param(False, id="before", marks=pytest.mark.slow), pytest.param(True, id="after")]


async def reached(fault: Fault) -> None:
    """Wait until a request is held."""
    assert await asyncio.to_thread(fault.reached.wait, 90), "nobody came to the gate"


def let_go(world: World, fault: Fault) -> None:
    """Let a held request be carried out, long after its sender was killed, and wait for its end."""
    fault.release()
    assert fault.passage is not None
    wait_for(lambda: fault.passage is not None and fault.passage.status is not None, what="the late call")


class TestTasks:
    @pytest.mark.parametrize(
        ("function", "operation", "text"),
        [
            pytest.param("ValidateOrderFunction", "BatchGetItem", "STOCK#{sku}", marks=pytest.mark.slow),
            pytest.param("ReserveStockFunction", "TransactWriteItems", "RESERVATION#{order}"),
            pytest.param("AuthorizePaymentFunction", "PutItem", "PAYMENT#{order}"),
        ],
        ids=["validate", "reserve", "authorize"],
    )
    @pytest.mark.parametrize("after", WHEN_SLOW)
    async def test_order_is_delivered_when_a_task_is_killed_at_any_write(
        self, world: World, ada: Person, tea: str, function: str, operation: str, text: str, after: bool
    ) -> None:
        order = order_input(tea, quantity=2)
        order_id = str(order["clientToken"])
        hold = world.aws.hold(operation, text.format(sku=tea, order=order_id), after=after)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            await reached(hold)
            world.kill(function)
            assert await arrivals() == in_order(GOOD_END)
        let_go(world, hold)
        assert len(world.aws.requests_of(operation, text.format(sku=tea, order=order_id))) >= 2
        world.assert_sold(order_id, tea, initial=10, quantity=2)

    @pytest.mark.parametrize("after", WHEN_SLOW)
    async def test_stock_is_returned_once_when_the_release_is_killed(
        self, world: World, ada: Person, tea: str, after: bool
    ) -> None:
        order = order_input(tea, quantity=2, card="tok_decline")
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            # A reservation puts the same item, a release updates it by its key.
            text = f'"Key":{{"pk":{{"S":"RESERVATION#{order_id}#'
            hold = world.aws.hold("TransactWriteItems", text, after=after)
            await send(world, ada, order)
            await reached(hold)
            world.kill("ReleaseStockFunction")
            assert await arrivals() == in_order(UNDONE)
        let_go(world, hold)
        world.assert_undone(order_id, tea, initial=10, reason="PAYMENT_DECLINED")

    @pytest.mark.slow
    @pytest.mark.parametrize("after", WHEN)
    async def test_payment_is_voided_once_when_the_void_is_killed(
        self, world: World, ada: Person, tea: str, after: bool
    ) -> None:
        order = order_input(tea, quantity=11)
        order_id = str(order["clientToken"])
        hold = world.aws.hold("UpdateItem", f"PAYMENT#{order_id}", after=after)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            await reached(hold)
            world.kill("VoidPaymentFunction")
            assert await arrivals() == in_order(UNDONE)
        let_go(world, hold)
        world.assert_undone(order_id, tea, initial=10, reason="OUT_OF_STOCK")
        assert len(world.aws.done("UpdateItem", f"PAYMENT#{order_id}")) == 1

    @pytest.mark.slow
    async def test_order_fails_when_its_task_is_killed_repeatedly(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            following = asyncio.ensure_future(arrivals())
            hold = world.aws.hold("TransactWriteItems", f"RESERVATION#{order_id}", after=True)
            await send(world, ada, order)
            for attempt in range(4):
                await reached(hold)
                last, hold = hold, world.aws.hold("TransactWriteItems", f"RESERVATION#{order_id}", after=True)
                if attempt == 3:
                    hold.release()
                world.kill("ReserveStockFunction")
                last.release()
            assert await following == in_order(UNDONE)
        # What the killed tasks had taken is given back, the payment that went well too.
        world.assert_undone(order_id, tea, initial=10, reason="INTERNAL_ERROR")
        assert world.executions(order_id) == ["FAILED"]


class TestOtherFunctions:
    @pytest.mark.parametrize("after", WHEN_SLOW)
    async def test_fanout_is_repeated_when_it_is_killed(
        self, world: World, ada: Person, tea: str, after: bool
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hold = world.publishing.hold("publish", order_id, after=after)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            await reached(hold)
            world.kill("FanoutFunction")
            hold.release()
            assert await arrivals() == in_order(GOOD_END)
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.slow
    async def test_redeliver_receives_its_message_again_when_it_is_killed(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        refused = world.publishing.refuse("publish", order_id, 500, "InternalFailure", times=1)
        async with world.follower(ada, order_id) as arrivals:
            hold = world.publishing.hold("publish", '"version":1', after=False)
            hold.times = 0
            await send(world, ada, order)
            wait_for(lambda: refused.met == 1, what="the refused publish")
            hold.times = 1
            await reached(hold)
            world.kill("RedeliverFunction")
            hold.release()
            assert await arrivals() == in_order(GOOD_END)

    @pytest.mark.parametrize("after", WHEN_SLOW)
    async def test_queue_worker_receives_its_message_again_when_it_is_killed(
        self, world: World, ada: Person, tea: str, after: bool
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hold = world.aws.hold("StartExecution", order_id, after=after)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order, ENQUEUE)
            await reached(hold)
            world.kill("StartOrdersFunction")
            assert await arrivals() == in_order(GOOD_END)
        let_go(world, hold)
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.parametrize(
        ("operation", "after"),
        [
            pytest.param("TransactWriteItems", False, marks=pytest.mark.slow),
            ("TransactWriteItems", True),
            pytest.param("SendMessageBatch", False, marks=pytest.mark.slow),
            pytest.param("SendMessageBatch", True, marks=pytest.mark.slow),
        ],
        ids=["before-recording", "after-recording", "before-queueing", "after-queueing"],
    )
    @pytest.mark.parametrize(
        "repeated",
        [True, pytest.param(False, marks=pytest.mark.slow)],
        ids=["repeated", "not-repeated"],
    )
    async def test_killed_enqueue_is_repeated_by_the_client_or_the_reconciler(
        self, world: World, ada: Person, tea: str, operation: str, after: bool, repeated: bool
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hold = world.aws.hold(operation, order_id, after=after)
        async with world.follower(ada, order_id) as arrivals:
            first = asyncio.create_task(send(world, ada, order, ENQUEUE))
            await reached(hold)
            world.kill("EnqueueOrderFunction")
            with pytest.raises(TransportQueryError) as failed:
                await first
            assert failed.value.errors is not None
            assert failed.value.errors[0]["errorType"] == "InternalError"
            if repeated:
                answer = await send(world, ada, order, ENQUEUE)
                assert answer["id"] == order_id
            let_go(world, hold)
            if not repeated and operation == "TransactWriteItems":
                world.grow_old(order_id)
                assert world.invoke("ReconcileFunction") == {"resubmitted": 1}
            assert await arrivals() == in_order(GOOD_END)
        world.assert_sold(order_id, tea, initial=10)


class TestTimeLimits:
    async def test_silent_provider_is_a_timeout_and_takes_no_late_payment(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea, card="tok_timeout")
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            assert await arrivals() == in_order(UNDONE)
        world.assert_undone(order_id, tea, initial=10, reason="PAYMENT_TIMEOUT")

    @pytest.mark.slow
    async def test_hanging_payment_task_ends_and_its_late_payment_is_refused(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hold = world.aws.hold("PutItem", f"PAYMENT#{order_id}")
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            await reached(hold)
            # A process that stands still holds its task until the workflow's own time limit.
            world.kill("AuthorizePaymentFunction", signal.SIGSTOP)
            assert await arrivals() == in_order(UNDONE)
        let_go(world, hold)
        world.assert_undone(order_id, tea, initial=10, reason="PAYMENT_TIMEOUT")
        assert hold.passage is not None and hold.passage.status == 400
        world.kill("AuthorizePaymentFunction")

    @pytest.mark.slow
    async def test_function_is_repeated_when_it_times_out(self, world: World, ada: Person, tea: str) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        hold = world.aws.hold("TransactWriteItems", f"RESERVATION#{order_id}", after=True)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            await reached(hold)
            world.kill("ReserveStockFunction", signal.SIGSTOP)
            assert await arrivals() == in_order(GOOD_END)
        let_go(world, hold)
        world.assert_sold(order_id, tea, initial=10)
