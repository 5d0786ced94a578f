"""Redriving an order's workflow, over REST."""

from __future__ import annotations

import pytest

from orders.model import OrderId
from orders.runs import Run
from orders.status import OrderStatus
from tests.companion.conftest import Shop
from tests.companion.gateway import GRACE, Gateway, GatewayResponse, Person
from tests.orders.samples import an_order

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
STAFF = Person(GRACE, groups=("packers", "staff"))


@pytest.fixture
def order(shop: Shop) -> OrderId:
    order_id = shop.record(an_order(ID))
    shop.advance(order_id, OrderStatus.VALIDATED)
    shop.runs.run = Run(express=False, until=None, error="ConnectionError", ended=True)
    return order_id


def redrive(gateway: Gateway, person: Person = STAFF, order_id: str = ID) -> GatewayResponse:
    return gateway.send("POST", f"/orders/{order_id}/redrive", person=person)


def test_staff_redrive_repeatedly_with_one_effect(shop: Shop, gateway: Gateway, order: OrderId) -> None:
    first, second = redrive(gateway), redrive(gateway)
    assert (first.status, first.json()["status"]) == (202, "VALIDATED")
    assert second == first
    assert shop.runs.redriven == [order]


def test_customer_may_not_redrive(shop: Shop, gateway: Gateway, order: OrderId) -> None:
    answer = redrive(gateway, Person())
    assert (answer.status, answer.json()["type"]) == (403, "urn:orderwire:problem:staff-only")
    assert shop.runs.redriven == []


def test_running_order_is_refused_with_the_reason(shop: Shop, gateway: Gateway, order: OrderId) -> None:
    shop.runs.run = Run(express=False, until=None)
    answer = redrive(gateway)
    assert (answer.status, answer.json()["type"]) == (409, "urn:orderwire:problem:order-not-redrivable")
    assert answer.json()["errorInfo"] == {"status": "VALIDATED", "reason": "RUNNING"}


def test_unknown_order_is_not_found(shop: Shop, gateway: Gateway) -> None:
    assert redrive(gateway).status == 404
