"""The Express workflow: what it has of the other, and that no order is run twice by it."""

from __future__ import annotations

import json
import time

import pytest

from orders.errors import OrderNotCancellable
from orders.model import OrderId
from orders.starting import EXPRESS_PACE
from orders.status import FINAL, OrderStatus
from tests.shape import shape
from tests.shape.api import Api
from tests.shape.samples import INPUT, ITEM, RECORDED, STARTED
from tests.shape.shop import Shop, wait_until
from tests.shape.test_workflow_runs import GOOD_LIFE, tea  # noqa: F401 - a fixture
from tools import workflow

EXPRESS = json.loads(workflow.EXPRESS.read_text(encoding="utf-8"))
STATES = EXPRESS["States"]


def test_express_machine_has_the_states_of_standard_without_approval() -> None:
    own = {"Claim", "ClaimedByAnother", "NotClaimed", "FirstRun", "ReadLeft", "Resume"}
    assert set(STATES) == (set(shape.workflow()["States"]) - workflow.WAITING) | own
    assert "waitForTaskToken" not in json.dumps(EXPRESS)


def test_claim_outlasts_every_execution() -> None:
    assert workflow.LEASE_MILLISECONDS > 300_000
    assert 3 * EXPRESS_PACE <= 240  # the tasks have a minute
    assert EXPRESS["StartAt"] == "Claim"
    assert STATES["ClaimedByAnother"]["Type"] == "Succeed"


def test_resumed_run_continues_from_every_status() -> None:
    outside, *resumed = STATES["Resume"]["Choices"]
    assert outside["Next"] == "Done"
    routes = {rule["StringEquals"]: rule["Next"] for rule in resumed}
    only_standard = {OrderStatus.AWAITING_APPROVAL, OrderStatus.REJECTED, OrderStatus.EXPIRED}
    assert set(routes) == set(OrderStatus) - only_standard - {OrderStatus.DELIVERED}
    assert all(routes[end] == "Overtaken" for end in FINAL & routes.keys())


@pytest.mark.parametrize(
    ("environment", "price", "express"),
    [
        ({}, 450, False),
        ({"EXPRESS_ORDERS": "true"}, 450, True),
        ({"EXPRESS_ORDERS": "true"}, 50_000, True),
        ({"EXPRESS_ORDERS": "true"}, 50_001, False),
        ({"EXPRESS_ORDERS": "true", "PACE_SECONDS": "60"}, 450, True),
        ({"EXPRESS_ORDERS": "true", "PACE_SECONDS": "61"}, 450, False),
    ],
)
@pytest.mark.parametrize("country", [None, "DE", "AQ"])
async def test_appsync_selects_the_machine_like_the_workers(
    environment: dict[str, str], price: int, express: bool, country: str | None
) -> None:
    api = Api(**environment)
    order = {**INPUT, "items": [{**ITEM, "unitPrice": price}], "country": country}
    await api.call("Mutation.submitOrder", {"input": order}, Orders=[RECORDED], Workflows=[STARTED])
    sent = json.loads(api.requests[-1][1]["params"]["body"])
    assert sent["stateMachineArn"] == ("arn:express" if express and country != "AQ" else "arn:machine")


def run(shop: Shop, order_id: OrderId) -> None:
    shop.start(order_id, shop.outputs["ExpressMachineArn"])


def ended(shop: Shop, order_id: OrderId) -> list[str]:
    wait_until(lambda: shop.state(order_id).status in FINAL)
    return [change.status.value for change in shop.state(order_id).history]


@pytest.mark.integration
def test_valid_order_is_delivered(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    run(shop, order_id)
    assert ended(shop, order_id) == GOOD_LIFE
    assert shop.available(tea) == 7


@pytest.mark.integration
def test_two_runs_of_an_order_work_once(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    for _ in range(5):
        run(shop, order_id)
    assert ended(shop, order_id) == GOOD_LIFE
    time.sleep(0.3)  # for the others, which leave nothing to wait for
    calls = [name for name, called_for in shop.calls if called_for == order_id]
    assert sorted(calls) == ["authorize_payment", "reserve_stock", "validate_order"]
    assert shop.available(tea) == 7


@pytest.mark.integration
@pytest.mark.parametrize("task", ["validate_order", "reserve_stock", "authorize_payment"])
def test_cancellation_is_noticed_by_the_next_write(shop: Shop, tea: str, task: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    shop.before[(task, order_id)] = shop.cancel
    run(shop, order_id)
    assert ended(shop, order_id)[-1] == "CANCELLED"
    wait_until(lambda: shop.fulfilment(f"RESERVATION#{order_id}#{tea}").get("status") == {"S": "RELEASED"})
    wait_until(lambda: shop.fulfilment(f"PAYMENT#{order_id}").get("status") == {"S": "VOIDED"})
    assert shop.available(tea) == 10


@pytest.mark.integration
@pytest.mark.parametrize("remaining", ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED"])
def test_order_of_a_dead_run_is_resumed_when_the_claim_expires(
    shop: Shop,
    tea: str,  # noqa: F811
    remaining: str,
) -> None:
    order_id = shop.record({tea: 3})
    shop.bring(order_id, OrderStatus(remaining))
    shop.claim(order_id, until=time.time() + 60)
    run(shop, order_id)
    time.sleep(0.3)
    assert shop.state(order_id).status == remaining  # the claim holds
    shop.claim(order_id, until=time.time() - 1)
    run(shop, order_id)
    assert ended(shop, order_id) == GOOD_LIFE


@pytest.mark.integration
def test_reservation_of_a_dead_run_is_returned_for_a_cancelled_order(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    shop.bring(order_id, OrderStatus.VALIDATED)
    shop.invoke("reserve_stock", {"orderId": order_id, "sku": tea, "quantity": 3})
    shop.cancel(order_id)
    assert shop.available(tea) == 7
    shop.claim(order_id, until=time.time() - 1)
    run(shop, order_id)
    wait_until(lambda: shop.available(tea) == 10)


@pytest.mark.integration
def test_confirmed_order_can_be_cancelled_and_a_packed_one_cannot(shop: Shop, tea: str) -> None:  # noqa: F811
    paced = shop.paced(1, express=True)
    confirmed, packed = shop.record({tea: 3}), shop.record({tea: 4})
    for order_id in (confirmed, packed):
        shop.start(order_id, paced)
    shop.wait_for(confirmed, "CONFIRMED")
    shop.cancel(confirmed)
    shop.wait_for(packed, "PACKED")
    with pytest.raises(OrderNotCancellable, match="PACKED"):
        shop.cancel(packed)
    assert ended(shop, packed) == GOOD_LIFE
    assert ended(shop, confirmed) == ["RECEIVED", "VALIDATED", "CONFIRMED", "CANCELLED"]
    wait_until(lambda: shop.available(tea) == 6)
    wait_until(lambda: shop.fulfilment(f"PAYMENT#{confirmed}")["status"] == {"S": "VOIDED"})


@pytest.mark.integration
@pytest.mark.parametrize(
    ("quantity", "card", "reason"),
    [(11, "tok_approve", "OUT_OF_STOCK"), (3, "tok_decline", "PAYMENT_DECLINED")],
)
def test_failed_order_returns_stock_and_payment(
    shop: Shop,
    tea: str,  # noqa: F811
    quantity: int,
    card: str,
    reason: str,
) -> None:
    order_id = shop.record({tea: quantity}, card)
    run(shop, order_id)
    assert ended(shop, order_id) == ["RECEIVED", "VALIDATED", "FAILED"]
    assert shop.state(order_id).reason == reason
    assert shop.available(tea) == 10
