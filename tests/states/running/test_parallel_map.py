from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from localcloud.states.language.scope import Json
from tests.states.world import FunctionFailure, World, chain, invocation, jsonata

KEEP: Json = {"Type": "Pass"}


def fail(error: str = "Mine", **fields: Json) -> dict[str, Json]:
    return {"Type": "Fail", "Error": error, "Cause": "why", **fields}


class Gate:
    """A function that waits until the gate opens, and counts who waits."""

    def __init__(self) -> None:
        self.inside = self.most = self.entered = 0
        self.open = asyncio.Event()
        self.crowded = asyncio.Event()
        self.crowd = 0

    async def __call__(self, event: Json) -> Json:
        self.inside += 1
        self.entered += 1
        self.most = max(self.most, self.inside)
        if self.inside == self.crowd:
            self.crowded.set()
        try:
            await self.open.wait()
        finally:
            self.inside -= 1
        return event


async def test_failing_branch_ends_the_others(world: World) -> None:
    gate = world.functions["wait"] = Gate()
    both: Json = {"Type": "Parallel", "Branches": [chain(A=invocation("wait", {})), chain(B=fail())]}
    run = await world.run(chain(Both=both))
    # The Parallel's error is its branch's.
    assert (run.status, run.error, run.cause) == ("FAILED", "Mine", "why")
    assert (gate.inside, gate.entered) == (0, 1)
    assert run.kinds[-2:] == ["ParallelStateFailed", "ExecutionFailed"]
    assert "TaskSucceeded" not in run.kinds


async def test_concurrently_failing_branches_end_in_one_error(world: World) -> None:
    both: Json = {"Type": "Parallel", "Branches": [chain(A=fail("First")), chain(B=fail("Second"))]}
    run = await world.run(chain(Both=both))
    assert (run.status, run.error) == ("FAILED", "First")


async def test_concurrently_failing_iterations_end_in_one_error(world: World) -> None:
    run = await world.run(chain(Each={"Type": "Map", "ItemProcessor": chain(A=fail())}), [1, 2, 3])
    assert (run.status, run.error) == ("FAILED", "Mine")


# localstack: test_base_scenarios.py::TestBaseScenarios::test_parallel_state_catch
async def test_failing_branch_is_caught_by_its_parallel(world: World) -> None:
    both: Json = {
        "Type": "Parallel",
        "Branches": [chain(A=KEEP), chain(B=fail())],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    }
    run = await world.run(chain(Both=both, Caught=KEEP))
    assert (run.status, run.output) == ("SUCCEEDED", {"Error": "Mine", "Cause": "why"})


# localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state_catch
async def test_failing_iteration_aborts_the_running_ones(world: World) -> None:
    gate = world.functions["wait"] = Gate()
    processor = chain(
        Choose={
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "Fail"}],
            "Default": "Wait",
        },
        Wait=invocation("wait", End=True),
        Fail=fail(),
    )
    state: Json = {
        "Type": "Map",
        "ItemProcessor": processor,
        "Catch": [{"ErrorEquals": ["Mine"], "Next": "Caught"}],
    }
    run = await world.run(chain(Each=state, Caught=KEEP), [{"n": 1}, {"n": 2}, {"n": 3}])
    assert (run.status, run.output["Error"]) == ("SUCCEEDED", "Mine")
    assert gate.inside == 0
    aborted = {details["index"] for details in run.details("MapIterationAborted")}
    assert [details["index"] for details in run.details("MapIterationFailed")] == [1]
    assert aborted <= {0, 2}
    assert 0 in aborted
    kinds = run.kinds
    assert kinds.index("MapIterationFailed") < kinds.index("MapStateFailed") < kinds.index("MapStateExited")


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3, 3), (0, 7)])
async def test_concurrent_iterations_are_limited(world: World, limit: int, most: int) -> None:
    gate = Gate()
    gate.crowd = most
    world.functions["wait"] = gate
    state: Json = {"Type": "Map", "MaxConcurrency": limit, "ItemProcessor": chain(Wait=invocation("wait"))}
    execution = world.start(world.create(chain(Each=state)), [{"n": n} for n in range(7)])
    await gate.crowded.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert (gate.inside, gate.entered) == (most, most)
    gate.open.set()
    end = await world.end(execution)
    assert (end["status"], gate.most, gate.entered) == ("SUCCEEDED", most, 7)


async def test_a_map_of_many_items_runs_forty_at_a_time(world: World) -> None:
    gate = Gate()
    gate.crowd = 40
    world.functions["wait"] = gate
    state: Json = {"Type": "Map", "ItemProcessor": chain(Wait=invocation("wait"))}
    execution = world.start(world.create(chain(Each=state)), [{"n": n} for n in range(100)])
    await gate.crowded.wait()
    gate.open.set()
    assert (await world.end(execution))["status"] == "SUCCEEDED"
    assert gate.most == 40


async def test_results_keep_the_order_of_the_items(world: World) -> None:
    first = asyncio.Event()

    async def turn(event: Json) -> Json:
        if event["n"] == 0:
            await first.wait()
        first.set()
        return event["n"]

    world.functions["turn"] = turn
    state: Json = {"Type": "Map", "ItemProcessor": chain(Turn=invocation("turn"))}
    run = await world.run(chain(Each=state), [{"n": 0}, {"n": 1}])
    assert run.output == [{"value": 0}, {"value": 1}]


# localstack: test_base_scenarios.py::TestBaseScenarios::test_max_concurrency_path
async def test_concurrency_may_be_read_by_a_path(world: World) -> None:
    state: Json = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrencyPath": "$.most",
        "ItemProcessor": chain(Keep=KEEP),
    }
    run = await world.run(chain(Each=state), {"items": [1, 2], "most": 1})
    assert (run.status, run.output) == ("SUCCEEDED", [1, 2])


async def test_map_of_no_items_returns_an_empty_list(world: World) -> None:
    run = await world.run(chain(Each={"Type": "Map", "ItemProcessor": chain(Keep=KEEP)}), [])
    assert (run.status, run.output) == ("SUCCEEDED", [])
    assert run.kinds[2:4] == ["MapStateStarted", "MapStateSucceeded"]
    assert run.details("MapStateStarted") == [{"length": 0}]


async def test_fail_without_an_error_has_none(world: World) -> None:
    run = await world.run(chain(End={"Type": "Fail"}))
    assert (run.status, run.error, run.cause) == ("FAILED", None, None)
    assert run.events[-1]["executionFailedEventDetails"] == {}


async def test_fail_may_name_its_error_by_a_path(world: World) -> None:
    definition = chain(
        End={"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('it is {}', $.e)"}
    )
    run = await world.run(definition, {"e": "Mine"})
    assert (run.error, run.cause) == ("Mine", "it is Mine")


# A distributed Map.


def distributed(processor: dict[str, Json], express: bool = False, **fields: Json) -> dict[str, Json]:
    configuration = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" if express else "STANDARD"}
    return chain(
        Each={"Type": "Map", "ItemProcessor": {"ProcessorConfig": configuration, **processor}, **fields}
    )


def failing_on(world: World, *numbers: int) -> dict[str, Json]:
    def check(event: Json) -> Json:
        if event in numbers:
            raise FunctionFailure("Odd")
        return event

    world.functions["check"] = check
    return chain(Check=invocation("check", ResultSelector={"n.$": "$.Payload"}))


def map_run(world: World) -> Json:
    [run] = world.region.map_runs
    return world.ask("DescribeMapRun", mapRunArn=run)


@pytest.mark.parametrize("express", [False, True])
async def test_each_item_has_its_own_execution(world: World, express: bool) -> None:
    run = await world.run(distributed(failing_on(world), express), [1, 2, 3])
    assert run.output == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert run.kinds[2:-1] == [
        *("MapStateStarted", "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited")
    ]
    described = map_run(world)
    assert described["status"] == "SUCCEEDED"
    assert described["itemCounts"]["succeeded"] == described["itemCounts"]["total"] == 3
    assert described["executionCounts"]["succeeded"] == described["executionCounts"]["total"] == 3
    children = world.ask("ListExecutions", mapRunArn=described["mapRunArn"])["executions"]
    assert len(children) == (0 if express else 3)
    assert {child["status"] for child in children} <= {"SUCCEEDED"}


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 100}, "FAILED"),
    ],
)
async def test_tolerated_number_of_items_may_fail(
    world: World, tolerance: dict[str, Json], status: str
) -> None:
    run = await world.run(distributed(failing_on(world, 1, 3), **tolerance), [1, 2, 3, 4])
    assert run.status == status
    counts = map_run(world)["itemCounts"]
    assert counts["running"] == 0
    if status == "FAILED":
        assert run.error == "States.ExceedToleratedFailureThreshold"
        assert run.kinds[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    else:
        assert (counts["succeeded"], counts["failed"]) == (2, 2)


async def test_stopped_map_run_counts_its_children_as_aborted(world: World) -> None:
    gate = Gate()
    gate.crowd = 2
    world.functions["wait"] = gate
    definition = distributed(chain(Wait=invocation("wait")), MaxConcurrency=2)
    execution = world.start(world.create(definition), [{"n": n} for n in range(5)])
    await gate.crowded.wait()
    world.ask("StopExecution", executionArn=execution)
    await world.region.executions[execution].ended()
    described = map_run(world)
    assert described["status"] == "ABORTED"
    counts = described["executionCounts"]
    assert (counts["running"], counts["aborted"], gate.inside) == (0, 2, 0)
    items = described["itemCounts"]
    assert (items["running"], items["aborted"], items["pending"]) == (0, 2, 3)
    kinds = Counter(event["type"] for event in world.events(execution))
    assert (kinds["MapRunAborted"], kinds["ExecutionAborted"]) == (1, 1)


async def test_map_run_accepts_a_higher_concurrency(world: World) -> None:
    gate = Gate()
    gate.crowd = 1
    world.functions["wait"] = gate
    definition = distributed(chain(Wait=invocation("wait")), MaxConcurrency=1)
    execution = world.start(world.create(definition), [{"n": n} for n in range(3)])
    await gate.crowded.wait()
    gate.crowd = 3
    gate.crowded.clear()
    world.ask("UpdateMapRun", mapRunArn=next(iter(world.region.map_runs)), maxConcurrency=3)
    await asyncio.wait_for(gate.crowded.wait(), 5)
    gate.open.set()
    assert (await world.end(execution))["status"] == "SUCCEEDED"


async def test_a_distributed_map_assigns_and_selects_in_jsonata(world: World) -> None:
    configuration = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    each: Json = {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "x": "{% $x %}"},
        "ItemProcessor": {"ProcessorConfig": configuration, **chain(Keep=KEEP)},
        "Output": "{% $sum($states.result.v) %}",
    }
    run = await world.run(jsonata(Set={"Type": "Pass", "Assign": {"x": 1}}, Each=each), {"items": [1, 2]})
    assert (run.status, run.cause, run.output) == ("SUCCEEDED", None, 3)


# AWS's guide, "ItemsPath": a distributed Map iterates over the pairs of an object.
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
async def test_distributed_map_iterates_over_the_pairs_of_an_object(world: World, language: str) -> None:
    jsonata_fields: Json = {
        "Items": "{% $states.input.stock %}",
        "ItemSelector": {
            "sku": "{% $states.context.Map.Item.Key %}",
            "n": "{% $states.context.Map.Item.Value %}",
        },
    }
    path_fields: Json = {
        "ItemsPath": "$.stock",
        "ItemSelector": {"sku.$": "$$.Map.Item.Key", "n.$": "$$.Map.Item.Value"},
    }
    fields = jsonata_fields if language == "JSONata" else path_fields
    processor: Json = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **chain(Keep=KEEP),
    }
    each: Json = {"Type": "Map", "ItemProcessor": processor, **fields}
    definition: Json = {"QueryLanguage": language, **chain(Each=each)}
    stock = {"stock": {"soap": 3, "salt": [1]}}
    assert (await world.run(definition, stock)).output == [{"sku": "soap", "n": 3}, {"sku": "salt", "n": [1]}]


async def test_a_pair_of_an_object_is_the_input_of_its_child(world: World) -> None:
    processor: Json = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **chain(Keep=KEEP),
    }
    run = await world.run(chain(Each={"Type": "Map", "ItemProcessor": processor}), {"soap": 3})
    assert run.output == [{"Key": "soap", "Value": 3}]


async def test_inline_map_refuses_an_object(world: World) -> None:
    run = await world.run(chain(Each={"Type": "Map", "ItemProcessor": chain(Keep=KEEP)}), {"soap": 3})
    assert (run.error, run.cause) == (
        "States.Runtime",
        "An error occurred while executing the state 'Each' (entered at the event id #2). "
        'Reference path "$" must point to array.',
    )
