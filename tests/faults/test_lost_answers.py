"""The work is done and its answer lost, or the call is refused: what was done is not done again.

By the engine's own faults, which also reach what Step Functions calls: functions and status writes.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.engine_faults import dynamodb, start
from tests.faults.world import GOOD_END, World, in_order, send
from tests.integration.conftest import Person, order_input
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration
UNDONE = ["RECEIVED", "VALIDATED", "FAILED"]
CONFIRMED_NEVER = {"tok_decline": "PAYMENT_DECLINED", "tok_approve": "OUT_OF_STOCK"}


class TestStatusWrites:
    """The workflow's own, without a function."""

    async def test_order_is_delivered_when_every_status_answer_is_lost(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(dynamodb("UpdateItem", "drop-answer", f"ORDER#{order_id}")) as hits:
                await send(world, ada, order)
                assert await arrivals() == in_order(GOOD_END)
                world.ended(order_id)
                assert hits()[0] >= 5
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.slow
    @pytest.mark.parametrize(("quantity", "card"), [(1, "tok_decline"), (11, "tok_approve")])
    async def test_failing_order_ends_when_every_status_answer_is_lost(
        self, world: World, ada: Person, tea: str, quantity: int, card: str
    ) -> None:
        order = order_input(tea, quantity=quantity, card=card)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(dynamodb("UpdateItem", "drop-answer", f"ORDER#{order_id}")):
                await send(world, ada, order)
                assert await arrivals() == in_order(UNDONE)
                world.ended(order_id)
        world.assert_undone(order_id, tea, initial=10, reason=CONFIRMED_NEVER[card])
        assert world.executions(order_id) == ["SUCCEEDED"]

    async def test_order_is_delivered_when_every_status_write_is_doubled(
        self, world: World, ada: Person, tea: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(dynamodb("UpdateItem", "duplicate", f"ORDER#{order_id}")):
                await send(world, ada, order)
                assert await arrivals() == in_order(GOOD_END)
                world.ended(order_id)
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["throttle", "error"])
    async def test_order_is_delivered_when_the_table_refuses_temporarily(
        self, world: World, ada: Person, tea: str, kind: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(dynamodb("UpdateItem", kind, f"ORDER#{order_id}", times=5)):
                await send(world, ada, order)
                assert await arrivals() == in_order(GOOD_END)
        world.assert_sold(order_id, tea, initial=10)


class TestTasks:
    @pytest.mark.parametrize(
        "function",
        [
            pytest.param("ValidateOrderFunction", marks=pytest.mark.slow),
            "ReserveStockFunction",
            pytest.param("AuthorizePaymentFunction", marks=pytest.mark.slow),
        ],
    )
    async def test_order_is_delivered_when_answers_of_a_task_are_lost(
        self, world: World, ada: Person, tea: str, function: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(world.invocation(function, order_id, "drop-answer", times=2)) as hits:
                await send(world, ada, order)
                assert await arrivals() == in_order(GOOD_END)
                assert hits() == [2]
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.parametrize(
        ("function", "quantity", "card"),
        [
            ("ReleaseStockFunction", 1, "tok_decline"),
            ("VoidPaymentFunction", 11, "tok_approve"),
        ],
    )
    @pytest.mark.slow
    async def test_failing_order_is_compensated_once_when_answers_of_a_task_are_lost(
        self, world: World, ada: Person, tea: str, function: str, quantity: int, card: str
    ) -> None:
        order = order_input(tea, quantity=quantity, card=card)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(world.invocation(function, order_id, "drop-answer", times=2)) as hits:
                await send(world, ada, order)
                assert await arrivals() == in_order(UNDONE)
                assert hits() == [2]
        world.assert_undone(order_id, tea, initial=10, reason=CONFIRMED_NEVER[card])

    @pytest.mark.parametrize(
        ("operation", "text"),
        [("TransactWriteItems", "RESERVATION#{order}"), ("PutItem", "PAYMENT#{order}")],
        ids=["reserve", "authorize"],
    )
    @pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.slow)])
    async def test_order_is_delivered_when_answers_of_a_task_write_are_lost(
        self, world: World, ada: Person, tea: str, operation: str, text: str, times: int
    ) -> None:
        """Once: botocore asks again. Three times: the function fails, and the workflow runs it again."""
        order = order_input(tea)
        order_id = str(order["clientToken"])
        lost = world.aws.lose(operation, text.format(order=order_id), times)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            assert await arrivals() == in_order(GOOD_END)
        assert lost.met == times
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.parametrize(
        ("operation", "text", "quantity", "card"),
        [
            ("TransactWriteItems", '"Key":{{"pk":{{"S":"RESERVATION#{order}#', 2, "tok_decline"),
            ("UpdateItem", "PAYMENT#{order}", 11, "tok_approve"),
        ],
        ids=["release", "void"],
    )
    @pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.slow)])
    async def test_failing_order_is_compensated_once_when_answers_of_its_writes_are_lost(
        self,
        world: World,
        ada: Person,
        tea: str,
        operation: str,
        text: str,
        quantity: int,
        card: str,
        times: int,
    ) -> None:
        order = order_input(tea, quantity=quantity, card=card)
        order_id = str(order["clientToken"])
        lost = world.aws.lose(operation, text.format(order=order_id), times)
        async with world.follower(ada, order_id) as arrivals:
            await send(world, ada, order)
            assert await arrivals() == in_order(UNDONE)
        assert lost.met == times
        world.assert_undone(order_id, tea, initial=10, reason=CONFIRMED_NEVER[card])


class TestStarts:
    """What ``test_starts`` shows with a gate, with the engine's own faults and quotas."""

    @pytest.mark.parametrize("kind", ["throttle", "error", "drop-answer", "timeout", "duplicate"])
    async def test_faulty_start_starts_one_execution(
        self, world: World, ada: Person, tea: str, kind: str
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals:
            with world.failing(start(kind, order_id, times=1, seconds=0.3)) as hits:
                assert (await send(world, ada, order))["status"] == "RECEIVED"
                assert await arrivals() == in_order(GOOD_END)
                assert hits() == [1]
        world.assert_sold(order_id, tea, initial=10)

    async def test_start_beyond_the_quota_waits_in_the_queue(
        self, world: World, ada: Person, tea: str
    ) -> None:
        orders = [order_input(tea) for _ in range(4)]
        quota = {"service": "states", "operation": "StartExecution", "bucket": 1, "refill_per_second": 2}
        world.engine("PUT", "quotas", {"quotas": [quota]})
        try:
            answers = await asyncio.gather(*(send(world, ada, order) for order in orders))
            assert {answer["status"] for answer in answers} == {"RECEIVED"}
            for order in orders:
                assert world.ended(str(order["clientToken"])) == GOOD_END
        finally:
            world.engine("DELETE", "quotas")
        wait_for(lambda: world.available(tea) == 6, what="the stock of four orders to be gone")
