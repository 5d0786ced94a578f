"""An order's trace over REST and GraphQL: for staff, and the same on both."""

from __future__ import annotations

import pytest

from orders.model import OrderId
from orders.status import OrderStatus
from tests.companion.conftest import Shop
from tests.companion.gateway import GRACE, Gateway, Person
from tests.companion.graphql_world import World
from tests.orders.samples import an_order

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
STAFF = Person(GRACE, groups=("packers", "staff"))
TRACE = """query ($id: ID!) { orderTrace(id: $id) {
  orderId workflow source outcome startedAt endedAt redrives error
  steps { id name type enteredAt leftAt outcome retries error parent index }
  nodes { name type parent branch start end comment }
  transitions { source target kind errors }
  traceId spans { id parent name origin startedAt endedAt failed detail }
} }"""


def test_rest_and_graphql_return_the_same_trace(
    shop: Shop, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.record(an_order(ID))
    shop.advance(order_id, OrderStatus.VALIDATED)
    answer = gateway.send("GET", f"/orders/{ID}/trace", person=STAFF)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    world = World()
    world.install(monkeypatch)
    world.store = shop.store  # type: ignore[assignment]
    assert world.ask(TRACE, person=STAFF, id=ID) == {"data": {"orderTrace": answer.json()}}
    assert answer.json()["source"] == "STATUSES"
    assert [step["name"] for step in answer.json()["steps"]] == ["MarkValidated"]


def test_customers_may_not_read_traces_of_their_own_orders(shop: Shop, gateway: Gateway) -> None:
    shop.record(an_order(ID))
    answer = gateway.send("GET", f"/orders/{ID}/trace", person=Person())
    assert answer.status == 403
    assert answer.json()["type"] == "urn:orderwire:problem:staff-only"
    assert gateway.send("GET", "/orders/nothing/trace", person=STAFF).status == 404


def test_graphql_returns_null_for_a_missing_trace_and_refuses_customers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    world.install(monkeypatch)
    assert world.ask(TRACE, person=STAFF, id=ID) == {"data": {"orderTrace": None}}
    error = world.error(TRACE, id=ID)
    assert (error["errorType"], error["message"]) == (
        "StaffOnly",
        "Only staff may look at an order's workflow.",
    )
