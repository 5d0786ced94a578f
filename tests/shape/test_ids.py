"""Ids that can be no order's: answered without asking DynamoDB, whose refusals are not for clients."""

from __future__ import annotations

import uuid

import pytest

from tests.shape.api import ADA, STAFF, Api

NO_IDS = [
    "",
    "x",
    "x" * 3000,
    "\ud800" * 36,
    "\x00" * 36,
    "K" * 36,
    "é" * 36,
    "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b ",
]


@pytest.fixture(scope="module")
def api() -> Api:
    return Api()


@pytest.mark.parametrize("identity", [ADA, STAFF], ids=["customer", "staff"])
@pytest.mark.parametrize("order_id", NO_IDS, ids=ascii)
@pytest.mark.parametrize("field", ["Query.order", "Query.orderHistory"])
async def test_query_of_an_invalid_id_is_null_without_a_request(
    api: Api, field: str, order_id: str, identity: object
) -> None:
    outcome = await api.call(field, {"id": order_id}, identity=identity)
    assert (outcome.value, outcome.errors, api.requests) == (None, [], [])


@pytest.mark.parametrize("order_id", NO_IDS, ids=ascii)
async def test_cancellation_of_an_invalid_id_is_not_found(api: Api, order_id: str) -> None:
    outcome = await api.call("Mutation.cancelOrder", {"id": order_id})
    assert [(e.error_type, e.message) for e in outcome.errors] == [
        ("OrderNotFound", "You have no order with this id.")
    ]
    assert api.requests == []


@pytest.mark.parametrize("order_id", NO_IDS, ids=ascii)
async def test_subscription_to_an_invalid_id_is_refused(api: Api, order_id: str) -> None:
    outcome = await api.call("Subscription.onOrderStatus", {"orderId": order_id})
    [error] = outcome.errors
    assert (error.error_type, error.error_info) == ("BadRequest", {"path": "orderId"})
    assert error.message == "orderId must be a UUID: the clientToken of the order"
    assert outcome.subscription_filter is None


@pytest.mark.parametrize("upper", [False, True])
async def test_order_id_is_case_insensitive(api: Api, upper: bool) -> None:
    order_id = uuid.uuid4()
    written = str(order_id).upper() if upper else str(order_id)
    outcome = await api.call("Query.order", {"id": written}, Orders=[lambda _: None])
    assert (outcome.value, outcome.errors) == (None, [])
    [(_, request)] = api.requests
    assert request["key"]["pk"] == {"S": f"ORDER#{order_id}"}
