"""Step Functions: tasks, their errors, retries and callbacks."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.engine.asl import DONE, INVOKE, code_of, invoke, raiser
from tests.engine.standins import FunctionError, Throttled
from tests.engine.world import ACCOUNT, REGION, World, wait_until

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
    cause = {"errorMessage": "sold out", "errorType": "OutOfStock", "stackTrace": []}
    assert json.loads(caught["output"]["error"]["Cause"]) == cause

    def throttled(_event: Any) -> Any:
        raise Throttled

    assert world.run({"Try": invoke(world.function(throttled))})["error"] == "Lambda.TooManyRequestsException"


def test_error_of_a_lambda_task_can_be_caught_by_name(world: World) -> None:
    check_lambda_errors(world)


def test_unknown_function_fails_the_task(world: World) -> None:
    described = world.run({"Try": invoke("nobody")})
    assert described["error"] == "Lambda.ResourceNotFoundException"


def test_missing_qualifier_is_named(world: World) -> None:
    described = world.run({"Try": invoke("nobody:prod")})
    assert described["error"] == "Lambda.ResourceNotFoundException"
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody:prod"
    assert described["cause"].startswith(f"Function not found: {arn} (Service: AWSLambda; ")


def test_retries_are_counted_and_end(world: World) -> None:
    tries: list[Any] = []

    def flaky(event: Any) -> Any:
        tries.append(event)
        if len(tries) < 3:
            raise FunctionError("Flaky")
        return "at last"

    retry = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "MaxDelaySeconds": 2, "JitterStrategy": "FULL"}]
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
            "MaxDelaySeconds": 2,
            "MaxAttempts": 2,
        }
    ]
    described = world.run({"Try": invoke(world.function(failing), Retry=retry)})
    assert described["error"] == "Never"
    assert moments[2] - moments[1] < 5  # else it is ten


def test_max_delay_bounds_the_pause_between_retries(world: World) -> None:
    check_retry_delay(world)


def check_task_limits(world: World) -> None:
    leave = threading.Event()
    slow = invoke(
        world.function(lambda _event: leave.wait(60)),
        TimeoutSecondsPath="$.limit",
        Catch=[{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late"}],
    )
    try:
        described = world.run({"Slow": slow, "Late": DONE}, {"limit": 1})  # this waits for ten seconds
    finally:
        leave.set()
    assert described["output"]["error"]["Error"] == "States.Timeout"


def test_task_timeout_ends_a_slow_function(world: World) -> None:
    check_task_limits(world)


def test_runtime_error_is_not_caught_by_states_all(world: World) -> None:
    task = {
        **invoke("any", Parameters={"FunctionName.$": "$.nothing"}),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    }
    described = world.run({"Try": task, "Caught": DONE})
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")


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


def test_callback_task_fails_when_its_function_fails(world: World) -> None:
    check_callbacks(world)


def test_callback_success_answers_the_task(world: World) -> None:
    states = world.client("stepfunctions")
    tokens: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: tokens.append(event["token"])))})
    )
    wait_until(lambda: tokens)
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=tokens[0], output="{")
    assert code_of(refused) == "InvalidOutput"
    states.send_task_success(taskToken=tokens[0], output='{"approved": true}')
    assert world.finished(arn)["output"] == {"approved": True}


def test_callback_failure_fails_the_task(world: World) -> None:
    tokens: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: tokens.append(event["token"])))})
    )
    wait_until(lambda: tokens)
    world.client("stepfunctions").send_task_failure(taskToken=tokens[0], error="Denied", cause="no")
    described = world.finished(arn)
    assert (described["error"], described["cause"]) == ("Denied", "no")


def test_missed_heartbeat_is_a_timeout(world: World) -> None:
    states = world.client("stepfunctions")
    tokens: list[str] = []
    ask = waiting(
        world.function(lambda event: tokens.append(event["token"])),
        HeartbeatSeconds=1,
        Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Silent"}],
    )
    arn = world.start(world.machine({"Ask": ask, "Silent": DONE}))
    wait_until(lambda: tokens)
    states.send_task_heartbeat(taskToken=tokens[0])
    assert world.finished(arn)["output"]["Error"] == "States.Timeout"
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=tokens[0], output="{}")
    # AWS: TaskTimedOut for one that has timed out, TaskDoesNotExist when it is forgotten.
    assert code_of(refused) in {"TaskTimedOut", "TaskDoesNotExist"}


def test_stop_wakes_a_waiting_callback(world: World) -> None:
    tokens: list[str] = []
    arn = world.start(
        world.machine({"Ask": waiting(world.function(lambda event: tokens.append(event["token"])))})
    )
    wait_until(lambda: tokens)
    world.client("stepfunctions").stop_execution(executionArn=arn)
    assert world.finished(arn)["status"] == "ABORTED"


def test_activity_task_goes_to_a_connected_worker_alone(world: World) -> None:
    states = world.client("stepfunctions")
    activity = states.create_activity(name=world.name("pack"))["activityArn"]
    session = boto3.session.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key="secret", region_name=REGION
    )
    hasty = Config(retries={"total_max_attempts": 1}, read_timeout=0.5)
    gone = session.client("stepfunctions", endpoint_url=world.endpoint, config=hasty)
    with pytest.raises(ReadTimeoutError):
        gone.get_activity_task(activityArn=activity)
    machine = world.machine({"Pack": {"Type": "Task", "Resource": activity, "End": True}})
    execution = world.start(machine, {"n": 1})
    task = states.get_activity_task(activityArn=activity)
    assert json.loads(task["input"]) == {"n": 1}
    states.send_task_success(taskToken=task["taskToken"], output="2")
    assert world.finished(execution)["output"] == 2
