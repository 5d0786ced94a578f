"""Orders that wait for a human, on the real engine: decided, cancelled, too late, and the races between."""

from __future__ import annotations

import pytest

from orders.approval import Decision
from orders.errors import OrderNotDecidable
from orders.model import OrderId
from tests.shape.shop import Shop
from tests.shape.test_workflow_runs import tea  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration
AWAITING = ["RECEIVED", "VALIDATED", "AWAITING_APPROVAL"]
DEAR = 300
"""Of an item that costs 450, above the limit of 100,000."""


@pytest.fixture
def order(shop: Shop, tea: str) -> OrderId:  # noqa: F811
    shop.stock(tea, 500)
    return shop.record({tea: DEAR})


def waits(shop: Shop, order_id: OrderId) -> None:
    from tests.shape.shop import wait_until

    shop.wait_for(order_id, "AWAITING_APPROVAL")
    wait_until(lambda: shop.approval(order_id))


def test_approved_order_is_delivered(shop: Shop, tea: str, order: OrderId) -> None:  # noqa: F811
    execution = shop.start(order)
    waits(shop, order)
    assert shop.available(tea) == 200
    assert shop.decide(order, Decision.APPROVE, "known customer").status == "CONFIRMED"
    run = shop.finish(order, execution)
    assert (run.status, run.life) == ("SUCCEEDED", [*AWAITING, "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"])
    noted = shop.approval(order)
    assert (noted["outcome"]["S"], noted["endedBy"]["S"], noted["note"]["S"]) == (
        "APPROVE",
        "grace",
        "known customer",
    )


def test_rejected_order_returns_stock_and_payment(shop: Shop, tea: str, order: OrderId) -> None:  # noqa: F811
    execution = shop.start(order)
    waits(shop, order)
    shop.decide(order, Decision.REJECT)
    run = shop.finish(order, execution)
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", [*AWAITING, "REJECTED"], "NOT_APPROVED")
    assert shop.available(tea) == 500
    assert shop.fulfilment(f"PAYMENT#{order}")["status"] == {"S": "VOIDED"}


def test_undecided_order_expires(shop: Shop, tea: str, order: OrderId) -> None:  # noqa: F811
    run = shop.run(order, shop.impatient(1))
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", [*AWAITING, "EXPIRED"], "APPROVAL_TIMEOUT")
    assert shop.available(tea) == 500
    with pytest.raises(OrderNotDecidable, match="EXPIRED"):
        shop.decide(order, Decision.APPROVE)


def test_cancellation_wakes_the_workflow(shop: Shop, tea: str, order: OrderId) -> None:  # noqa: F811
    execution = shop.start(order)
    waits(shop, order)
    shop.cancel(order)
    run = shop.finish(order, execution)
    assert (run.status, run.life, run.reason) == ("SUCCEEDED", [*AWAITING, "CANCELLED"], "CUSTOMER_REQUEST")
    assert shop.available(tea) == 500
    shop.cancel(order)
    with pytest.raises(OrderNotDecidable, match="CANCELLED"):
        shop.decide(order, Decision.REJECT)


@pytest.mark.parametrize("decision", Decision)
def test_repeated_decision_succeeds_and_another_one_is_refused(
    shop: Shop,
    order: OrderId,
    decision: Decision,
) -> None:
    [other] = set(Decision) - {decision}
    execution = shop.start(order, shop.paced(1))
    waits(shop, order)
    first = shop.decide(order, decision)
    assert shop.decide(order, decision) == first
    with pytest.raises(OrderNotDecidable):
        shop.decide(order, other)
    life = shop.finish(order, execution).life
    # Long after, the workflow over, it is still the same answer.
    assert shop.decide(order, decision).history[: len(first.history)] == first.history
    assert life[:4] == [*AWAITING, "CONFIRMED" if decision is Decision.APPROVE else "REJECTED"]


@pytest.mark.parametrize(
    ("decision", "end"), [(Decision.APPROVE, "DELIVERED"), (Decision.REJECT, "REJECTED")]
)
def test_decision_without_a_wake_up_is_noticed_at_the_timeout(
    shop: Shop,
    tea: str,  # noqa: F811
    order: OrderId,
    decision: Decision,
    end: str,
) -> None:
    execution = shop.start(order, shop.impatient(2))
    waits(shop, order)
    wake = shop.world.client("stepfunctions").send_task_success
    shop.world.client("stepfunctions").send_task_success = lambda **_: None
    try:
        shop.decide(order, decision)
    finally:
        shop.world.client("stepfunctions").send_task_success = wake
    run = shop.finish(order, execution)
    assert (run.status, run.life[-1]) == ("SUCCEEDED", end)
    assert shop.available(tea) == (200 if end == "DELIVERED" else 500)


def test_decision_before_the_token_is_noticed_before_the_wait(
    shop: Shop,
    tea: str,  # noqa: F811
    order: OrderId,
) -> None:
    """The copy has a step between the status and the wait, in which the order is decided."""
    machine = shop.with_pause_before_the_wait()
    execution = shop.start(order, machine)
    shop.wait_for(order, "AWAITING_APPROVAL")
    shop.decide(order, Decision.REJECT)
    assert shop.approval(order) == {}
    run = shop.finish(order, execution)
    assert (run.status, run.life) == ("SUCCEEDED", [*AWAITING, "REJECTED"])
    assert shop.approval(order) == {}
    assert shop.available(tea) == 500


def test_task_token_is_missing_from_answers_and_inputs(shop: Shop, order: OrderId) -> None:
    execution = shop.start(order)
    waits(shop, order)
    token = shop.approval(order)["taskToken"]["S"]
    shop.decide(order, Decision.REJECT)
    shop.finish(order, execution)
    whole = shop.store.order(order)
    assert token not in repr(whole)
    described = shop.world.client("stepfunctions").describe_execution(executionArn=execution)
    assert token not in described["output"]


def test_order_from_a_flagged_country_waits_at_any_amount(shop: Shop, tea: str) -> None:  # noqa: F811
    run = shop.run(shop.record({tea: 1}, country="AQ"), shop.impatient(1))
    assert run.life == [*AWAITING, "EXPIRED"]
    assert shop.run(shop.record({tea: 1}, country="DE")).life[-1] == "DELIVERED"
