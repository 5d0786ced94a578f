from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from localcloud.states.api.retention import Retention
from localcloud.states.facade import ApiError
from localcloud.states.language.scope import Json
from tests.states.clock import at_once
from tests.states.world import World, chain

KEEP: Json = {"Type": "Pass"}
WAIT: Json = {"Type": "Wait", "Seconds": 600}
BASE = "arn:aws:states:eu-west-1:000000000000"


async def stop(world: World, execution: str) -> None:
    world.ask("StopExecution", executionArn=execution)
    await world.region.executions[execution].ended()


async def sync(world: World, machine: str, **fields: Json) -> Any:
    request = {"stateMachineArn": machine, **fields}
    return await world.service.answer_slowly(world.region, "StartSyncExecution", request)


# Names.


async def test_repeated_start_returns_the_same_execution(world: World) -> None:
    machine = world.create(chain(W=WAIT))
    request: Json = {"stateMachineArn": machine, "name": "one", "input": '{"n":1}'}
    first = world.ask("StartExecution", **request)
    assert first["executionArn"] == f"{BASE}:execution:orders:one"
    assert world.ask("StartExecution", **request) == first
    used = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    assert world.refusal("StartExecution", **{**request, "input": '{"n":2}'}) == used
    await stop(world, first["executionArn"])
    assert world.refusal("StartExecution", **request) == used


async def test_execution_name_stays_reserved_after_its_record_is_dropped(world: World) -> None:
    world.region.retention = Retention(histories=1, records=1, names=9)
    machine = world.create(chain(A=KEEP))
    for name in ("a", "b"):
        await world.end(world.start(machine, name=name))
    assert world.refusal("DescribeExecution", executionArn=f"{BASE}:execution:orders:a") == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{BASE}:execution:orders:a'",
    )
    assert world.refusal("StartExecution", stateMachineArn=machine, name="a")[0] == "ExecutionAlreadyExists"


async def test_dropped_history_keeps_its_first_and_last_event(world: World) -> None:
    world.region.retention = Retention(histories=1, records=2, names=9)
    machine = world.create(chain(A={"Type": "Fail"}))
    first, _second = [world.start(machine, name=name) for name in ("a", "b")]
    for execution in list(world.region.executions.values()):
        await execution.ended()
    assert [event["type"] for event in world.events(first)] == ["ExecutionStarted", "ExecutionFailed"]
    assert world.refusal("RedriveExecution", executionArn=first)[0] == "ExecutionNotRedrivable"


async def test_redriven_execution_is_kept_while_it_runs(world: World) -> None:
    world.region.retention = Retention(histories=1, records=1, names=9)
    waits = world.start(world.create(chain(W=WAIT), name="waits"))
    await stop(world, waits)
    world.ask("RedriveExecution", executionArn=waits)
    machine = world.create(chain(A=KEEP))
    for name in ("a", "b"):
        await world.end(world.start(machine, name=name))
    assert world.ask("DescribeExecution", executionArn=waits)["status"] == "RUNNING"
    await stop(world, waits)
    assert world.ask("DescribeExecution", executionArn=waits)["redriveCount"] == 1


@pytest.mark.parametrize("name", ["a b", "a<b", "a*", "a:b", "a/b", 'a"b', "a\x00", "a#", "a&b"])
async def test_name_with_a_forbidden_character_is_refused(world: World, name: str) -> None:
    machine = world.create(chain(A=KEEP))
    refused = ("InvalidName", f"Invalid Name: '{name}'")
    assert world.refusal("StartExecution", stateMachineArn=machine, name=name) == refused


async def test_start_without_a_name_generates_one(world: World) -> None:
    machine = world.create(chain(A=KEEP))
    arns = {world.ask("StartExecution", stateMachineArn=machine)["executionArn"] for _ in range(2)}
    assert len(arns) == 2
    for arn in arns:
        end = await world.end(arn)
        assert (len(end["name"]), end["input"], end["output"]) == (36, "{}", "{}")


@pytest.mark.parametrize("text", ["{", "", "nope", "NaN", '{"a": Infinity}'])
async def test_input_that_is_no_json_is_refused(world: World, text: str) -> None:
    machine = world.create(chain(A=KEEP))
    code, message = world.refusal("StartExecution", stateMachineArn=machine, input=text)
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")


async def test_oversized_input_is_refused(world: World) -> None:
    machine = world.create(chain(A=KEEP))
    code, message = world.refusal("StartExecution", stateMachineArn=machine, input='"' + "x" * 262_144 + '"')
    assert code == "ValidationException"
    assert "262144" in message


async def test_missing_machine_or_execution_is_refused(world: World) -> None:
    machine = f"{BASE}:stateMachine:absent"
    refused = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'")
    assert world.refusal("StartExecution", stateMachineArn=machine) == refused
    assert world.refusal("ListExecutions", stateMachineArn=machine) == refused
    execution = f"{BASE}:execution:orders:absent"
    for operation in ("DescribeExecution", "StopExecution", "GetExecutionHistory", "RedriveExecution"):
        code, message = world.refusal(operation, executionArn=execution)
        assert (code, message) == ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{execution}'")
    assert world.refusal("DescribeExecution", executionArn="nonsense") == (
        "InvalidArn",
        "Invalid Arn: 'nonsense'",
    )


# Express.


async def test_express_execution_supports_start_alone(world: World) -> None:
    machine = world.create(chain(W=WAIT), type="EXPRESS")
    request: Json = {"stateMachineArn": machine, "name": "one"}
    first, second = (world.ask("StartExecution", **request)["executionArn"] for _ in range(2))
    # A name is no key: each start is an execution.
    assert first != second
    assert first.startswith(f"{BASE}:express:orders:one:")
    for operation in ("DescribeExecution", "StopExecution", "GetExecutionHistory", "RedriveExecution"):
        code, _message = world.refusal(operation, executionArn=first)
        assert code == "InvalidArn"
    unsupported = (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )
    assert world.refusal("ListExecutions", stateMachineArn=machine) == unsupported
    assert world.changes == []


async def test_sync_start_returns_the_output(world: World) -> None:
    machine = world.create(chain(A={"Type": "Pass", "Result": 2}), type="EXPRESS")
    answer = await sync(world, machine, name="one", input="{}")
    assert (answer["status"], answer["output"], answer["name"]) == ("SUCCEEDED", "2", "one")
    assert answer["executionArn"].startswith(f"{BASE}:express:orders:one:")
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert answer["startDate"] <= answer["stopDate"]


async def test_sync_start_returns_the_error(world: World) -> None:
    machine = world.create(chain(A={"Type": "Fail", "Error": "Mine", "Cause": "why"}), type="EXPRESS")
    answer = await sync(world, machine)
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "Mine", "why")
    assert "output" not in answer


async def test_standard_machine_refuses_a_sync_start(world: World) -> None:
    with pytest.raises(ApiError) as caught:
        await sync(world, world.create(chain(A=KEEP)))
    assert caught.value.code == "StateMachineTypeNotSupported"


def test_express_execution_times_out_after_five_minutes() -> None:
    async def test(world: World) -> None:
        before = asyncio.get_running_loop().time()
        answer = await sync(world, world.create(chain(W=WAIT), type="EXPRESS"))
        assert (answer["status"], answer["error"]) == ("TIMED_OUT", "States.Timeout")
        assert 300 <= asyncio.get_running_loop().time() - before < 301

    at_once(test)


async def test_logging_express_machine_keeps_a_history(world: World) -> None:
    destination = {
        "cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:eu-west-1:000000000000:log-group:g:*"}
    }
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": [destination]}
    await sync(world, world.create(chain(A=KEEP), type="EXPRESS", loggingConfiguration=logging), name="one")
    await sync(world, world.create(chain(A=KEEP), name="quiet", type="EXPRESS"))
    assert world.logs == [("one", 4)]


# Lists.


async def test_lists_are_filtered_and_have_pages_latest_first(world: World) -> None:
    machine = world.create(
        chain(
            C={
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 3, "Next": "A"}],
                "Default": "F",
            },
            A={**KEEP, "End": True},
            F={"Type": "Fail"},
        )
    )
    for n in range(5):
        await world.end(world.start(machine, {"n": n}, name=f"n{n}"))
    waits = world.start(world.create(chain(W=WAIT), name="other"), name="w")

    def names(**fields: Json) -> list[str]:
        return [entry["name"] for entry in world.ask("ListExecutions", **fields)["executions"]]

    assert names(stateMachineArn=machine) == ["n4", "n3", "n2", "n1", "n0"]
    assert names(stateMachineArn=machine, statusFilter="FAILED") == ["n4", "n3"]
    assert names(stateMachineArn=machine, statusFilter="RUNNING") == []
    assert names(stateMachineArn=f"{BASE}:stateMachine:other", statusFilter="RUNNING") == ["w"]
    failed = f"{BASE}:execution:orders:n4"
    world.ask("RedriveExecution", executionArn=failed)
    await world.end(failed)
    assert names(stateMachineArn=machine, redriveFilter="REDRIVEN") == ["n4"]
    assert names(stateMachineArn=machine, redriveFilter="NOT_REDRIVEN") == ["n3", "n2", "n1", "n0"]
    page = world.ask("ListExecutions", stateMachineArn=machine, maxResults=3)
    assert [entry["name"] for entry in page["executions"]] == ["n4", "n3", "n2"]
    assert names(stateMachineArn=machine, nextToken=page["nextToken"]) == ["n1", "n0"]
    assert set(page["executions"][0]) == {
        *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate"),
        *("redriveCount", "redriveDate"),
    }
    await stop(world, waits)


async def test_list_requires_a_machine_or_a_map_run(world: World) -> None:
    assert world.refusal("ListExecutions")[0] == "ValidationException"


async def test_description_may_omit_the_data(world: World) -> None:
    execution = world.start(world.create(chain(A=KEEP)), {"n": 1})
    await world.end(execution)
    answer = world.ask("DescribeExecution", executionArn=execution, includedData="METADATA_ONLY")
    assert not {"input", "output"} & set(answer)
    assert answer["inputDetails"] == {"included": False}


# Map runs.


async def test_map_runs_are_listed_described_and_changed(world: World) -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **chain(W=WAIT)}
    each: Json = {"Type": "Map", "Label": "Lines", "ItemProcessor": processor, "ToleratedFailureCount": 3}
    execution = world.start(world.create(chain(Each=each)), [1, 2])
    while len(world.region.executions) < 3:
        await asyncio.sleep(0)
    [entry] = world.ask("ListMapRuns", executionArn=execution)["mapRuns"]
    arn = entry["mapRunArn"]
    assert arn.startswith(f"{BASE}:mapRun:orders/Lines:")
    assert (entry["executionArn"], "stopDate" in entry) == (execution, False)
    described = world.ask("DescribeMapRun", mapRunArn=arn)
    assert (described["status"], described["toleratedFailureCount"]) == ("RUNNING", 3)
    assert described["itemCounts"]["running"] == described["executionCounts"]["running"] == 2
    world.ask("UpdateMapRun", mapRunArn=arn, maxConcurrency=7, toleratedFailurePercentage=12.5)
    described = world.ask("DescribeMapRun", mapRunArn=arn)
    assert (described["maxConcurrency"], described["toleratedFailurePercentage"]) == (7, 12.5)
    [child, _other] = world.ask("ListExecutions", mapRunArn=arn)["executions"]
    assert child["mapRunArn"] == arn
    assert child["executionArn"].startswith(f"{BASE}:execution:orders/Lines:")
    assert world.ask("DescribeExecution", executionArn=child["executionArn"])["mapRunArn"] == arn
    # Children are no executions of the machine.
    assert len(world.ask("ListExecutions", stateMachineArn=f"{BASE}:stateMachine:orders")["executions"]) == 1
    absent = f"{BASE}:mapRun:orders/Lines:absent"
    assert world.refusal("DescribeMapRun", mapRunArn=absent)[0] == "ResourceNotFound"
    await stop(world, execution)


async def test_output_is_returned_as_json(world: World) -> None:
    execution = world.start(world.create(chain(A={"Type": "Pass", "Result": {"a": [1, "ü"]}})))
    assert json.loads((await world.end(execution))["output"]) == {"a": [1, "ü"]}


def test_deeply_nested_input_is_refused(world: World) -> None:
    machine = world.create(chain(Keep={"Type": "Pass"}))
    deep = "[" * 5_000 + "]" * 5_000
    code, _message = world.refusal("StartExecution", stateMachineArn=machine, input=deep)
    assert code == "InvalidExecutionInput"
    code, _message = world.refusal("SendTaskSuccess", taskToken="any", output=deep)
    assert code == "InvalidOutput"
