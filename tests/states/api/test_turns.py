from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from localcloud.states.api import turns
from localcloud.states.api.turns import MOST
from localcloud.states.language.scope import Json
from tests.states.world import INVOKE, World, chain

BEYOND = 40
CALL: Json = {
    "Type": "Task",
    "Resource": INVOKE,
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
    "OutputPath": "$.Payload",
}
DISTRIBUTED: Json = {
    "Type": "Map",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **chain(B={"Type": "Pass"}),
    },
}


class Slow:
    """A function that answers once it may."""

    def __init__(self) -> None:
        self.called: list[Json] = []
        self.answers = asyncio.Event()

    async def __call__(self, event: Json) -> Json:
        self.called.append(event)
        await self.answers.wait()
        return event


async def crowd(world: World, slow: Slow) -> list[str]:
    """Start more executions than begin at once; return their ARNs."""
    world.functions["f"] = slow
    machine = world.create(chain(A=CALL))
    arns = [world.start(machine, number, f"n{number}") for number in range(MOST + BEYOND)]
    await spin(lambda: len(slow.called) >= MOST - 1)
    return arns


async def spin(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_executions_begin_in_order_while_many_functions_are_waited_for(world: World) -> None:
    slow = Slow()
    arns = await crowd(world, slow)
    assert slow.called == list(range(MOST))
    assert world.ask("DescribeExecution", executionArn=arns[-1])["status"] == "RUNNING"
    assert [event["type"] for event in world.events(arns[-1])] == ["ExecutionStarted"]
    slow.answers.set()
    ends = [await world.end(arn) for arn in arns]
    assert {end["status"] for end in ends} == {"SUCCEEDED"}
    assert slow.called == list(range(MOST + BEYOND))


async def test_execution_that_is_stopped_before_its_turn_is_aborted_and_lets_others_begin(
    world: World,
) -> None:
    slow = Slow()
    arns = await crowd(world, slow)
    world.ask("StopExecution", executionArn=arns[MOST])
    await world.region.executions[arns[MOST]].ended()
    assert (await world.end(arns[MOST]))["status"] == "ABORTED"
    assert [event["type"] for event in world.events(arns[MOST])] == ["ExecutionStarted", "ExecutionAborted"]
    slow.answers.set()
    for arn in arns:
        await world.end(arn)
    assert MOST not in slow.called
    assert len(slow.called) == MOST + BEYOND - 1


async def test_executions_begin_when_the_functions_wait_for_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LOOK", 0.001)
    slow = Slow()
    arns = await crowd(world, slow)
    await spin(lambda: len(slow.called) == MOST + BEYOND)
    slow.answers.set()
    for arn in arns:
        await world.end(arn)


async def test_items_of_a_distributed_map_wait_for_no_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LOOK", 3600.0)
    first, slow = Slow(), Slow()
    world.functions["f"] = first
    arn = world.start(world.create(chain(A=CALL, M=DISTRIBUTED), name="map"), [1, 2, 3], "first")
    await spin(lambda: first.called)
    arns = await crowd(world, slow)
    first.answers.set()
    await spin(lambda: world.region.executions[arn].status == "SUCCEEDED")
    assert len(slow.called) < MOST + BEYOND
    slow.answers.set()
    for each in arns:
        await world.end(each)
