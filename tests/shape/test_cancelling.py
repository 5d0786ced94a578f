"""A cancellation is one conditional change, and says nothing of orders that are not yours."""

from __future__ import annotations

from typing import Any

import pytest

from orders.errors import OrderNotCancellable, OrderNotFound
from orders.status import OrderStatus, allowed_from
from tests.shape.api import STAFF
from tests.shape.samples import CONDITION, ORDER_ID, STATE_KEY, api, errors, gives, state


async def test_cancellation_is_one_conditional_change() -> None:
    cancelled = state("RECEIVED", "CANCELLED")
    outcome = await api().call("Mutation.cancelOrder", {"id": ORDER_ID.upper()}, Orders=[gives(cancelled)])
    [(_, request)] = api().requests
    condition = request["condition"]
    assert request["key"] == STATE_KEY
    assert (
        condition["expression"]
        == "customerId = :me AND #now IN (:received, :validated, :awaiting, :confirmed)"
    )
    values = condition["expressionValues"]
    assert values.pop(":me") == {"S": "ada"}
    assert [value["S"] for value in values.values()] == list(allowed_from(OrderStatus.CANCELLED))
    update = request["update"]
    at = update["expressionValues"][":at"]["S"]
    assert update["expression"] == (
        "SET #status = :cancelled, version = version + :one, history = list_append(history, :entry), "
        "updatedAt = :at, reason = :reason, lastChange = :change REMOVE pendingKey, pendingSince"
    )
    assert update["expressionValues"][":entry"] == {
        "L": [{"M": {"status": {"S": "CANCELLED"}, "at": {"S": at}, "reason": {"S": "CUSTOMER_REQUEST"}}}]
    }
    assert outcome.value == {**cancelled, "id": ORDER_ID}


async def test_staff_cancel_orders_of_customers() -> None:
    await api().call(
        "Mutation.cancelOrder", {"id": ORDER_ID}, identity=STAFF, Orders=[gives(state("CANCELLED"))]
    )
    condition = api().requests[0][1]["condition"]
    assert condition["expression"] == "#now IN (:received, :validated, :awaiting, :confirmed)"
    assert ":me" not in condition["expressionValues"]


async def test_cancelled_order_is_returned() -> None:
    result = state("RECEIVED", "CANCELLED")
    outcome = await api().call("Mutation.cancelOrder", {"id": ORDER_ID}, Orders=[CONDITION, gives(result)])
    assert (outcome.value, outcome.errors) == ({**result, "id": ORDER_ID}, [])


@pytest.mark.parametrize(
    "status", sorted(set(OrderStatus) - {*allowed_from(OrderStatus.CANCELLED), "CANCELLED"})
)
async def test_late_cancellation_is_refused_with_the_status(status: str) -> None:
    outcome = await api().call(
        "Mutation.cancelOrder", {"id": ORDER_ID}, Orders=[CONDITION, gives(state(status))]
    )
    refusal = OrderNotCancellable(OrderStatus(status))
    assert errors(outcome) == [("OrderNotCancellable", str(refusal), refusal.info)]


@pytest.mark.parametrize("expected", [None, state(owner="grace")])
async def test_cancelling_a_foreign_order_reveals_nothing(expected: Any) -> None:
    outcome = await api().call("Mutation.cancelOrder", {"id": ORDER_ID}, Orders=[CONDITION, gives(expected)])
    assert errors(outcome) == [("OrderNotFound", str(OrderNotFound()), None)]
