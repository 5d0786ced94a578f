"""Orders whose parcels are reported from outside, by the deployed workflows on the real engine."""

from __future__ import annotations

import uuid

import pytest

from orders.errors import OrderNotCancellable
from orders.fulfilling import FulfilmentEvent, FulfilmentKind, fulfil_order
from orders.model import OrderId
from orders.status import OrderStatus
from resolvers import wiring
from tests.shape.shop import Shop, wait_until
from tests.shape.test_workflow_runs import GOOD_LIFE, tea  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration
CONFIRMED = GOOD_LIFE[:3]


def report(shop: Shop, order_id: OrderId, kind: FulfilmentKind) -> list[str]:
    event = FulfilmentEvent(str(uuid.uuid4()), order_id, kind)
    state = fulfil_order(event, shop.store, wiring.clock())
    return [change.status.value for change in state.history]


def life(shop: Shop, order_id: OrderId) -> list[str]:
    return [change.status.value for change in shop.state(order_id).history]


def test_run_ends_at_confirmed_and_reports_advance_the_order(shop: Shop, tea: str) -> None:  # noqa: F811
    run = shop.run(shop.record({tea: 3}), shop.fulfilled_outside())
    assert (run.status, run.life) == ("SUCCEEDED", CONFIRMED)
    assert report(shop, run.order_id, FulfilmentKind.SHIPPED) == GOOD_LIFE[:5]
    assert report(shop, run.order_id, FulfilmentKind.PACKED) == GOOD_LIFE[:5]
    with pytest.raises(OrderNotCancellable):
        shop.cancel(run.order_id)
    assert report(shop, run.order_id, FulfilmentKind.DELIVERED) == GOOD_LIFE
    assert shop.available(tea) == 7


def test_express_run_ends_at_confirmed(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    shop.start(order_id, shop.fulfilled_outside(express=True))
    wait_until(lambda: life(shop, order_id) == CONFIRMED)
    assert report(shop, order_id, FulfilmentKind.DELIVERED) == GOOD_LIFE


@pytest.mark.parametrize("remaining", ["CONFIRMED", "PACKED", "SHIPPED"])
def test_second_run_leaves_an_order_in_the_warehouse_unchanged(shop: Shop, tea: str, remaining: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    shop.bring(order_id, OrderStatus(remaining))
    shop.claim(order_id, until=0)
    before = shop.state(order_id)
    shop.start(order_id, shop.fulfilled_outside(express=True))
    wait_until(lambda: shop.claimed_by(order_id) != "dead")
    run = shop.run(order_id, shop.fulfilled_outside())
    assert run.status == "SUCCEEDED"
    assert run.state == before == shop.state(order_id)
    assert set(run.calls) == {"validate_order"}


def test_cancellation_after_the_run_is_settled_by_the_stream(shop: Shop, tea: str) -> None:  # noqa: F811
    run = shop.run(shop.record({tea: 3}), shop.fulfilled_outside())
    shop.cancel(run.order_id)
    assert shop.available(tea) == 7
    for _ in range(2):
        assert shop.settle(run.order_id) == {"batchItemFailures": []}
        assert shop.available(tea) == 10
        assert shop.fulfilment(f"PAYMENT#{run.order_id}")["status"] == {"S": "VOIDED"}


def test_fulfilment_event_during_the_demonstration_takes_the_order_over(shop: Shop, tea: str) -> None:  # noqa: F811
    order_id = shop.record({tea: 3})
    execution = shop.start(order_id, shop.paced(1))
    shop.wait_for(order_id, "CONFIRMED")
    report(shop, order_id, FulfilmentKind.SHIPPED)
    run = shop.finish(order_id, execution)
    assert (run.status, run.life) == ("SUCCEEDED", GOOD_LIFE[:5])
    assert shop.available(tea) == 7
