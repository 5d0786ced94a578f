"""Step Functions: how executions start and end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.states.api.retention import Retention
from tests.engine.asl import DONE, code_of, invoke, raiser
from tests.engine.standins import FunctionError
from tests.engine.world import ACCOUNT, World

# --- starting ---


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_execution_starts_without_a_delay(world: World) -> None:
    machine = world.machine({f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(4)} | {"S4": DONE})
    states = world.client("stepfunctions")

    def two_requests() -> None:
        for _ in range(2):
            states.describe_state_machine(stateMachineArn=machine)

    world.finished(world.start(machine))
    # What the requests for it take alone: much, on a slow machine.
    requests = min(seconds(two_requests) for _ in range(10))
    for _ in range(60):  # on a busy machine most of them wait for the processor
        if seconds(lambda: world.finished(world.start(machine))) - requests < 0.1:
            return
    pytest.fail("each start took a tenth of a second longer than its requests")


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


def test_repeated_start_returns_the_same_execution(world: World) -> None:
    check_idempotent_start(world)


@pytest.mark.parametrize("name", ["with space", "a:b"])
def test_invalid_names_are_refused(world: World, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        world.start(world.machine({"Done": DONE}), name=name)
    assert code_of(refused) == "InvalidName"


def test_invalid_input_is_refused(world: World) -> None:
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
        leave.wait(60)
        raise FunctionError("Late")

    arn = world.start(world.machine({"Slow": invoke(world.function(slow))}))
    assert entered.wait(60)
    states.stop_execution(executionArn=arn, error="Why", cause="because")
    leave.set()
    later = world.start(world.machine({"Slow": invoke(world.function(raiser("X")))}))
    world.finished(later)
    described = states.describe_execution(executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Why", "because")


def test_stop_ends_an_execution_with_error_and_cause(world: World) -> None:
    check_stop(world)


def test_machine_times_out(world: World) -> None:
    described = world.run({"Long": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=1)
    assert (described["status"], described["error"]) == ("TIMED_OUT", "States.Timeout")


def check_failed_output(world: World) -> None:
    described = world.run({"No": {"Type": "Fail", "Error": "Refused", "Cause": "it is so"}})
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Refused", "it is so")
    assert "output" not in described


def test_failed_execution_has_error_and_cause_and_no_output(world: World) -> None:
    check_failed_output(world)


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


def test_express_machine_starts_synchronously_and_asynchronously(world: World) -> None:
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


def test_invalid_definition_is_refused_by_call_and_template(world: World) -> None:
    check_definitions(world)


def test_substitutions_write_booleans_and_numbers_as_json_does(world: World) -> None:
    result = '{"StartAt":"A","States":{"A":{"Type":"Pass","Result":[${Flag},${Count},"${Name}"],"End":true}}}'
    stack = world.deploy(
        {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": result,
                    "DefinitionSubstitutions": {"Flag": True, "Count": 5, "Name": "soap"},
                    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/any",
                },
            }
        },
        {"Machine": {"Ref": "Machine"}},
    )
    assert world.finished(world.start(stack.outputs["Machine"]))["output"] == [True, 5, "soap"]


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
def test_oldest_executions_are_dropped_beyond_the_retention(world: World) -> None:
    check_retention(world)


def test_retention_drops_histories_before_records() -> None:
    kept = Retention(histories=1, records=2, names=2)
    keys = [str(number) for number in range(6)]
    assert kept.ended(keys[0]) == ([], [])
    assert kept.ended(keys[1]) == ([keys[0]], [])
    assert kept.ended(keys[2]) == ([keys[1]], [keys[0]])
    assert keys[0] in kept
    kept.ended(keys[3])
    kept.ended(keys[4])
    assert [key in kept for key in keys] == [False, True, True, False, False, False]
