"""Faults on demand, seen through real clients, by Step Functions' tasks, and in the plan itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.faults import KINDS, Fault, FaultPlan, Faults, parse_faults
from localcloud.engine.operations import OperationCall
from localcloud.engine.rules import RulesError
from tests.engine.rules import ask, faults, hits, patient
from tests.engine.world import World

START = OperationCall("states", "StartExecution", b'{"name": "a"}')


@pytest.fixture(scope="module")
def table(world: World) -> str:
    name = world.name("faulty")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def put(world: World, table: str) -> Callable[[str], int]:
    def run(key: str) -> int:
        answer = world.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}})
        status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
        return status

    return run


@pytest.fixture
def has(world: World, table: str) -> Callable[[str], bool]:
    return lambda key: "Item" in world.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": key}})


def on_put(kind: str, **more: Any) -> dict[str, Any]:
    return {"service": "dynamodb", "operation": "PutItem", "kind": kind, **more}


def test_throttle_fault_is_the_error_of_the_service(
    world: World, put: Callable[[str], int], has: Callable[[str], bool]
) -> None:
    with faults(world, on_put("throttle", times=1)):
        with pytest.raises(ClientError) as refused:
            put("throttled")
        assert refused.value.response["Error"]["Code"] == "ProvisionedThroughputExceededException"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert not has("throttled")
        assert put("throttled") == 200


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "status"),
    [
        ("stepfunctions", "list_state_machines", {}, "ThrottlingException", 400),
        ("sqs", "list_queues", {}, "RequestThrottled", 400),
        ("lambda", "list_functions", {}, "TooManyRequestsException", 429),
        ("sns", "list_topics", {}, "Throttling", 400),
        ("s3", "list_objects", {"Bucket": "none"}, "SlowDown", 503),
        ("appsync", "list_graphql_apis", {}, "ThrottlingException", 429),
        ("cognito-idp", "list_user_pools", {"MaxResults": 1}, "TooManyRequestsException", 400),
    ],
)
def test_each_service_throttles_in_its_own_words(
    world: World, service: str, operation: str, arguments: dict[str, Any], code: str, status: int
) -> None:
    signed = "states" if service == "stepfunctions" else service
    throttle = {"service": signed, "operation": "*", "kind": "throttle"}
    with faults(world, throttle), pytest.raises(ClientError) as refused:
        getattr(world.client(service), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_error_fault_has_the_words_of_the_plan(world: World, put: Callable[[str], int]) -> None:
    error = on_put("error", status=503, code="ServiceUnavailable", message="away")
    with faults(world, error), pytest.raises(ClientError) as refused:
        put("refused")
    assert refused.value.response["Error"] == {"Code": "ServiceUnavailable", "Message": "away"}
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_delay_fault_executes_the_request_late(
    world: World, put: Callable[[str], int], has: Callable[[str], bool]
) -> None:
    with faults(world, on_put("delay", seconds=0.2)):
        started = time.monotonic()
        assert put("late") == 200
    assert time.monotonic() - started >= 0.2
    assert has("late")


def test_timeout_fault_executes_nothing(
    world: World, put: Callable[[str], int], has: Callable[[str], bool]
) -> None:
    with faults(world, on_put("timeout", seconds=0.1)), pytest.raises(ConnectionClosedError):
        put("never")
    assert not has("never")


def test_drop_answer_fault_executes_and_closes(
    world: World, put: Callable[[str], int], has: Callable[[str], bool]
) -> None:
    with faults(world, on_put("drop-answer")), pytest.raises(ConnectionClosedError):
        put("dropped")
    assert has("dropped")


def test_duplicate_fault_executes_twice_and_answers_once(world: World) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName=world.name("twice"))["QueueUrl"]
    with faults(world, {"service": "sqs", "operation": "SendMessage", "kind": "duplicate"}):
        sent = sqs.send_message(QueueUrl=url, MessageBody="one")
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["one", "one"]
    assert sent["MessageId"] in {message["MessageId"] for message in messages}


def test_botocore_retries_faults_that_it_should(world: World, table: str) -> None:
    with patient(world, "dynamodb") as client:
        for kind in ("throttle", "error", "drop-answer"):
            with faults(world, on_put(kind, times=2)):
                answer = client.put_item(TableName=table, Item={"pk": {"S": f"again-{kind}"}})
                assert answer["ResponseMetadata"]["RetryAttempts"] == 2
                assert hits(world) == [2]


def test_body_match_selects_requests_containing_the_text(world: World, put: Callable[[str], int]) -> None:
    with faults(world, on_put("error", match={"bodyContains": '"unlucky"'})):
        assert put("lucky") == 200
        with pytest.raises(ClientError):
            put("unlucky")
        assert hits(world) == [1]


def task(table: str) -> dict[str, Any]:
    return {
        "Put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": table, "Item": {"pk": {"S.$": "$.key"}}},
            "End": True,
        }
    }


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [
        ("throttle", "DynamoDB.ProvisionedThroughputExceededException", False),
        ("error", "DynamoDB.AmazonDynamoDBException", False),
        ("timeout", "DynamoDB.SdkClientException", False),
        ("drop-answer", "DynamoDB.SdkClientException", True),
    ],
)
def test_faults_apply_to_tasks(
    world: World, table: str, has: Callable[[str], bool], kind: str, error: str, done: bool
) -> None:
    with faults(world, on_put(kind, seconds=0.05)):
        ended = world.run(task(table), {"key": f"task-{kind}"})
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert has(f"task-{kind}") is done


def test_sdk_task_names_a_throttle_as_its_service_does(world: World, table: str) -> None:
    get = {"TableName": table, "Key": {"pk": {"S": "any"}}}
    arn = "arn:aws:states:::aws-sdk:dynamodb:getItem"
    states = {"Get": {"Type": "Task", "Resource": arn, "Parameters": get, "End": True}}
    fault = {"service": "dynamodb", "operation": "GetItem", "kind": "error", "code": "ThrottlingException"}
    with faults(world, {**fault, "status": 400, "message": "Rate exceeded"}):
        ended = world.run(states)
    assert ended["error"] == "DynamoDb.ThrottlingException"
    assert ended["cause"].startswith("Rate exceeded (Service: DynamoDb, Status Code: 400, Request ID: ")


@pytest.mark.parametrize("kind", ["delay", "duplicate"])
def test_task_succeeds_despite_a_temporary_fault(
    world: World, table: str, has: Callable[[str], bool], kind: str
) -> None:
    with faults(world, on_put(kind, seconds=0.05)):
        assert world.run(task(table), {"key": f"task-{kind}"})["status"] == "SUCCEEDED"
    assert has(f"task-{kind}")


def test_task_retries_a_lambda_throttle(world: World) -> None:
    name = world.function(lambda event: {"ok": True})
    states = {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": name},
            "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 0}],
            "End": True,
        }
    }
    with faults(world, {"service": "lambda", "operation": "Invoke", "kind": "throttle", "times": 2}):
        assert world.run(states)["status"] == "SUCCEEDED"
        assert hits(world) == [2]


def test_page_shows_and_changes_the_plan(world: World) -> None:
    plan = {"seed": 3, "faults": [on_put("error", rate=0.5, match={"bodyContains": "x"})]}
    status, shown = ask(world, "PUT", "faults", plan)
    assert status == 200
    assert shown["seed"] == 3
    assert shown["faults"][0].items() >= plan["faults"][0].items()  # type: ignore[index]
    assert ask(world, "GET", "faults")[1] == shown
    assert ask(world, "DELETE", "faults") == (200, {"seed": 0, "faults": []})
    assert ask(world, "PUT", "faults", b"{")[0] == 400
    assert ask(world, "PUT", "faults", {"faults": [{"service": "sqs"}]}) == (
        400,
        {"message": "faults[0].operation: is missing"},
    )
    assert ask(world, "POST", "faults", {})[0] == 405


def drawn(plan: FaultPlan, calls: list[OperationCall]) -> list[bool]:
    live = Faults()
    live.set(plan)
    return [live.hit(call) is not None for call in calls]


@given(seed=st.integers(0, 2**31), rate=st.floats(0, 1), noise=st.lists(st.booleans(), max_size=60))
def test_seed_alone_selects_the_failing_calls(seed: int, rate: float, noise: list[bool]) -> None:
    plan = FaultPlan(seed, (Fault("states", "StartExecution", "error", rate=rate),))
    other = OperationCall("states", "DescribeExecution")
    mixed = [START if mine else other for mine in noise]
    alone = drawn(plan, [START] * sum(noise))
    assert [hit for hit, mine in zip(drawn(plan, mixed), noise, strict=True) if mine] == alone
    assert not any(hit for hit, mine in zip(drawn(plan, mixed), noise, strict=True) if not mine)


def test_fault_has_its_rate_and_ends_after_its_times() -> None:
    half = FaultPlan(7, (Fault("states", "*", "error", rate=0.5),))
    assert 400 < sum(drawn(half, [START] * 1000)) < 600
    twice = FaultPlan(7, (Fault("states", "*", "error", times=2),))
    assert drawn(twice, [START] * 4) == [True, True, False, False]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], ": expected an object, not []"),
        ({}, "faults: is missing"),
        ({"faults": 1}, "faults: expected a list, not 1"),
        ({"faults": [], "sede": 1}, "sede: is not known here; known are faults, seed"),
        (
            {"faults": [{"service": "a", "operation": "b", "kind": "c"}]},
            f"faults[0].kind: expected one of {', '.join(KINDS)}, not 'c'",
        ),
        (
            {"faults": [{"service": "a", "operation": "b", "kind": "error", "rate": 2}]},
            "faults[0].rate: expected a number from 0 to 1, not 2",
        ),
        (
            {"faults": [{"service": "a", "operation": "b", "kind": "error", "times": 1.5}]},
            "faults[0].times: expected a whole number, not 1.5",
        ),
        (
            {"faults": [{"service": "a", "operation": "b", "kind": "error", "match": {"body": ""}}]},
            "faults[0].match.body: is not known here; known are bodyContains",
        ),
        ({"faults": [{"service": ""}]}, "faults[0].service: expected a text, not ''"),
    ],
)
def test_invalid_fault_plan_names_the_place(document: object, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        parse_faults(document)
    assert str(refused.value) == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(
    st.dictionaries(
        st.sampled_from(["service", "operation", "kind", "rate", "times", "seconds", "match"]), json_values
    )
)
def test_any_fault_document_is_read_or_refused(fault: dict[str, Any]) -> None:
    try:
        plan = parse_faults(json.loads(json.dumps({"faults": [fault]})))
    except RulesError:
        return
    assert plan.faults[0].service == fault["service"]
