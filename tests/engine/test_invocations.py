"""Lambda: the way that every invocation takes."""

from __future__ import annotations

import json
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.engine.mends.functions_invoke import InvokeAnswer, note_loss
from tests.engine.standins import FunctionError
from tests.engine.world import ACCOUNT, World

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def check_invoke(world: World) -> None:
    function = world.function(lambda event: {"doubled": event["n"] * 2, "text": "grüße"})
    answer = world.client("lambda").invoke(FunctionName=function, Payload=b'{"n": 21}')
    assert json.loads(answer["Payload"].read()) == {"doubled": 42, "text": "grüße"}
    assert "FunctionError" not in answer
    assert (function, "RequestResponse", {"n": 21}) in world.lambdas.invocations


def test_invocation_returns_the_payload_of_the_function(world: World) -> None:
    check_invoke(world)


def test_function_error_is_passed_on(world: World) -> None:
    def failing(_event: Any) -> Any:
        raise FunctionError("PaymentDeclined", "no money")

    answer = world.client("lambda").invoke(FunctionName=world.function(failing))
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read()) == {
        "errorMessage": "no money",
        "errorType": "PaymentDeclined",
        "stackTrace": [],
    }


def test_asynchronous_invocation_is_sent_as_an_event(world: World) -> None:
    function = world.function(lambda event: event)
    answer = world.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b'{"n": 1}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert world.lambdas.wait_for(lambda: (function, "Event", {"n": 1}) in world.lambdas.invocations)


def check_accepted_events(world: World) -> None:
    """The service's answer is the caller's: its id, and its refusal."""
    functions, name = world.client("lambda"), world.function(lambda event: event)
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 2}')
    # It was there before the answer was.
    assert (name, "Event", {"n": 2}) in world.lambdas.invocations
    assert answer["Payload"].read() == b""
    assert answer["ResponseMetadata"]["RequestId"] == world.lambdas.request_ids[-1]
    del world.lambdas.functions[name]
    with pytest.raises(ClientError) as refused:
        functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_accepted_event_has_the_request_id_of_the_service(world: World) -> None:
    check_accepted_events(world)


def check_json_payloads(world: World) -> None:
    functions, name = world.client("lambda"), world.function(lambda event: event)
    for kind in ("Event", "RequestResponse"):
        with pytest.raises(ClientError) as refused:
            functions.invoke(FunctionName=name, InvocationType=kind, Payload=b"no JSON")
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidRequestContentException"
        assert error["Message"].startswith("Could not parse request body into json")
    assert not [invocation for invocation in world.lambdas.invocations if invocation[0] == name]


def test_payload_that_is_no_json_is_refused(world: World) -> None:
    check_json_payloads(world)


@pytest.mark.parametrize(("status", "lines"), [(202, 0), (500, 1)])
def test_lost_event_is_named_with_its_function(
    caplog: pytest.LogCaptureFixture, status: int, lines: int
) -> None:
    sent: Future[InvokeAnswer] = Future()
    sent.add_done_callback(partial(note_loss, "resize"))
    sent.set_result(InvokeAnswer(status, b'{"errorMessage":"the Lambda service cannot be reached"}'))
    assert len(caplog.messages) == lines
    assert all(line.startswith("an event for resize is lost") for line in caplog.messages)


def test_connections_to_the_function_service_are_reused(world: World) -> None:
    function = world.function(lambda event: event)
    world.client("lambda").invoke(FunctionName=function)["Payload"].read()
    opened = world.lambdas.connections
    for _ in range(5):
        world.client("lambda").invoke(FunctionName=function)["Payload"].read()
    assert world.lambdas.connections == opened


def test_asynchronous_sources_invoke_by_event(world: World) -> None:
    function = world.function(lambda event: event)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    events, rule = world.client("events"), world.name("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": rule, "DetailType": "x", "Detail": '{"n": 1}'}])
    sns = world.client("sns")
    topic = sns.create_topic(Name=world.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello")

    def events() -> list[Any]:
        return [
            event for name, kind, event in world.lambdas.invocations if (name, kind) == (function, "Event")
        ]

    assert world.lambdas.wait_for(lambda: len(events()) == 2)
    assert [event["detail"] for event in events() if "detail" in event] == [{"n": 1}]
    assert [event["Records"][0]["Sns"]["Message"] for event in events() if "Records" in event] == ["hello"]
