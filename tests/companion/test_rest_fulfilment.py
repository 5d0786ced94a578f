"""Reports of staff on what became of a parcel, over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.conftest import Shop
from tests.companion.gateway import GRACE, Gateway, GatewayResponse, Person
from tests.orders.samples import an_order

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
ADA = Person()
STAFF = Person(GRACE, groups=("packers", "staff"))
SHIPPED = {"type": "OrderShipped", "eventId": "0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f"}


@pytest.fixture
def order(shop: Shop) -> OrderId:
    return shop.record(an_order(ID))


def report(gateway: Gateway, body: object, person: Person = STAFF, order_id: str = ID) -> GatewayResponse:
    return gateway.send(
        "POST",
        f"/orders/{order_id}/fulfilment",
        body=json.dumps(body),
        headers={"Content-Type": "application/json"},
        person=person,
    )


def test_staff_report_a_parcel_repeatedly_with_one_effect(
    shop: Shop, gateway: Gateway, order: OrderId
) -> None:
    shop.advance(order, OrderStatus.CONFIRMED)
    first, second = report(gateway, SHIPPED), report(gateway, SHIPPED)
    assert (first.status, first.headers["etag"]) == (200, '"5"')
    assert [change["status"] for change in first.json()["history"]][-2:] == ["PACKED", "SHIPPED"]
    assert second == first


def test_customer_may_not_report_on_own_orders(shop: Shop, gateway: Gateway, order: OrderId) -> None:
    shop.advance(order, OrderStatus.CONFIRMED)
    answer = report(gateway, SHIPPED, ADA)
    assert (answer.status, answer.json()["type"]) == (403, "urn:orderwire:problem:staff-only")


def test_order_without_a_parcel_is_refused_with_its_status(
    shop: Shop, gateway: Gateway, order: OrderId
) -> None:
    answer = report(gateway, SHIPPED)
    assert (answer.status, answer.json()["type"]) == (409, "urn:orderwire:problem:order-not-fulfillable")
    assert answer.json()["errorInfo"] == {"status": "RECEIVED"}


@pytest.mark.parametrize("order_id", [ID, "seven"])
def test_unknown_order_is_not_found(shop: Shop, gateway: Gateway, order_id: str) -> None:
    assert report(gateway, SHIPPED, order_id=order_id).status == 404


@pytest.mark.parametrize(
    ("body", "info"),
    [
        ([], {"path": "body", "code": "UNKNOWN_FIELD"}),
        (SHIPPED | {"orderId": ID}, {"path": "body", "code": "UNKNOWN_FIELD"}),
        (SHIPPED | {"type": "OrderLost"}, {"path": "body.type", "code": "UNKNOWN_EVENT"}),
        ({"type": "OrderPacked"}, {"path": "body.eventId", "code": "NOT_A_UUID"}),
        (SHIPPED | {"at": "noon"}, {"path": "body.at", "code": "BAD_TIME"}),
    ],
)
def test_invalid_report_is_refused_with_its_place(
    shop: Shop, gateway: Gateway, order: OrderId, body: Any, info: dict[str, str]
) -> None:
    answer = report(gateway, body)
    assert (answer.status, answer.json()["errorInfo"]) == (400, info)
