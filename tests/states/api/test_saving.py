from __future__ import annotations

import asyncio
import json

from localcloud.states.front import load, saved
from localcloud.states.language.scope import Json
from tests.states.world import FunctionFailure, World, chain, invocation

KEEP: Json = {"Type": "Pass"}
MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders"


def restarted(world: World) -> World:
    """Return another world that has the state of a world."""
    other = World()
    other.functions = world.functions
    load(other.service, json.loads(json.dumps(saved(world.service))))
    return other


async def test_machines_versions_aliases_activities_and_tags_survive(world: World) -> None:
    world.create(chain(A=KEEP), tags=[{"key": "team", "value": "shop"}], publish=True)
    definition = json.dumps(chain(A={"Type": "Pass", "Result": 2}))
    world.ask("UpdateStateMachine", stateMachineArn=MACHINE, definition=definition)
    routes = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
    world.ask("CreateStateMachineAlias", name="live", routingConfiguration=routes)
    world.ask("CreateActivity", name="pack")
    other = restarted(world)
    for operation, request in (
        ("DescribeStateMachine", {"stateMachineArn": MACHINE}),
        ("DescribeStateMachine", {"stateMachineArn": f"{MACHINE}:1"}),
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{MACHINE}:live"}),
        ("ListTagsForResource", {"resourceArn": MACHINE}),
        ("ListActivities", {}),
        ("ListStateMachineVersions", {"stateMachineArn": MACHINE}),
    ):
        assert other.ask(operation, **request) == world.ask(operation, **request)
    ends = [await other.end(other.start(arn, name=arn[-4:])) for arn in (MACHINE, f"{MACHINE}:live")]
    assert [end["output"] for end in ends] == ["2", "{}"]
    # The same revision is the same version as before.
    version = other.ask("PublishStateMachineVersion", stateMachineArn=MACHINE)["stateMachineVersionArn"]
    assert version == f"{MACHINE}:2"


async def test_ended_executions_survive_to_the_letter(world: World) -> None:
    machine = world.create(chain(A=KEEP, B={"Type": "Pass", "Assign": {"x": 1}, "Result": {"a": 1}}))
    arn = world.ask("StartExecution", stateMachineArn=machine, input='{ "n": 1.0 }', name="one")[
        "executionArn"
    ]
    await world.end(arn)
    other = restarted(world)
    assert other.events(arn) == world.events(arn)
    for operation in ("DescribeExecution", "DescribeStateMachineForExecution"):
        assert other.ask(operation, executionArn=arn) == world.ask(operation, executionArn=arn)
    assert other.refusal("StartExecution", stateMachineArn=machine, name="one")[0] == "ExecutionAlreadyExists"
    # And once more.
    assert restarted(other).events(arn) == world.events(arn)


async def test_an_execution_that_ran_has_failed_and_can_be_redriven(world: World) -> None:
    machine = world.create(chain(A=KEEP, W={"Type": "Wait", "SecondsPath": "$.s"}, B=KEEP))
    arn = world.start(machine, {"s": 600})
    while len(world.events(arn)) < 4:
        await asyncio.sleep(0)
    other = restarted(world)
    end = other.ask("DescribeExecution", executionArn=arn)
    assert (end["status"], end["error"], end["redriveStatus"]) == (
        "FAILED",
        "States.ServiceRestart",
        "REDRIVABLE",
    )
    events = other.events(arn)
    assert events[-1]["type"] == "ExecutionFailed"
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5]
    other.ask("RedriveExecution", executionArn=arn)
    while len(other.events(arn)) < 7:
        await asyncio.sleep(0)
    assert [event["type"] for event in other.events(arn)][5:] == ["ExecutionRedriven", "WaitStateEntered"]
    for each in (world, other):
        each.ask("StopExecution", executionArn=arn)
        await each.region.executions[arn].ended()


async def test_a_redrive_after_a_restart_runs_no_branch_again_that_succeeded(world: World) -> None:
    calls: list[str] = []
    broken = {"second"}

    def call(event: Json) -> Json:
        calls.append(event)
        if event in broken:
            raise FunctionFailure("Broken")
        return event

    world.functions["call"] = call
    second = {"Type": "Pass", "Assign": {"x": 1}, "Result": {}}
    state = {"Type": "Pass", "Parameters": {"x.$": "$x"}}
    both: Json = {
        "Type": "Parallel",
        "Branches": [
            chain(A=invocation("call", "first")),
            chain(S=second, B=invocation("call", "second"), C=state),
        ],
    }
    arn = world.start(world.create(chain(Both=both)))
    assert (await world.end(arn))["status"] == "FAILED"
    broken.clear()
    other = restarted(world)
    other.ask("RedriveExecution", executionArn=arn)
    assert json.loads((await other.end(arn))["output"]) == [{"value": "first"}, {"x": 1}]
    assert sorted(calls) == ["first", "second", "second"]


async def test_names_that_were_forgotten_stay_taken(world: World) -> None:
    machine = world.create(chain(A=KEEP))
    forgotten = "arn:aws:states:eu-west-1:000000000000:execution:orders:old"
    world.region.retention.remember([forgotten])
    other = restarted(world)
    assert other.refusal("StartExecution", stateMachineArn=machine, name="old")[0] == "ExecutionAlreadyExists"


def test_no_state_is_an_empty_one() -> None:
    world = World()
    load(world.service, None)
    assert world.ask("ListStateMachines") == {"stateMachines": []}
