"""Step Functions: executions behave as AWS's do."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.engine.mends.states_retention import Retention
from tests.engine.standins import FunctionError, Throttled
from tests.engine.world import ACCOUNT, World, wait_until

INVOKE = "arn:aws:states:::lambda:invoke"
DONE = {"Type": "Succeed"}


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = refused.value.response["Error"]["Code"]
    return code


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "ResultSelector": {"answer.$": "$.Payload"},
        **fields,
    }
    return state if "Next" in fields else {**state, "End": True}


def table(world: World) -> str:
    name = world.name("table")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def raiser(name: str) -> Any:
    def function(_event: Any) -> Any:
        raise FunctionError(name, "told so")

    return function


# --- starting ---


def check_no_start_delay(world: World) -> None:
    machine = world.machine({f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(4)} | {"S4": DONE})
    world.finished(world.start(machine))
    fastest = 1.0
    for _ in range(5):
        started = time.perf_counter()
        world.finished(world.start(machine))
        fastest = min(fastest, time.perf_counter() - started)
    assert fastest < 0.1


def test_no_start_delay(world: World) -> None:
    check_no_start_delay(world)


def check_idempotent_start(world: World) -> None:
    machine = world.machine({"Long": {"Type": "Wait", "Seconds": 600, "End": True}})
    states = world.client("stepfunctions")
    first = states.start_execution(stateMachineArn=machine, name="order", input='{"n": 1}')
    again = states.start_execution(stateMachineArn=machine, name="order", input='{"n": 1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    with pytest.raises(ClientError) as refused:
        states.start_execution(stateMachineArn=machine, name="order", input='{"n": 2}')
    assert code_of(refused) == "ExecutionAlreadyExists"
    states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError) as refused:
        states.start_execution(stateMachineArn=machine, name="order", input='{"n": 1}')
    assert code_of(refused) == "ExecutionAlreadyExists"


def test_idempotent_start(world: World) -> None:
    check_idempotent_start(world)


@pytest.mark.parametrize("name", ["with space", "a:b", "x" * 81])
def test_bad_names_are_refused(world: World, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        world.start(world.machine({"Done": DONE}), name=name)
    assert code_of(refused) == "InvalidName"


def test_bad_input_is_refused(world: World) -> None:
    with pytest.raises(ClientError) as refused:
        world.client("stepfunctions").start_execution(
            stateMachineArn=world.machine({"Done": DONE}), input="{"
        )
    assert code_of(refused) == "InvalidExecutionInput"


# --- ending ---


def check_stop(world: World) -> None:
    states = world.client("stepfunctions")
    entered = threading.Event()
    leave = threading.Event()

    def slow(_event: Any) -> Any:
        entered.set()
        leave.wait(5)
        raise FunctionError("Late")

    arn = world.start(world.machine({"Slow": invoke(world.function(slow))}))
    assert entered.wait(5)
    states.stop_execution(executionArn=arn, error="Why", cause="because")
    leave.set()
    later = world.start(world.machine({"Slow": invoke(world.function(raiser("X")))}))
    world.finished(later)
    described = states.describe_execution(executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Why", "because")


def test_stop(world: World) -> None:
    check_stop(world)


def test_a_machine_times_out(world: World) -> None:
    described = world.run({"Long": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=1)
    assert (described["status"], described["error"]) == ("TIMED_OUT", "States.Timeout")


def check_failed_output(world: World) -> None:
    described = world.run({"No": {"Type": "Fail", "Error": "Refused", "Cause": "it is so"}})
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Refused", "it is so")
    assert "output" not in described


def test_failed_output(world: World) -> None:
    check_failed_output(world)


# --- Lambda tasks ---


def check_lambda_errors(world: World) -> None:
    catching = invoke(
        world.function(raiser("OutOfStock")),
        Catch=[
            {"ErrorEquals": ["SomethingElse"], "Next": "Wrong"},
            {"ErrorEquals": ["OutOfStock"], "ResultPath": "$.error", "Next": "Caught"},
        ],
    )
    caught = world.run({"Try": catching, "Wrong": {"Type": "Fail"}, "Caught": DONE}, {"n": 1})
    assert caught["status"] == "SUCCEEDED", caught
    assert caught["output"]["n"] == 1
    assert caught["output"]["error"]["Error"] == "OutOfStock"
    cause = {"errorMessage": "told so", "errorType": "OutOfStock", "stackTrace": []}
    assert json.loads(caught["output"]["error"]["Cause"]) == cause

    def throttled(_event: Any) -> Any:
        raise Throttled

    assert world.run({"Try": invoke(world.function(throttled))})["error"] == "Lambda.TooManyRequestsException"


def test_lambda_errors(world: World) -> None:
    check_lambda_errors(world)


def test_an_unknown_function_fails_the_task(world: World) -> None:
    described = world.run({"Try": invoke("nobody")})
    assert described["error"] == "Lambda.ResourceNotFoundException"


def test_retries_count_and_then_give_up(world: World) -> None:
    tries: list[Any] = []

    def flaky(event: Any) -> Any:
        tries.append(event)
        if len(tries) < 3:
            raise FunctionError("Flaky")
        return "at last"

    retry = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "MaxDelaySeconds": 1, "JitterStrategy": "FULL"}]
    described = world.run({"Try": invoke(world.function(flaky), Retry=retry)}, {"n": 1})
    assert described["output"] == {"answer": "at last"}
    assert tries == [{"n": 1}] * 3


def check_retry_delay(world: World) -> None:
    moments: list[float] = []

    def failing(_event: Any) -> Any:
        moments.append(time.monotonic())
        raise FunctionError("Never")

    retry = [
        {
            "ErrorEquals": ["Never"],
            "IntervalSeconds": 1,
            "BackoffRate": 10,
            "MaxDelaySeconds": 1,
            "MaxAttempts": 2,
        }
    ]
    described = world.run({"Try": invoke(world.function(failing), Retry=retry)})
    assert described["error"] == "Never"
    assert moments[2] - moments[1] < 1.5


def test_retry_delay(world: World) -> None:
    check_retry_delay(world)


def check_task_limits(world: World) -> None:
    leave = threading.Event()
    slow = invoke(
        world.function(lambda _event: leave.wait(5)),
        TimeoutSecondsPath="$.limit",
        Catch=[{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late"}],
    )
    started = time.monotonic()
    described = world.run({"Slow": slow, "Late": DONE}, {"limit": 1})
    leave.set()
    assert described["output"]["error"]["Error"] == "States.Timeout"
    assert time.monotonic() - started < 3


def test_task_limits(world: World) -> None:
    check_task_limits(world)


def check_error_names(world: World) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::nosuch:thing",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    described = world.run({"Try": task, "Caught": DONE})
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")


def test_error_names(world: World) -> None:
    check_error_names(world)


# --- callbacks ---


def waiting(function: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": function, "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
        **fields,
    }


def check_callbacks(world: World) -> None:
    described = world.run({"Ask": waiting(world.function(raiser("Unreachable")), TimeoutSeconds=3)})
    assert described["error"] == "Unreachable"


def test_callbacks(world: World) -> None:
    check_callbacks(world)


def test_a_callback_answers(world: World) -> None:
    states = world.client("stepfunctions")
    asked: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: asked.append(event["token"])))})
    )
    wait_until(lambda: asked)
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=asked[0], output="{")
    assert code_of(refused) == "InvalidOutput"
    states.send_task_success(taskToken=asked[0], output='{"approved": true}')
    assert world.finished(arn)["output"] == {"approved": True}


def test_a_callback_refuses(world: World) -> None:
    asked: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: asked.append(event["token"])))})
    )
    wait_until(lambda: asked)
    world.client("stepfunctions").send_task_failure(taskToken=asked[0], error="Denied", cause="no")
    described = world.finished(arn)
    assert (described["error"], described["cause"]) == ("Denied", "no")


def test_a_missed_heartbeat_is_a_timeout(world: World) -> None:
    states = world.client("stepfunctions")
    asked: list[str] = []
    ask = waiting(
        world.function(lambda event: asked.append(event["token"])),
        HeartbeatSeconds=1,
        Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Silent"}],
    )
    arn = world.start(world.machine({"Ask": ask, "Silent": DONE}))
    wait_until(lambda: asked)
    states.send_task_heartbeat(taskToken=asked[0])
    assert world.finished(arn)["output"]["Error"] == "States.HeartbeatTimeout"
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=asked[0], output="{}")
    # AWS: TaskTimedOut for one that has timed out, TaskDoesNotExist when it is forgotten.
    assert code_of(refused) in {"TaskTimedOut", "TaskDoesNotExist"}


def test_stopping_wakes_a_callback(world: World) -> None:
    asked: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: asked.append(event["token"])))})
    )
    wait_until(lambda: asked)
    world.client("stepfunctions").stop_execution(executionArn=arn)
    assert world.finished(arn)["status"] == "ABORTED"


# --- DynamoDB tasks ---


def update_status(table: str, resource: str = "arn:aws:states:::dynamodb:updateItem") -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {
            "TableName": table,
            "Key": {"pk": {"S.$": "$.id"}},
            "UpdateExpression": "SET #s = :new, lastChange = :change ADD version :one",
            "ConditionExpression": "#s = :old",
            "ExpressionAttributeNames": {"#s": "status"},
            "ExpressionAttributeValues": {
                ":old": {"S": "RECEIVED"},
                ":new": {"S": "VALIDATED"},
                ":one": {"N": "1"},
                ":change": {
                    "M": {
                        "execution": {"S.$": "$$.Execution.Id"},
                        "state": {"S.$": "$$.State.Name"},
                        "at": {"S.$": "$$.State.EnteredTime"},
                    }
                },
            },
        },
        "ResultPath": None,
        "End": True,
    }


def test_a_status_write(world: World) -> None:
    name = table(world)
    dynamodb = world.client("dynamodb")
    dynamodb.put_item(
        TableName=name, Item={"pk": {"S": "a"}, "status": {"S": "RECEIVED"}, "version": {"N": "1"}}
    )
    described = world.run({"Mark": update_status(name)}, {"id": "a"})
    assert described["output"] == {"id": "a"}
    item = dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"]
    assert (item["status"], item["version"]) == ({"S": "VALIDATED"}, {"N": "2"})
    change = item["lastChange"]["M"]
    assert (change["execution"]["S"], change["state"]["S"]) == (described["executionArn"], "Mark")
    assert len(change["at"]["S"]) == len("2026-11-20T18:00:00.123Z")


def test_a_failed_condition(world: World) -> None:
    described = world.run({"Mark": update_status(table(world))}, {"id": "nobody"})
    assert described["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_sdk_errors_have_their_own_prefix(world: World) -> None:
    resource = "arn:aws:states:::aws-sdk:dynamodb:updateItem"
    described = world.run({"Mark": update_status(table(world), resource)}, {"id": "nobody"})
    assert described["error"] == "DynamoDb.ConditionalCheckFailedException"


def check_dynamodb(world: World) -> None:
    """Executions that take from one stock never take more than there is."""
    name = table(world)
    dynamodb = world.client("dynamodb")
    # A large item is copied slowly: threads that do not wait for each other get between.
    padding = {"L": [{"N": "1"}] * 5_000}
    dynamodb.put_item(
        TableName=name, Item={"pk": {"S": "stock"}, "available": {"N": "8"}, "padding": padding}
    )
    take = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": {
            "TableName": name,
            "Key": {"pk": {"S": "stock"}},
            "UpdateExpression": "SET available = available - :one",
            "ConditionExpression": "available >= :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}],
        "End": True,
    }
    no = {"Type": "Pass", "Result": "no", "End": True}
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {"StartAt": "Take", "States": {"Take": take, "No": no}},
        "End": True,
    }
    taken = world.run({"Each": each}, {"items": ["yes"] * 16})["output"]
    left = dynamodb.get_item(TableName=name, Key={"pk": {"S": "stock"}})["Item"]["available"]["N"]
    assert (taken.count("yes"), left) == (8, "0")


def test_dynamodb(world: World) -> None:
    check_dynamodb(world)


# --- branches ---


def check_branches(world: World) -> None:
    def branch(name: str) -> dict[str, Any]:
        named = {"Type": "Pass", "Parameters": {"state.$": "$$.State.Name"}, "End": True}
        return {
            "StartAt": f"{name}Wait",
            "States": {f"{name}Wait": {"Type": "Wait", "Seconds": 0, "Next": name}, name: named},
        }

    names = [f"B{n}" for n in range(8)]
    both = {"Type": "Parallel", "Branches": [branch(name) for name in names], "End": True}
    described = world.run({"Both": both})
    assert described["output"] == [{"state": name} for name in names]
    history = world.client("stepfunctions").get_execution_history(executionArn=described["executionArn"])
    entered = {
        event["stateEnteredEventDetails"]["name"]
        for event in history["events"]
        if event["type"] == "PassStateEntered"
    }
    assert entered == set(names)


def test_branches(world: World) -> None:
    check_branches(world)


def check_fail_fast(world: World) -> None:
    both = {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 5, "End": True}}},
            {
                "StartAt": "No",
                "States": {"No": {"Type": "Fail", "Error": "Declined", "Cause": "by the bank"}},
            },
        ],
        "Catch": [{"ErrorEquals": ["Declined"], "ResultPath": "$.error", "Next": "Compensate"}],
        "End": True,
    }
    started = time.monotonic()
    described = world.run({"Both": both, "Compensate": DONE}, {"n": 1})
    assert described["output"] == {"n": 1, "error": {"Error": "Declined", "Cause": "by the bank"}}
    assert time.monotonic() - started < 2


def test_fail_fast(world: World) -> None:
    check_fail_fast(world)


def test_a_failed_map_item_ends_the_others(world: World) -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "StartAt": "Which",
            "States": {
                "Which": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "No"}],
                    "Default": "Slow",
                },
                "No": {"Type": "Fail", "Error": "One"},
                "Slow": {"Type": "Wait", "Seconds": 5, "End": True},
            },
        },
        "End": True,
    }
    started = time.monotonic()
    assert world.run({"Each": each}, {"items": [0, 1, 2]})["error"] == "One"
    assert time.monotonic() - started < 2


def test_a_map_keeps_order_and_limits_concurrency(world: World) -> None:
    running: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def double(event: Any) -> Any:
        with lock:
            running.append(event["n"])
            most.append(len(running))
        time.sleep(0.02)
        with lock:
            running.remove(event["n"])
        return event["n"] * 2 + event["index"]

    task = invoke(world.function(double))
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Double",
            "States": {"Double": task},
        },
        "ResultPath": "$.doubled",
        "End": True,
    }
    described = world.run({"Each": each}, {"items": [5, 6, 7]})
    assert described["output"] == {
        "items": [5, 6, 7],
        "doubled": [{"answer": 10}, {"answer": 13}, {"answer": 16}],
    }
    assert max(most) <= 2


def test_a_catch_in_a_branch(world: World) -> None:
    task = invoke(
        world.function(raiser("OutOfStock")),
        Catch=[{"ErrorEquals": ["OutOfStock"], "ResultPath": "$.error", "Next": "Noted"}],
    )
    noted = {"Type": "Pass", "Result": {"ok": False}, "End": True}
    fine = {"StartAt": "Fine", "States": {"Fine": {"Type": "Pass", "Result": {"ok": True}, "End": True}}}
    both = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Try", "States": {"Try": task, "Noted": noted}}, fine],
        "ResultSelector": {"stock.$": "$[0].ok", "payment.$": "$[1].ok"},
        "ResultPath": "$.both",
        "OutputPath": "$.both",
        "End": True,
    }
    assert world.run({"Both": both}, {"n": 1})["output"] == {"stock": False, "payment": True}


# --- data flow ---


def test_paths_and_selectors(world: World) -> None:
    task = invoke(
        world.function(lambda event: {"got": event, "more": [1, 2, 3]}),
        InputPath="$.order",
        Parameters={"FunctionName": "", "Payload": {"id.$": "$.id", "list": [{"n.$": "$.n"}], "at": "here"}},
        ResultSelector={
            "id.$": "$.Payload.got.id",
            "n.$": "$.Payload.got.list[0].n",
            "last.$": "$.Payload.more[2]",
        },
        ResultPath="$.task.result",
        OutputPath="$.task",
    )
    task["Parameters"]["FunctionName"] = world.function(lambda event: {"got": event, "more": [1, 2, 3]})
    described = world.run({"Do": task}, {"order": {"id": "a", "n": 7}, "task": {"kept": True}})
    assert described["output"] == {"kept": True, "result": {"id": "a", "n": 7, "last": 3}}


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Format('ORDER#{} of {}', $.id, $.n)", "ORDER#a of 2"),
        ("States.StringToJson('{\"x\": 1}')", {"x": 1}),
        ("States.JsonToString($.list)", "[3,1,3]"),
        ("States.JsonMerge($.map, $.other, false)", {"k": 1, "l": 2}),
        ("States.Array($.id, 1, 'x', null, true)", ["a", 1, "x", None, True]),
        ("States.ArrayPartition($.list, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.list, 1)", True),
        ("States.ArrayRange(1, 7, 3)", [1, 4, 7]),
        ("States.ArrayGetItem($.list, 1)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [3, 1]),
        ("States.Base64Encode('hi')", "aGk="),
        ("States.Base64Decode('aGk=')", "hi"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("States.MathAdd($.n, 40)", 42),
        ("States.StringSplit('a,b', ',')", ["a", "b"]),
        ("States.MathAdd(States.StringToJson('2'), 5)", 7),
    ],
)
def test_intrinsic_functions(world: World, call: str, value: Any) -> None:
    given = {"id": "a", "n": 2, "list": [3, 1, 3], "map": {"k": 1}, "other": {"l": 2}}
    described = world.run({"Do": {"Type": "Pass", "Parameters": {"v.$": call}, "End": True}}, given)
    assert described.get("output") == {"v": value}


def check_missing_paths(world: World) -> None:
    task = invoke("any", Parameters={"FunctionName": "any", "Payload.$": "$.nothing"})
    described = world.run({"Do": task}, {"n": 1})
    assert described.get("error") == "States.ParameterPathFailure"
    caught = {**task, "Catch": [{"ErrorEquals": ["States.ParameterPathFailure"], "Next": "Caught"}]}
    assert world.run({"Do": caught, "Caught": DONE})["output"]["Error"] == "States.ParameterPathFailure"
    for state in (
        {"Type": "Pass", "InputPath": "$.nothing", "End": True},
        {"Type": "Pass", "OutputPath": "$.nothing", "End": True},
        {
            "Type": "Choice",
            "Choices": [{"Variable": "$.nothing", "NumericEquals": 1, "Next": "End"}],
            "Default": "End",
        },
    ):
        described = world.run({"Do": state, **({"End": DONE} if state["Type"] == "Choice" else {})}, {"n": 1})
        assert described.get("error") == "States.Runtime", state


def test_missing_paths(world: World) -> None:
    check_missing_paths(world)


def test_is_present_asks_for_a_missing_path(world: World) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.nothing", "IsPresent": True, "Next": "Wrong"}],
        "Default": "Done",
    }
    described = world.run({"Which": choice, "Wrong": {"Type": "Fail"}, "Done": DONE})
    assert described["status"] == "SUCCEEDED"


def check_intrinsic_failures(world: World) -> None:
    described = world.run(
        {"Do": {"Type": "Pass", "Parameters": {"v.$": "States.StringToJson('{')"}, "End": True}}
    )
    assert described["error"] == "States.IntrinsicFailure"


def test_intrinsic_failures(world: World) -> None:
    check_intrinsic_failures(world)


# --- Express ---


def check_express(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.machine(
        {"Done": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": True}}, express=True
    )
    first = states.start_execution(stateMachineArn=machine, name="same", input='{"n": 1}')["executionArn"]
    second = states.start_execution(stateMachineArn=machine, name="same", input='{"n": 2}')["executionArn"]
    assert first != second
    assert ":express:" in first
    for operation in (states.stop_execution, states.describe_execution, states.get_execution_history):
        with pytest.raises(ClientError) as refused:
            operation(executionArn=first)
        assert code_of(refused) == "InvalidArn"
    ran = states.start_sync_execution(stateMachineArn=machine, name="same", input='{"n": 3}')
    assert (ran["status"], json.loads(ran["output"]), ran["name"]) == ("SUCCEEDED", {"n": 3}, "same")
    with pytest.raises(ClientError) as refused:
        states.start_sync_execution(stateMachineArn=world.machine({"Done": DONE}))
    assert code_of(refused) == "StateMachineTypeNotSupported"


def test_express(world: World) -> None:
    check_express(world)


# --- definitions ---


def check_definitions(world: World) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    with pytest.raises(ClientError) as refused:
        world.client("stepfunctions").create_state_machine(
            name=world.name("machine"),
            definition=json.dumps(definition),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
        )
    assert code_of(refused) == "InvalidDefinition"
    expected = (
        "Invalid State Machine Definition: "
        "'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next'"
    )
    assert refused.value.response["Error"]["Message"] == expected
    stack = world.deploy(
        {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": json.dumps(definition),
                    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/any",
                },
            }
        }
    )
    assert stack.status == "ROLLBACK_COMPLETE"
    assert expected in stack.reasons()[-1]


def test_definitions(world: World) -> None:
    check_definitions(world)


def check_retention(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.machine({"Done": DONE})
    oldest = world.start(machine, name="oldest")
    for _ in range(1_010):
        latest = world.start(machine)
    world.finished(latest)
    history = states.get_execution_history(executionArn=oldest)["events"]
    assert [event["type"] for event in history] == ["ExecutionStarted", "ExecutionSucceeded"]
    assert states.describe_execution(executionArn=oldest)["status"] == "SUCCEEDED"
    with pytest.raises(ClientError):
        world.start(machine, name="oldest")


@pytest.mark.slow
def test_retention(world: World) -> None:
    check_retention(world)


def test_retention_forgets_in_steps() -> None:
    kept = Retention(histories=1, records=2, names=2)
    keys = [("0", "r", str(number)) for number in range(6)]
    assert kept.finished(keys[0]) == ([], [])
    assert kept.finished(keys[1]) == ([keys[0]], [])
    assert kept.finished(keys[2]) == ([keys[1]], [keys[0]])
    assert kept.knows(keys[0])
    kept.finished(keys[3])
    kept.finished(keys[4])
    assert [kept.knows(key) for key in keys] == [False, True, True, False, False, False]
