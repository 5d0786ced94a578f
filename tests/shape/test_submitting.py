"""The two ways in: what is recorded, what is started, and what the client receives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.adapters.order_items import contents_item, read_contents, read_state, state_item
from orders.errors import IdempotencyConflict, InvalidOrder
from orders.model import CustomerId, Timestamp, received
from orders.parsing import parse_order
from tests.shape.api import Answer, refused
from tests.shape.samples import (
    CANONICAL,
    CONFLICT,
    CONTENTS_KEY,
    INPUT,
    ITEM,
    ORDER_ID,
    RECORDED,
    STARTED,
    STATE_KEY,
    answers,
    api,
    both,
    contents,
    errors,
    gives,
    state,
)


async def test_new_order_is_recorded_and_started() -> None:
    outcome = await api().call(
        "Mutation.submitOrder", {"input": INPUT}, Orders=[RECORDED], Workflows=[STARTED]
    )
    (_, transaction), (_, start) = api().requests
    assert [(put["table"], put["operation"], put["key"]) for put in transaction["transactItems"]] == [
        ("orders", "PutItem", CONTENTS_KEY),
        ("orders", "PutItem", STATE_KEY),
    ]
    assert {put["condition"]["expression"] for put in transaction["transactItems"]} == {
        "attribute_not_exists(pk)"
    }
    body = json.loads(start["params"]["body"])
    assert body == {
        "stateMachineArn": "arn:machine",
        "name": ORDER_ID,
        "input": f'{{"orderId":"{ORDER_ID}"}}',
    }
    assert start["params"]["headers"]["x-amz-target"] == "AWSStepFunctions.StartExecution"
    assert isinstance(outcome.value, dict)
    assert (outcome.value["id"], outcome.value["customerId"]) == (ORDER_ID, "ada")
    assert (outcome.value["status"], outcome.value["version"], outcome.value["total"]) == ("RECEIVED", 1, 900)


def numbers_as_text(value: Any) -> Any:
    """AppSync's helpers write ``{"N": 1}``, which reaches DynamoDB as ``{"N": "1"}``."""
    if isinstance(value, list):
        return [numbers_as_text(item) for item in value]
    if isinstance(value, dict):
        return {
            name: str(item) if name == "N" and isinstance(item, int) else numbers_as_text(item)
            for name, item in value.items()
        }
    return value


async def test_submit_and_enqueue_record_the_same_items() -> None:
    await api().call("Mutation.submitOrder", {"input": INPUT}, Orders=[RECORDED], Workflows=[STARTED])
    puts = api().requests[0][1]["transactItems"]
    at = puts[0]["attributeValues"]["createdAt"]["S"]
    order = parse_order(INPUT, customer_id=CustomerId("ada"), at=Timestamp(at))
    for put, item in zip(puts, (contents_item(order), state_item(received(order))), strict=True):
        assert numbers_as_text(put["key"] | put["attributeValues"]) == item


TRACE = "Root=1-6569a0c0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.parametrize("started", [True, False])
async def test_trace_of_the_request_is_kept_by_workflow_and_queue(started: bool) -> None:
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": INPUT},
        headers={"x-amzn-trace-id": f"Self=1-2-3;{TRACE}"},
        Orders=[RECORDED],
        Workflows=[STARTED if started else refused("ExecutionTimeout")],
        Queue=[] if started else [answers(200, {"MessageId": "1"})],
    )
    assert outcome.errors == []
    requests = [request for _, request in api().requests]
    contents_put, state_put = requests[0]["transactItems"]
    assert state_put["attributeValues"]["trace"] == {"S": TRACE}
    assert "trace" not in contents_put["attributeValues"]
    assert json.loads(requests[1]["params"]["body"])["traceHeader"] == TRACE
    if not started:
        sent = json.loads(requests[2]["params"]["body"])
        assert sent["MessageSystemAttributes"] == {
            "AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}
        }


@pytest.mark.parametrize("header", ["", "x", "Root=7", "Root=1-é", f"{TRACE};Parent={'0' * 300}"])
async def test_invalid_trace_header_is_ignored(header: str) -> None:
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": INPUT},
        headers={"x-amzn-trace-id": header},
        Orders=[RECORDED],
        Workflows=[STARTED],
    )
    assert outcome.errors == []
    requests = [request for _, request in api().requests]
    assert "trace" not in requests[0]["transactItems"][1]["attributeValues"]
    assert "traceHeader" not in json.loads(requests[1]["params"]["body"])


async def test_country_is_recorded_and_distinguishes_orders() -> None:
    order = {**INPUT, "country": "AQ"}
    outcome = await api().call(
        "Mutation.submitOrder", {"input": order}, Orders=[RECORDED], Workflows=[STARTED]
    )
    assert isinstance(outcome.value, dict)
    assert outcome.value["country"] == "AQ"
    puts = api().requests[0][1]["transactItems"]
    at = puts[0]["attributeValues"]["createdAt"]["S"]
    parsed = parse_order(order, customer_id=CustomerId("ada"), at=Timestamp(at))
    for put, item in zip(puts, (contents_item(parsed), state_item(received(parsed))), strict=True):
        assert numbers_as_text(put["key"] | put["attributeValues"]) == item
    assert read_contents(contents_item(parsed)) == parsed
    assert read_state(state_item(received(parsed))) == received(parsed)


@pytest.mark.parametrize("country", ["", "de", "DEU", "D", "D1", "ÄÖ"])
async def test_country_must_be_two_capital_letters_for_both_implementations(country: str) -> None:
    order = {**INPUT, "country": country}
    outcome = await api().call("Mutation.submitOrder", {"input": order})
    with pytest.raises(InvalidOrder) as refusal:
        parse_order(order, customer_id=CustomerId("ada"), at=Timestamp("2026-11-20T18:00:00.000Z"))
    assert errors(outcome) == [("InvalidOrder", str(refusal.value), refusal.value.info)]


@pytest.mark.parametrize(
    ("answer", "queued"),
    [
        (STARTED, False),
        (answers(400, {"__type": "ExecutionAlreadyExists", "message": "m"}), False),
        (answers(400, {"__type": "com.amazonaws.swf.service.v2.model#ExecutionAlreadyExists"}), False),
        (answers(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}), True),
        (answers(503, "unavailable"), True),
        (gives({"statusCode": 502, "headers": {}, "body": "<html>"}), True),
        (refused("ExecutionTimeout"), True),
    ],
)
async def test_order_that_was_not_started_goes_to_the_queue(answer: Answer, queued: bool) -> None:
    sent = answers(200, {"MessageId": "1"})
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": INPUT},
        Orders=[RECORDED],
        Workflows=[answer],
        Queue=[sent] if queued else [],
    )
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    if queued:
        _, request = api().requests[-1]
        assert request["params"]["headers"]["x-amz-target"] == "AmazonSQS.SendMessage"
        assert json.loads(request["params"]["body"]) == {
            "QueueUrl": "http://queue",
            "MessageBody": f'{{"orderId":"{ORDER_ID}"}}',
        }


@pytest.mark.parametrize("answer", [answers(500, {}), refused("ExecutionTimeout")])
async def test_recorded_order_is_accepted_when_the_queue_fails(answer: Answer) -> None:
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": INPUT},
        Orders=[RECORDED],
        Workflows=[answers(400, {"__type": "ThrottlingException"})],
        Queue=[answer],
    )
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)


async def test_repeated_order_is_returned_and_started_while_it_waits() -> None:
    outcome = await api().call(
        "Mutation.submitOrder",
        {"input": INPUT},
        Orders=[CONFLICT, both(contents(), state())],
        Workflows=[STARTED],
    )
    assert api().requests[1][1] == {
        "operation": "BatchGetItem",
        "tables": {"orders": {"keys": [CONTENTS_KEY, STATE_KEY], "consistentRead": True}},
    }
    assert outcome.value == {**state(), "id": ORDER_ID, "items": [ITEM]}


async def test_running_order_is_not_started_again() -> None:
    result = state("RECEIVED", "VALIDATED")
    outcome = await api().call(
        "Mutation.submitOrder", {"input": INPUT}, Orders=[CONFLICT, both(contents(), result)]
    )
    assert isinstance(outcome.value, dict)
    assert outcome.value["status"] == "VALIDATED"


@pytest.mark.parametrize("there", [contents(owner="grace"), contents(canonical=CANONICAL + "more")])
async def test_other_order_with_the_same_id_is_a_conflict_without_details(there: dict[str, Any]) -> None:
    outcome = await api().call(
        "Mutation.submitOrder", {"input": INPUT}, Orders=[CONFLICT, both(there, state(owner="grace"))]
    )
    assert outcome.value is None
    assert errors(outcome) == [("IdempotencyConflict", str(IdempotencyConflict()), None)]


async def test_concurrent_submission_may_have_to_try_again() -> None:
    outcome = await api().call("Mutation.submitOrder", {"input": INPUT}, Orders=[CONFLICT, both(None, None)])
    assert errors(outcome) == [("TryAgain", "Too much at once: send it again in a moment.", None)]


async def test_enqueue_is_delegated_to_python_with_typed_errors() -> None:
    order = gives({"order": {"id": ORDER_ID, "items": [ITEM]}})
    valid = await api().call("Mutation.enqueueOrder", {"input": INPUT}, Enqueue=[order])
    [(_, request)] = api().requests
    assert request["payload"] == {"input": INPUT, "customerId": "ada"}
    assert valid.value == {"id": ORDER_ID, "items": [ITEM]}
    info = {"path": "input.currency", "code": "UNKNOWN_CURRENCY"}
    bad = gives({"error": {"type": "InvalidOrder", "message": "no", "info": info}})
    refusal = await api().call("Mutation.enqueueOrder", {"input": INPUT}, Enqueue=[bad])
    assert errors(refusal) == [("InvalidOrder", "no", info)]


async def test_function_failure_is_hidden_from_clients() -> None:
    outcome = await api().call(
        "Mutation.enqueueOrder", {"input": INPUT}, Enqueue=[refused("Lambda:Unhandled")]
    )
    [(kind, message, info)] = errors(outcome)
    assert (kind, info) == ("InternalError", None)
    assert message == "The order could not be taken: send it again, with the same clientToken."
