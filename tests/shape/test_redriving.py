"""Executions that ended by our own fault, on the real engine: mended, redriven, and settled once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from orders.errors import OrderNotRedrivable
from orders.model import OrderId
from orders.origins import Orchestrator
from orders.redriving import redrive_order
from orders.status import FINAL, OrderStatus
from resolvers import wiring
from tests.shape import shape
from tests.shape.shop import GRACE, Shop, faults, wait_until
from tests.shape.test_workflow_runs import GOOD_LIFE, tea  # noqa: F401 - a fixture

BROKEN = [ConnectionError("broken")] * 2


def redrive(shop: Shop, order_id: OrderId, machine: str = "") -> None:
    redrive_order(order_id, GRACE, shop.store, {Orchestrator.WORKFLOW: shop.runs(machine)}, wiring.clock())


def reason(shop: Shop, order_id: OrderId, machine: str = "") -> str:
    with pytest.raises(OrderNotRedrivable) as refused:
        redrive(shop, order_id, machine)
    return refused.value.reason


@contextmanager
def status_writes_failing(shop: Shop) -> Iterator[None]:
    with faults(shop.world, {"service": "dynamodb", "operation": "UpdateItem", "kind": "error"}):
        yield


def test_failing_compensation_ends_in_its_own_state() -> None:
    states = shape.states()
    assert [name for name, state in states.items() if state["Type"] == "Fail"] == ["EndedByInternalError"]
    for name in ("Compensate", "ReleaseStock", "VoidPayment"):
        assert "Catch" not in states[name]
    assert [rule["ErrorEquals"] for rule in states["MarkFailed"]["Catch"]] == [
        ["DynamoDB.ConditionalCheckFailedException"]
    ]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("card", "quantity", "task", "ends"),
    [
        ("tok_decline", 3, "release_stock", "PAYMENT_DECLINED"),
        ("tok_approve", 11, "void_payment", "OUT_OF_STOCK"),
    ],
)
def test_failed_compensation_continues_after_a_redrive(
    shop: Shop,
    tea: str,  # noqa: F811
    card: str,
    quantity: int,
    task: str,
    ends: str,
) -> None:
    machine = shop.giving_up_soon()
    order_id = shop.record({tea: quantity, f"{tea}-b": 1}, card)
    shop.stock(f"{tea}-b", 5)
    shop.failing[(task, order_id)] = list(BROKEN)
    execution = shop.start(order_id, machine)
    run = shop.finish(order_id, execution)
    assert (run.status, run.error) == ("FAILED", "ConnectionError")
    assert run.life == ["RECEIVED", "VALIDATED"]
    redrive(shop, order_id, machine)
    redrive_again_or_refused(shop, order_id, machine)
    run = shop.finish(order_id, execution)
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", ["RECEIVED", "VALIDATED", "FAILED"], ends)
    assert (shop.available(tea), shop.available(f"{tea}-b")) == (10, 5)
    assert shop.fulfilment(f"PAYMENT#{order_id}")["status"]["S"] in {"VOIDED", "DECLINED"}
    assert run.calls.count(task) == 3
    # What was done is not done again.
    assert run.calls.count("reserve_stock") == 2
    assert run.calls.count("authorize_payment") == 1
    assert reason(shop, order_id, machine) == "FINAL"


def redrive_again_or_refused(shop: Shop, order_id: OrderId, machine: str) -> None:
    """A second redrive is answered the same while the first runs, and refused when it has ended."""
    try:
        redrive(shop, order_id, machine)
    except OrderNotRedrivable as refused:
        assert refused.reason == "FINAL"  # both are right, by who is faster


@pytest.mark.integration
def test_branch_aborted_by_the_other_is_repeated_by_a_redrive(shop: Shop, tea: str) -> None:  # noqa: F811
    machine = shop.giving_up_soon()
    order_id = shop.record({tea: 3})
    shop.after[("authorize_payment", order_id)] = shop.cancel
    for task in ("release_stock", "void_payment"):
        shop.failing[(task, order_id)] = list(BROKEN)
    execution = shop.start(order_id, machine)
    assert shop.finish(order_id, execution).status == "FAILED"
    assert shop.fulfilment(f"PAYMENT#{order_id}")["status"] == {"S": "AUTHORIZED"}
    for task in ("release_stock", "void_payment"):
        shop.failing[(task, order_id)] = []  # mended
    redrive(shop, order_id, machine)
    assert shop.finish(order_id, execution).status == "SUCCEEDED"
    assert shop.available(tea) == 10
    assert shop.fulfilment(f"PAYMENT#{order_id}")["status"] == {"S": "VOIDED"}


@pytest.mark.integration
def test_cancelled_order_with_reserved_stock_is_redriven(shop: Shop, tea: str) -> None:  # noqa: F811
    machine = shop.giving_up_soon()
    order_id = shop.record({tea: 3})
    shop.after[("authorize_payment", order_id)] = shop.cancel
    shop.failing[("release_stock", order_id)] = list(BROKEN)
    execution = shop.start(order_id, machine)
    run = shop.finish(order_id, execution)
    assert (run.status, run.life[-1], shop.available(tea)) == ("FAILED", "CANCELLED", 7)
    redrive(shop, order_id, machine)
    run = shop.finish(order_id, execution)
    assert (run.status, run.life[-1], shop.available(tea)) == ("SUCCEEDED", "CANCELLED", 10)
    assert shop.fulfilment(f"PAYMENT#{order_id}")["status"] == {"S": "VOIDED"}


@pytest.mark.integration
def test_order_with_a_failed_last_write_gets_its_status_by_a_redrive(shop: Shop, tea: str) -> None:  # noqa: F811
    machine = shop.giving_up_soon()
    order_id = shop.record({tea: 3}, "tok_decline")
    compensated: list[OrderId] = []
    with ExitStack() as stack:

        def break_the_table(_: OrderId) -> None:
            compensated.append(order_id)
            if len(compensated) == 2:  # nothing but the last write is left
                stack.enter_context(status_writes_failing(shop))

        for task in ("release_stock", "void_payment"):
            shop.after[(task, order_id)] = break_the_table
        execution = shop.start(order_id, machine)
        run = shop.finish(order_id, execution)
    assert run.status == "FAILED"
    assert run.life == ["RECEIVED", "VALIDATED"]
    redrive(shop, order_id, machine)
    run = shop.finish(order_id, execution)
    assert run.life == ["RECEIVED", "VALIDATED", "FAILED"]
    assert run.reason == "PAYMENT_DECLINED"
    assert run.calls.count("release_stock") == 1


@pytest.mark.integration
def test_settled_and_running_orders_are_refused(shop: Shop, tea: str) -> None:  # noqa: F811
    settled = shop.record({tea: 3})
    shop.failing[("authorize_payment", settled)] = [RuntimeError("broken")] * 4
    assert shop.run(settled).error == "InternalError"
    assert reason(shop, settled) == "FINAL"
    assert reason(shop, shop.run(shop.record({tea: 1})).order_id) == "FINAL"
    assert reason(shop, shop.record({tea: 1})) == "NOTHING_TO_REDRIVE"
    running, paced = shop.record({tea: 1}), shop.paced(2)
    execution = shop.start(running, paced)
    shop.wait_for(running, "CONFIRMED")
    assert reason(shop, running, paced) == "RUNNING"
    shop.finish(running, execution)


@pytest.mark.integration
def test_new_express_run_resumes_a_dead_one(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    shop.bring(order_id, OrderStatus.VALIDATED)
    shop.claim(order_id, until=time.time() + 60)
    assert reason(shop, order_id) == "RUNNING"
    shop.claim(order_id, until=time.time() - 1)
    for _ in range(2):
        redrive(shop, order_id)
        wait_until(lambda: shop.claimed_by(order_id) != "dead")
    wait_until(lambda: shop.state(order_id).status in FINAL)
    assert [change.status.value for change in shop.state(order_id).history] == GOOD_LIFE
    assert shop.available(tea) == 7
