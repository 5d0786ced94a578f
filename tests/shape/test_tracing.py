"""What the resolver of `orderTrace` asks of its function, and for whom."""

from __future__ import annotations

import pytest

from tests.shape.api import ADA, STAFF, refused
from tests.shape.samples import ORDER_ID, api, errors, gives

TRACE = {"orderId": ORDER_ID, "steps": []}


async def test_staff_receive_the_answer_of_the_function() -> None:
    outcome = await api().call(
        "Query.orderTrace", {"id": ORDER_ID}, identity=STAFF, Trace=[gives({"trace": TRACE})]
    )
    assert (outcome.value, outcome.errors) == (TRACE, [])
    payload = {"id": ORDER_ID, "customerId": "margaret", "isStaff": True}
    assert api().requests == [("Trace", {"operation": "Invoke", "payload": payload})]


async def test_customers_are_refused_without_a_request() -> None:
    outcome = await api().call("Query.orderTrace", {"id": ORDER_ID}, identity=ADA)
    assert errors(outcome) == [("StaffOnly", "Only staff may look at an order's workflow.", None)]
    assert api().requests == []


@pytest.mark.parametrize("identity", [ADA, STAFF])
async def test_trace_of_an_invalid_id_is_null(identity: dict[str, object]) -> None:
    outcome = await api().call("Query.orderTrace", {"id": "x" * 4000}, identity=identity)
    assert (outcome.value, outcome.errors, api().requests) == (None, [], [])


async def test_caller_errors_keep_their_words_and_a_crash_is_internal() -> None:
    busy = {"error": {"type": "TryAgain", "message": "Later.", "info": None}}
    outcome = await api().call("Query.orderTrace", {"id": ORDER_ID}, identity=STAFF, Trace=[gives(busy)])
    assert errors(outcome) == [("TryAgain", "Later.", None)]
    crash = refused("Lambda:Unhandled")
    outcome = await api().call("Query.orderTrace", {"id": ORDER_ID}, identity=STAFF, Trace=[crash])
    assert errors(outcome) == [("InternalError", "The order's workflow cannot be read just now.", None)]
