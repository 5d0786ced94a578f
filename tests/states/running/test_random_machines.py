"""Any machine ends, and its history is consistent."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.states.language.scope import Json
from tests.examples import examples
from tests.states.world import FunctionFailure, Run, World

ERRORS = ["Mine", "Yours", "Theirs"]
NAMES = st.sampled_from(["States.ALL", "States.TaskFailed", *ERRORS])
LAST = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "ABORTED": "ExecutionAborted",
    "TIMED_OUT": "ExecutionTimedOut",
}
RETRIES = st.lists(
    st.builds(
        lambda name, attempts: {"ErrorEquals": [name], "IntervalSeconds": 0, "MaxAttempts": attempts},
        st.sampled_from(ERRORS),
        st.integers(0, 2),
    ),
    max_size=2,
    unique_by=lambda retrier: str(retrier["ErrorEquals"]),
)
RULES = st.fixed_dictionaries({"Variable": st.just("$.n"), "NumericLessThan": st.integers(-1, 4)})


class Builder:
    """Builds machines whose states lead forwards alone."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self._states = 0

    def machine(self, depth: int) -> dict[str, Json]:
        """Return a machine that may hold others, ``depth`` deep."""
        names = [self._name() for _ in range(self._draw(st.integers(1, 4)))]
        states = {name: self._state(names[number + 1 :], depth) for number, name in enumerate(names)}
        return {"StartAt": names[0], "States": self._reached(names[0], states)}

    def _name(self) -> str:
        self._states += 1
        return f"S{self._states}"

    def _reached(self, start: str, states: dict[str, Json]) -> dict[str, Json]:
        """Leave out what nothing leads to: creation would warn."""
        reached, remaining = set[str](), [start]
        while remaining:
            name = remaining.pop()
            if name not in reached:
                reached.add(name)
                state = states[name]
                paths = [state, *state.get("Choices", ()), *state.get("Catch", ())]
                remaining += [path["Next"] for path in paths if "Next" in path]
                remaining += [state["Default"]] if "Default" in state else []
        return {name: state for name, state in states.items() if name in reached}

    def _state(self, later: list[str], depth: int) -> dict[str, Json]:
        kinds = ["Pass", "Wait", "Succeed", "Fail", "Task"]
        kinds += ["Choice"] if later else []
        kinds += ["Parallel", "Map", "Map"] if depth else []
        match self._draw(st.sampled_from(kinds)):
            case "Choice":
                rules = self._draw(st.lists(RULES, min_size=1, max_size=2))
                choices = [{**rule, "Next": self._draw(st.sampled_from(later))} for rule in rules]
                default = {"Default": self._draw(st.sampled_from(later))} if self._draw(st.booleans()) else {}
                return {"Type": "Choice", "Choices": choices, **default}
            case "Fail":
                return {"Type": "Fail", "Error": self._draw(st.sampled_from(ERRORS))}
            case "Succeed":
                return {"Type": "Succeed"}
            case "Pass":
                return {"Type": "Pass", "Assign": {f"seen{depth}.$": "$.n"}, **self._leads(later)}
            case "Wait":
                return {"Type": "Wait", "Seconds": 0, **self._leads(later)}
            case "Task":
                resource = "arn:aws:lambda:eu-west-1:000000000000:function:dice"
                return self._working({"Type": "Task", "Resource": resource}, later)
            case "Parallel":
                branches = [self.machine(depth - 1) for _ in range(self._draw(st.integers(1, 3)))]
                return self._working({"Type": "Parallel", "Branches": branches}, later)
            case _:
                limit = self._draw(st.integers(0, 2))
                fields = {"ItemsPath": "$.items", "MaxConcurrency": limit}
                selector = {"n.$": "$$.Map.Item.Value", "items.$": "$.items"}
                state = {"Type": "Map", **fields, "ItemSelector": selector}
                return self._working({**state, "ItemProcessor": self.machine(depth - 1)}, later)

    def _working(self, state: dict[str, Json], later: list[str]) -> dict[str, Json]:
        retry = self._draw(RETRIES)
        catch = (
            [{"ErrorEquals": [self._draw(NAMES)], "Next": self._draw(st.sampled_from(later))}]
            if later
            else []
        )
        catch = [{**entry, "ResultPath": "$.error"} for entry in catch if self._draw(st.booleans())]
        handlers = {**({"Retry": retry} if retry else {}), **({"Catch": catch} if catch else {})}
        return {**state, "ResultPath": "$.result", **handlers, **self._leads(later)}

    def _leads(self, later: list[str]) -> dict[str, Json]:
        return {"Next": self._draw(st.sampled_from(later))} if later else {"End": True}


@st.composite
def machines(draw: Any, depth: int = 2) -> dict[str, Json]:
    return Builder(draw).machine(depth)


async def run(definition: dict[str, Json], seed: int) -> Run:
    world = World()
    dice = random.Random(seed)

    async def throw(_event: Json) -> Json:
        for _ in range(dice.randrange(3)):
            await asyncio.sleep(0)
        if dice.random() < 0.3:
            raise FunctionFailure(dice.choice(ERRORS))
        return 1

    world.functions["dice"] = throw
    return await asyncio.wait_for(world.run(definition, {"n": 1, "items": [0, 1, 2]}), 20)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(machines(), st.integers(0, 2**32))
def test_random_machine_ends_with_a_consistent_history(definition: dict[str, Json], seed: int) -> None:
    result = asyncio.run(run(definition, seed))
    events = result.events
    assert result.status in {"SUCCEEDED", "FAILED"}
    assert events[0]["type"] == "ExecutionStarted"
    assert events[-1]["type"] == LAST[result.status]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(0 <= event["previousEventId"] < event["id"] for event in events)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    entered = [event for event in events if event["type"].endswith("StateEntered")]
    exited = [event for event in events if event["type"].endswith("StateExited")]
    assert len(exited) <= len(entered)
    if result.status == "SUCCEEDED" and not any(
        "Failed" in kind or "Aborted" in kind for kind in result.kinds
    ):
        assert len(exited) == len(entered)
    for event in (*entered, *exited):
        details = event.get("stateEnteredEventDetails") or event["stateExitedEventDetails"]
        json.loads(details.get("input") or details["output"])


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(machines(), st.integers(0, 2**32), st.integers(0, 40))
def test_random_machine_ends_when_it_is_stopped_anywhere(
    definition: dict[str, Json], seed: int, turns: int
) -> None:
    async def stopped() -> tuple[str, list[Any]]:
        world = World()
        dice = random.Random(seed)

        async def throw(_event: Json) -> Json:
            await asyncio.sleep(0)
            if dice.random() < 0.3:
                raise FunctionFailure(dice.choice(ERRORS))
            return 1

        world.functions["dice"] = throw
        execution = world.start(world.create(definition), {"n": 1, "items": [0, 1, 2]})
        for _ in range(turns):
            await asyncio.sleep(0)
        world.ask("StopExecution", executionArn=execution)
        async with asyncio.timeout(60):
            await world.region.executions[execution].ended()
        return world.ask("DescribeExecution", executionArn=execution)["status"], world.events(execution)

    status, events = asyncio.run(stopped())
    assert events[-1]["type"] == LAST[status]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert sum(event["type"] in LAST.values() for event in events) == 1
