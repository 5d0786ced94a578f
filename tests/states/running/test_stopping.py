"""Executions that are stopped, time out, are nested or redriven."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from localcloud.states.language.scope import Json
from tests.states.clock import at_once
from tests.states.world import START, TOKEN, FunctionFailure, World, chain, invocation

KEEP: Json = {"Type": "Pass"}


class Sleeper:
    """A function that never returns."""

    def __init__(self, world: World) -> None:
        self.asleep = asyncio.Event()
        self.inside = 0
        world.functions["sleep"] = self

    async def __call__(self, _event: Json) -> Json:
        self.inside += 1
        self.asleep.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.inside -= 1


TOKEN_STATE: Json = {
    "Type": "Task",
    "Resource": TOKEN,
    "Parameters": {"FunctionName": "ask", "Payload": {"t.$": "$$.Task.Token"}},
}
PACK: Json = {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:000000000000:activity:pack"}
WAIT: Json = {"Type": "Wait", "Seconds": 600}
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **chain(W=WAIT)}
WAITING: dict[str, Json] = {
    "a wait": WAIT,
    "a function": invocation("sleep"),
    "a token": TOKEN_STATE,
    "an activity": PACK,
    "a parallel": {"Type": "Parallel", "Branches": [chain(A=WAIT), chain(B=TOKEN_STATE), chain(C=KEEP)]},
    "a map": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": chain(W=WAIT)},
    "a distributed map": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": DISTRIBUTED},
}


async def settle(turns: int = 30) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


def prepare(world: World) -> Sleeper:
    world.functions["ask"] = lambda _event: None
    world.ask("CreateActivity", name="pack")
    return Sleeper(world)


@pytest.mark.parametrize("kind", WAITING)
async def test_an_execution_is_stopped_wherever_it_waits(world: World, kind: str) -> None:
    sleeper = prepare(world)
    definition = chain(Wait=WAITING[kind], After=KEEP)
    execution = world.start(world.create(definition), {"items": [1, 2]})
    await settle()
    answer = world.ask("StopExecution", executionArn=execution, error="Changed", cause="by the customer")
    await world.region.executions[execution].ended()
    end = world.ask("DescribeExecution", executionArn=execution)
    assert (end["status"], end["error"], end["cause"]) == ("ABORTED", "Changed", "by the customer")
    assert end["stopDate"] == answer["stopDate"]
    last = world.events(execution)[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Changed", "cause": "by the customer"}
    assert (sleeper.inside, len(world.region.tokens)) == (0, 0)
    assert ("one", "ABORTED") in world.changes
    # Whatever it had started has ended as well.
    assert {e.status for e in world.region.executions.values()} == {"ABORTED"}
    # Another stop changes nothing.
    again = world.ask("StopExecution", executionArn=execution, error="Other")
    assert again == answer
    assert world.ask("DescribeExecution", executionArn=execution)["error"] == "Changed"


async def test_execution_may_be_stopped_right_after_its_start(world: World) -> None:
    sleeper = prepare(world)
    execution = world.start(world.create(chain(A=KEEP, Sleep=invocation("sleep"))))
    world.ask("StopExecution", executionArn=execution)
    end = await asyncio.wait_for(world.end(execution), 5)
    await world.region.executions[execution].ended()
    assert end["status"] == "ABORTED"
    assert [event["type"] for event in world.events(execution)] == ["ExecutionStarted", "ExecutionAborted"]
    assert (sleeper.inside, world.calls) == (0, [])


@pytest.mark.parametrize("kind", WAITING)
def test_slow_machine_times_out(kind: str) -> None:
    async def test(world: World) -> None:
        sleeper = prepare(world)
        definition = {**chain(Wait=WAITING[kind], After=KEEP), "TimeoutSeconds": 60}
        execution = world.start(world.create(definition), {"items": [1, 2]})
        await world.region.executions[execution].ended()
        end = world.ask("DescribeExecution", executionArn=execution)
        assert (end["status"], end["error"], "cause" in end) == ("TIMED_OUT", "States.Timeout", False)
        assert world.events(execution)[-1]["type"] == "ExecutionTimedOut"
        assert (sleeper.inside, len(world.region.tokens)) == (0, 0)

    at_once(test)


def test_fast_machine_does_not_time_out_later() -> None:
    async def test(world: World) -> None:
        execution = world.start(world.create({**chain(A=KEEP), "TimeoutSeconds": 60}))
        await world.end(execution)
        await asyncio.sleep(100)
        assert world.ask("DescribeExecution", executionArn=execution)["status"] == "SUCCEEDED"

    at_once(test)


def test_slow_function_times_out() -> None:
    async def test(world: World) -> None:
        prepare(world)
        run = await world.run(chain(Sleep=invocation("sleep", {}, TimeoutSeconds=30)))
        assert (run.status, run.error, run.cause) == ("FAILED", "States.Timeout", None)
        assert run.kinds[-2:] == ["TaskTimedOut", "ExecutionFailed"]

    at_once(test)


def test_wait_lasts_its_seconds() -> None:
    async def test(world: World) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        run = await world.run(chain(Wait={"Type": "Wait", "SecondsPath": "$.s"}), {"s": 86_400})
        assert (run.status, run.output) == ("SUCCEEDED", {"s": 86_400})
        assert 86_400 <= loop.time() - before < 86_402
        assert run.kinds == [
            *("ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded")
        ]

    at_once(test)


async def test_wait_for_a_past_moment_ends_at_once(world: World) -> None:
    run = await world.run(chain(Wait={"Type": "Wait", "Timestamp": "2001-01-01T00:00:00Z"}))
    assert run.status == "SUCCEEDED"


# Nested executions.


def nesting(world: World, child: dict[str, Json], suffix: str, **fields: Json) -> dict[str, Json]:
    arn = world.create(child, name="child")
    parameters = {"StateMachineArn": arn, "Input.$": "$", "Name": "c"}
    return chain(Nest={"Type": "Task", "Resource": f"{START}{suffix}", "Parameters": parameters, **fields})


async def test_a_nested_execution_is_started_only(world: World) -> None:
    run = await world.run(nesting(world, chain(A=KEEP), ""), {"n": 1})
    assert run.output["ExecutionArn"].endswith(":execution:child:c")
    assert "Output" not in run.output


@pytest.mark.parametrize(("suffix", "output"), [(".sync", '{"n":1}'), (".sync:2", {"n": 1})])
async def test_a_nested_execution_is_waited_for(world: World, suffix: str, output: Json) -> None:
    run = await world.run(nesting(world, chain(A=KEEP), suffix), {"n": 1})
    assert run.status == "SUCCEEDED"
    assert (run.output["Status"], run.output["Output"]) == ("SUCCEEDED", output)
    assert run.kinds[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


async def test_failed_nested_execution_fails_the_task(world: World) -> None:
    child = chain(End={"Type": "Fail", "Error": "Mine", "Cause": "why"})
    run = await world.run(nesting(world, child, ".sync:2"))
    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    cause = json.loads(run.cause or "")
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Mine", "why")


@pytest.mark.parametrize("suffix", [".sync", ".sync:2"])
async def test_stopped_parent_stops_its_child(world: World, suffix: str) -> None:
    parent = world.start(world.create(nesting(world, chain(W=WAIT), suffix)))
    await settle()
    [child] = [arn for arn in world.region.executions if ":child:" in arn]
    world.ask("StopExecution", executionArn=parent)
    await world.region.executions[child].ended()
    statuses = {e.name: e.status for e in world.region.executions.values()}
    assert statuses == {"one": "ABORTED", "c": "ABORTED"}


def test_slow_nested_execution_is_stopped() -> None:
    async def test(world: World) -> None:
        run = await world.run(nesting(world, chain(W=WAIT), ".sync", TimeoutSeconds=10))
        assert (run.status, run.error) == ("FAILED", "States.Timeout")
        await settle()
        statuses = {e.name: e.status for e in world.region.executions.values()}
        assert statuses == {"one": "FAILED", "c": "ABORTED"}

    at_once(test)


async def test_occupied_execution_name_fails_the_task(world: World) -> None:
    definition = nesting(world, chain(A=KEEP), ".sync")
    world.start("arn:aws:states:eu-west-1:000000000000:stateMachine:child", name="c")
    await settle()
    run = await world.run(definition)
    assert (run.status, run.error) == ("FAILED", "StepFunctions.ExecutionAlreadyExistsException")


# Redrive.


class Flaky:
    """Functions that fail until they are mended."""

    def __init__(self, world: World, *names: str) -> None:
        self.broken = set(names)
        self.calls: list[str] = []
        for name in ("first", "second", "third", "fourth"):
            world.functions[name] = self.function(name)

    def function(self, name: str) -> Callable[[Json], Json]:
        def call(_event: Json) -> Json:
            self.calls.append(name)
            if name in self.broken:
                raise FunctionFailure("Broken")
            return name

        return call


async def redriven(world: World, execution: str) -> Json:
    world.ask("RedriveExecution", executionArn=execution)
    return await world.end(execution)


async def test_redrive_begins_at_the_failed_state(world: World) -> None:
    flaky = Flaky(world, "second")
    definition = chain(
        First=invocation("first", Assign={"kept.$": "$.value"}, ResultPath="$.first"),
        Second=invocation("second", ResultPath="$.second"),
        Third={"Type": "Pass", "Parameters": {"kept.$": "$kept", "all.$": "$"}},
    )
    run = await world.run(definition, {"n": 1})
    assert run.status == "FAILED"
    flaky.broken.clear()
    execution = "arn:aws:states:eu-west-1:000000000000:execution:orders:one"
    end = await redriven(world, execution)
    assert (end["status"], end["redriveCount"], end["redriveStatus"]) == ("SUCCEEDED", 1, "NOT_REDRIVABLE")
    assert "error" not in end
    assert flaky.calls == ["first", "second", "second"]
    output = json.loads(end["output"])
    assert output == {
        "kept": "first",
        "all": {"n": 1, "first": {"value": "first"}, "second": {"value": "second"}},
    }
    events = world.events(execution)
    [again] = [event for event in events if event["type"] == "ExecutionRedriven"]
    assert again["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert again["previousEventId"] == again["id"] - 1
    assert events[again["id"] - 2]["type"] == "ExecutionFailed"
    assert [change[1] for change in world.changes] == ["RUNNING", "FAILED", "RUNNING", "SUCCEEDED"]


async def test_the_context_of_a_redriven_execution_counts(world: World) -> None:
    flaky = Flaky(world, "first")
    received: list[int] = []

    def first(event: Json) -> Json:
        received.append(event["redrives"])
        if flaky.broken:
            raise FunctionFailure("Broken")
        return None

    world.functions["first"] = first
    execution = world.start(
        world.create(chain(A=invocation("first", {"redrives.$": "$$.Execution.RedriveCount"})))
    )
    await world.end(execution)
    await redriven(world, execution)
    flaky.broken.clear()
    await redriven(world, execution)
    assert received == [0, 1, 2]


async def test_redrive_repeats_no_successful_branch(world: World) -> None:
    flaky = Flaky(world, "third")
    both: Json = {
        "Type": "Parallel",
        "Branches": [
            chain(A=invocation("first")),
            chain(
                B=invocation("second", Assign={"b.$": "$.value"}, ResultPath="$.b"),
                C=invocation("third", ResultPath="$.c"),
                D={"Type": "Pass", "Parameters": {"b.$": "$b", "c.$": "$.c.value", "n.$": "$.n"}},
            ),
        ],
    }
    execution = world.start(world.create(chain(Both=both)), {"n": 1})
    assert (await world.end(execution))["status"] == "FAILED"
    flaky.broken.clear()
    end = await redriven(world, execution)
    assert end["status"] == "SUCCEEDED"
    assert json.loads(end["output"]) == [{"value": "first"}, {"b": "second", "c": "third", "n": 1}]
    assert sorted(flaky.calls) == ["first", "second", "third", "third"]


async def test_redrive_repeats_no_successful_iteration(world: World) -> None:
    broken = {2, 3}
    calls: list[int] = []

    def check(event: Json) -> Json:
        calls.append(event)
        if event in broken:
            raise FunctionFailure("Broken")
        return event * 10

    world.functions["check"] = check
    processor = chain(Check=invocation("check", ResultSelector={"v.$": "$.Payload"}))
    each: Json = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor}
    execution = world.start(world.create(chain(Each=each)), [1, 2, 3])
    assert (await world.end(execution))["status"] == "FAILED"
    broken.discard(2)
    assert (await redriven(world, execution))["status"] == "FAILED"
    broken.clear()
    end = await redriven(world, execution)
    assert json.loads(end["output"]) == [{"v": 10}, {"v": 20}, {"v": 30}]
    assert calls == [1, 2, 2, 3, 3]


# AWS's guide, "Redriving Map Runs": the same map run goes on; what succeeded does not run again.
@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_redriven_map_run_repeats_no_successful_child(world: World, kind: str) -> None:
    broken = {2, 3}
    calls: list[int] = []

    def check(event: Json) -> Json:
        calls.append(event)
        if event in broken:
            raise FunctionFailure("Broken")
        return event * 10

    world.functions["check"] = check
    processor: Json = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        **chain(Check=invocation("check", ResultSelector={"v.$": "$.Payload"})),
    }
    each: Json = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor}
    execution = world.start(world.create(chain(Each=each)), [1, 2, 3, 4])
    assert (await world.end(execution))["status"] == "FAILED"
    broken.discard(2)
    assert (await redriven(world, execution))["status"] == "FAILED"
    broken.clear()
    end = await redriven(world, execution)
    assert json.loads(end["output"]) == [{"v": 10}, {"v": 20}, {"v": 30}, {"v": 40}]
    assert calls == [1, 2, 2, 3, 3, 4]
    (run,) = world.ask("ListMapRuns", executionArn=execution)["mapRuns"]
    described = world.ask("DescribeMapRun", mapRunArn=run["mapRunArn"])
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 2)
    for counts in ("itemCounts", "executionCounts"):
        shown = {name: count for name, count in described[counts].items() if count}
        assert shown == {"succeeded": 4, "total": 4}
    kinds = [event["type"] for event in world.events(execution)]
    assert (kinds.count("MapRunStarted"), kinds.count("MapRunRedriven")) == (1, 2)


async def test_children_wait_with_their_redrive_for_free_concurrency(world: World) -> None:
    broken = True
    waiting: list[int] = []

    def check(event: Json) -> Json:
        if broken:
            raise FunctionFailure("Broken")
        (run,) = world.ask("ListMapRuns", executionArn=execution)["mapRuns"]
        counts = world.ask("DescribeMapRun", mapRunArn=run["mapRunArn"])["itemCounts"]
        waiting.append(counts["pendingRedrive"])
        return event

    world.functions["check"] = check
    processor: Json = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **chain(Check=invocation("check")),
    }
    each: Json = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ToleratedFailureCount": 1,
        "ItemProcessor": processor,
    }
    execution = world.start(world.create(chain(Each=each)), [1, 2, 3])
    assert (await world.end(execution))["status"] == "FAILED"
    broken = False
    assert (await redriven(world, execution))["status"] == "SUCCEEDED"
    assert waiting == [1, 0, 0]


async def test_redrive_continues_in_nested_containers(world: World) -> None:
    flaky = Flaky(world, "third")
    inner: Json = {
        "Type": "Parallel",
        "Branches": [chain(B=invocation("second")), chain(C=invocation("third"))],
    }
    each: Json = {"Type": "Map", "ItemProcessor": chain(A=invocation("first"), Inner=inner)}
    execution = world.start(world.create(chain(Each=each)), [1])
    assert (await world.end(execution))["status"] == "FAILED"
    flaky.broken.clear()
    end = await redriven(world, execution)
    assert json.loads(end["output"]) == [[{"value": "second"}, {"value": "third"}]]
    assert sorted(flaky.calls) == ["first", "second", "third", "third"]


async def test_retry_repeats_all_branches(world: World) -> None:
    flaky = Flaky(world, "second")
    both: Json = {
        "Type": "Parallel",
        "Branches": [chain(A=invocation("first")), chain(B=invocation("second"))],
        "Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 0, "MaxAttempts": 1}],
    }
    execution = world.start(world.create(chain(Both=both)))
    await world.end(execution)
    assert sorted(flaky.calls) == ["first", "first", "second", "second"]


async def test_a_stopped_execution_can_be_redriven_once_it_has_stopped(world: World) -> None:
    sleeper = prepare(world)
    execution = world.start(world.create(chain(Sleep=invocation("sleep"))))
    await sleeper.asleep.wait()
    world.ask("StopExecution", executionArn=execution)
    assert world.refusal("RedriveExecution", executionArn=execution)[0] == "ExecutionNotRedrivable"
    await world.region.executions[execution].ended()
    world.functions["sleep"] = lambda _event: "awake"
    end = await redriven(world, execution)
    assert json.loads(end["output"]) == {"value": "awake"}


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
async def test_execution_that_has_not_failed_cannot_be_redriven(world: World, status: str) -> None:
    prepare(world)
    state = WAIT if status == "RUNNING" else KEEP
    execution = world.start(world.create(chain(A=state)))
    await settle()
    code, message = world.refusal("RedriveExecution", executionArn=execution)
    assert (code, message) == ("ExecutionNotRedrivable", f"Execution is {status}, cannot be redriven")
    world.ask("StopExecution", executionArn=execution)
    await world.region.executions[execution].ended()
