"""Dead letters: every queue of them is a place, and the resolvers let staff alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.shape import shape
from tests.shape.api import ADA, STAFF, refused
from tests.shape.samples import ORDER_ID, api, errors, gives

FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Query.deadLetters", {}, {"action": "list"}),
    (
        "Query.deadLetterMessages",
        {"place": "orders", "limit": 5},
        {"action": "show", "place": "orders", "limit": 5},
    ),
    (
        "Mutation.redriveDeadLetters",
        {"input": {"place": "orders", "orderId": ORDER_ID, "dryRun": True}},
        {"action": "redrive", "place": "orders", "orderId": ORDER_ID, "dryRun": True},
    ),
    (
        "Mutation.redriveDeadLetters",
        {"input": {"place": "orders"}},
        {"action": "redrive", "place": "orders", "orderId": None, "dryRun": False},
    ),
]


def lines() -> Iterator[tuple[str, str, str, str]]:
    """Yield each place of the function's environment, whatever its condition: name, way, queue and target."""
    [function] = [
        body
        for body in shape.resources("AWS::Lambda::Function").values()
        if body["Handler"] == "resolvers.manage_dead_letters.handler"
    ]
    _, listed = function["Environment"]["Variables"]["DEAD_LETTERS"]["Fn::Join"]
    for item in listed:
        text = (item["Fn::If"][1] if "Fn::If" in item else item)["Fn::Sub"]
        name, way, queue, target = text.split()
        yield name, way, shape.reference({"Fn::Sub": queue}), shape.reference({"Fn::Sub": target})


def queues_of_dead_letters() -> dict[str, str | None]:
    """Return every queue that something else than a sender puts messages in, and the queue they come from."""
    results: dict[str, str | None] = {}

    def look(value: Any) -> None:
        match value:
            case {"DeadLetterConfig": {"TargetArn": arn}} | {"DeadLetterConfig": {"Arn": arn}}:
                results[shape.reference(arn)] = None
            case {"OnFailure": {"Destination": arn}} | {"RedrivePolicy": {"deadLetterTargetArn": arn}}:
                results[shape.reference(arn)] = None
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(inner)

    look(shape.everything())
    for name, body in shape.resources("AWS::SQS::Queue").items():
        if "RedrivePolicy" in body:
            results[shape.reference(body["RedrivePolicy"]["deadLetterTargetArn"])] = name
    # SNS is given it by the function that subscribes endpoints.
    results["WebhookDeadLetters"] = None
    return {queue: source for queue, source in results.items() if queue in shape.resources("AWS::SQS::Queue")}


def test_every_dead_letter_queue_is_a_place_with_its_own_source() -> None:
    sources = queues_of_dead_letters()
    places = {queue: (way, target) for _, way, queue, target in lines()}
    assert places.keys() == sources.keys()
    assert {queue: target for queue, (way, target) in places.items() if way == "MOVE"} == {
        queue: source for queue, source in sources.items() if source is not None
    }


def test_function_may_read_every_place_and_write_to_its_source() -> None:
    [policy] = shape.resources("AWS::IAM::Role")["ManageDeadLettersRole"]["Policies"]
    allowed = {
        (action, shape.reference(item["Fn::If"][1] if "Fn::If" in item else item))
        for written in policy["PolicyDocument"]["Statement"]
        for statement in [written["Fn::If"][1] if "Fn::If" in written else written]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        for item in (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
    }
    for _, way, queue, target in lines():
        assert ("sqs:StartMessageMoveTask", queue) in allowed and ("sqs:DeleteMessage", queue) in allowed
        actions = {"EVENT": "events:PutEvents"} | dict.fromkeys(("MOVE", "REPUBLISH"), "sqs:SendMessage")
        assert (actions.get(way, "lambda:InvokeFunction"), target) in allowed


@pytest.mark.parametrize(("field", "arguments", "payload"), FIELDS)
async def test_staff_receive_the_answer_of_the_function(
    field: str, arguments: dict[str, Any], payload: dict[str, Any]
) -> None:
    result: list[object] = []
    outcome = await api().call(field, arguments, identity=STAFF, DeadLetters=[gives({"result": result})])
    assert (outcome.value, outcome.errors) == (result, [])
    expected = {**payload, "customerId": "margaret", "isStaff": True}
    assert api().requests == [("DeadLetters", {"operation": "Invoke", "payload": expected})]


@pytest.mark.parametrize(("field", "arguments", "payload"), FIELDS)
async def test_customers_are_refused_without_a_request(
    field: str, arguments: dict[str, Any], payload: dict[str, Any]
) -> None:
    outcome = await api().call(field, arguments, identity=ADA)
    assert errors(outcome) == [("StaffOnly", "Only staff may look after dead letters.", None)]
    assert api().requests == []


@pytest.mark.parametrize(("field", "arguments", "payload"), FIELDS)
async def test_caller_errors_keep_their_words_and_a_crash_is_internal(
    field: str, arguments: dict[str, Any], payload: dict[str, Any]
) -> None:
    gone = {"error": {"type": "DeadLettersNotFound", "message": "None.", "info": None}}
    outcome = await api().call(field, arguments, identity=STAFF, DeadLetters=[gives(gone)])
    assert errors(outcome) == [("DeadLettersNotFound", "None.", None)]
    crash = refused("Lambda:Unhandled")
    outcome = await api().call(field, arguments, identity=STAFF, DeadLetters=[crash])
    words = "The dead letters cannot be reached just now: try again."
    assert errors(outcome) == [("InternalError", words, None)]
