"""Durable orders at AppSync's endpoint: recorded as such, started and woken over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.adapters.order_items import contents_item, state_item
from orders.model import CustomerId, Timestamp, received
from orders.parsing import parse_order
from tests.shape.api import STAFF, Answer, Api, refused
from tests.shape.samples import CONDITION, INPUT, ORDER_ID, RECORDED, STARTED, answers, api, gives, state
from tests.shape.test_submitting import numbers_as_text

DURABLE = {**INPUT, "orchestrator": "DURABLE"}
ANSWERS = answers(202, {})
AWAITED = ("RECEIVED", "VALIDATED", "AWAITING_APPROVAL")
NOTED = gives({"callbackId": "Ab+/cd=="})


async def test_durable_order_is_started_by_alias_and_name() -> None:
    outcome = await api().call(
        "Mutation.submitOrder", {"input": DURABLE}, Orders=[RECORDED], Durable=[ANSWERS]
    )
    assert outcome.errors == []
    (_, transaction), (source, start) = api().requests
    assert (source, start["resourcePath"]) == ("Durable", "/2015-03-31/functions/run-order/invocations")
    assert start["params"]["query"] == {"Qualifier": "live"}
    headers = start["params"]["headers"]
    assert headers["x-amz-invocation-type"] == "Event"
    assert headers["x-amz-durable-execution-name"] == ORDER_ID
    assert start["params"]["body"] == f'{{"orderId":"{ORDER_ID}"}}'
    at = transaction["transactItems"][0]["attributeValues"]["createdAt"]["S"]
    order = parse_order(DURABLE, customer_id=CustomerId("ada"), at=Timestamp(at))
    written = [numbers_as_text(put["key"] | put["attributeValues"]) for put in transaction["transactItems"]]
    assert written == [contents_item(order), state_item(received(order))]


@pytest.mark.parametrize(
    ("parameter", "field", "source"),
    [("durable", None, "Durable"), ("durable", "WORKFLOW", "Workflows"), ("workflow", None, "Workflows")],
)
async def test_orchestrator_of_the_order_wins_over_the_parameter(
    parameter: str, field: str | None, source: str
) -> None:
    order = INPUT if field is None else {**INPUT, "orchestrator": field}
    api = Api(ORCHESTRATOR=parameter)
    started: dict[str, Any] = {source: [ANSWERS if source == "Durable" else STARTED]}
    outcome = await api.call("Mutation.submitOrder", {"input": order}, Orders=[RECORDED], **started)
    assert outcome.errors == []
    assert api.requests[1][0] == source


@pytest.mark.parametrize(
    ("answer", "queued"),
    [
        (ANSWERS, False),
        (answers(409, {"message": "started before"}), False),
        (answers(429, {"Reason": "ConcurrentInvocationLimitExceeded"}), True),
        (refused("ExecutionTimeout"), True),
    ],
)
async def test_start_refused_by_lambda_goes_to_the_queue(answer: Answer, queued: bool) -> None:
    queue: dict[str, Any] = {"Queue": [answers(200, {"MessageId": "1"})]} if queued else {}
    outcome = await api().call(
        "Mutation.submitOrder", {"input": DURABLE}, Orders=[RECORDED], Durable=[answer], **queue
    )
    assert outcome.errors == []


GONE = answers(400, {"message": "closed"}, {"x-amzn-ErrorType": "CallbackTimeoutException:http://x"})
BUSY = answers(429, {"message": "slow down"}, {"x-amzn-ErrorType": "TooManyRequestsException"})


@pytest.mark.parametrize(("answer", "error"), [(answers(200, {}), None), (GONE, None), (BUSY, "TryAgain")])
async def test_decision_wakes_the_durable_function_by_its_callback(answer: Any, error: str | None) -> None:
    outcome = await api().call(
        "Mutation.decideOrder",
        {"input": {"orderId": ORDER_ID, "decision": "APPROVE"}},
        identity=STAFF,
        Orders=[gives(state(*AWAITED, "CONFIRMED")), NOTED],
        Durable=[answer],
    )
    assert [error.error_type for error in outcome.errors] == ([] if error is None else [error])
    source, wake = api().requests[-1]
    path = "/2025-12-01/durable-execution-callbacks/Ab%2B%2Fcd%3D%3D/succeed"
    assert (source, wake["resourcePath"]) == ("Durable", path)
    assert json.loads(wake["params"]["body"]) == {"outcome": "APPROVE"}
    assert "Ab+/cd==" not in json.dumps(outcome.value)


async def test_cancellation_wakes_a_waiting_durable_function() -> None:
    cancelled = state(*AWAITED, "CANCELLED")
    outcome = await api().call(
        "Mutation.cancelOrder",
        {"id": ORDER_ID},
        Orders=[CONDITION, gives(cancelled), NOTED],
        Durable=[answers(200, {})],
    )
    assert (outcome.value, outcome.errors) == ({**cancelled, "id": ORDER_ID}, [])
