"""Executions that go on after the end of the process, wherever it came."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.states.language.scope import Json
from tests.examples import examples
from tests.states.clock import SkippingLoop
from tests.states.running.test_random_machines import ERRORS, LAST, machines
from tests.states.store import MemoryStore
from tests.states.world import FunctionFailure, World, chain

MACHINE = "orders"


def steady(seed: int) -> Callable[[Json], Json]:
    """Return a function whose answer depends on its event alone: called twice, it does the same twice."""

    async def call(event: Json) -> Json:
        dice = random.Random(f"{seed} {json.dumps(event, sort_keys=True)}")
        for _ in range(dice.randrange(3)):
            await asyncio.sleep(0)
        if dice.random() < 0.3:
            raise FunctionFailure(dice.choice(ERRORS))
        return dice.randrange(5)

    return call


def world_of(store: MemoryStore, seed: int) -> World:
    world = World(store)
    world.functions["dice"] = steady(seed)
    return world


async def end_of(world: World, execution: str) -> tuple[Any, list[dict[str, Any]]]:
    """Return how an execution ended, and its history."""
    async with asyncio.timeout(60):
        await world.end(execution)
    return world.ask("DescribeExecution", executionArn=execution), world.events(execution)


def shape(events: list[dict[str, Any]]) -> Counter[str]:
    """Return what happened, without the order of lines beside each other."""
    return Counter(
        json.dumps(
            {
                name: value
                for name, value in event.items()
                if name not in {"id", "previousEventId", "timestamp"}
            }
        )
        for event in events
    )


CUTS = st.lists(st.integers(0, 16), min_size=1, max_size=3)


async def compare(definition: dict[str, Json], seed: int, cuts: list[int]) -> None:
    """Cut a run off, and what goes on once more, and compare what comes of it with the whole run.

    Parameters
    ----------
    cuts
        Where each time: 0 is at the start, 16 at the end.
    """
    store = MemoryStore()
    world = world_of(store, seed)
    machine = world.create(definition)
    begin = len(store.frames) + 1
    execution = world.start(machine, {"n": 1, "items": [0, 1, 2]})
    whole, events = await end_of(world, execution)
    world.service.flush()
    for cut in cuts:
        store = store.cut(begin + cut * (len(store.frames) - begin) // 16)
        begin = len(store.frames)
        world = world_of(store, seed)
        before = world.events(execution)
        world.service.resume()
        end, history = await end_of(world, execution)
        world.service.flush()
        assert history[: len(before)] == before
        assert [event["id"] for event in history] == list(range(1, len(history) + 1))
        assert all(0 <= event["previousEventId"] < event["id"] for event in history)
        assert history[-1]["type"] == LAST[end["status"]]
        side_by_side = any(event["type"] in {"ParallelStateStarted", "MapStateStarted"} for event in events)
        if side_by_side and any("Failed" in event["type"] for event in events):
            # Which line is the first to fail, and how far the others are by then, is a matter of time.
            continue
        assert shape(history) == shape(events)
        members = ("status", "output", "error", "cause", "redriveCount")
        assert [end.get(name) for name in members] == [whole.get(name) for name in members]


def at_once(definition: dict[str, Json], seed: int, cuts: list[int]) -> None:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(compare(definition, seed, cuts))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(machines(), st.integers(0, 2**32), CUTS)
def test_machine_interrupted_anywhere_ends_like_an_uninterrupted_one(
    definition: dict[str, Json], seed: int, cuts: list[int]
) -> None:
    at_once(definition, seed, cuts)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(machines(depth=0), st.integers(0, 2**32), CUTS)
def test_retries_and_catches_keep_their_counts_over_a_restart(
    definition: dict[str, Json], seed: int, cuts: list[int]
) -> None:
    at_once(definition, seed, cuts)


def without_times(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name != "timestamp"} for event in events]


def test_sequential_machine_has_the_same_history_wherever_it_is_interrupted() -> None:
    def echo(**fields: Json) -> dict[str, Json]:
        return {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:echo", **fields}

    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 1,
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
        "ItemProcessor": chain(Work=echo(ResultPath="$.r"), Keep={"Type": "Pass"}),
        "ResultPath": "$.each",
    }
    branch = chain(One=echo(ResultPath=None), Wait={"Type": "Wait", "Seconds": 9})
    both = {"Type": "Parallel", "Branches": [branch], "ResultPath": "$.both"}
    definition = chain(First=echo(ResultPath="$.first"), Each=each, Both=both)

    def world_with(store: MemoryStore) -> World:
        world = World(store)
        world.functions["echo"] = lambda event: {"same": event}
        return world

    async def compared() -> None:
        store = MemoryStore()
        world = world_with(store)
        machine = world.create(definition)
        begin = len(store.frames) + 1
        execution = world.start(machine, {"items": [7, 8, 9]})
        whole, events = await end_of(world, execution)
        world.service.flush()
        assert len(store.frames) > begin + 10
        for frames in range(begin, len(store.frames) + 1):
            other = world_with(store.cut(frames))
            other.service.resume()
            end, history = await end_of(other, execution)
            assert end["output"] == whole["output"]
            assert without_times(history) == without_times(events)

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(compared())
