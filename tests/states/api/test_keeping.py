"""What the service finds again after the end of the process."""

from __future__ import annotations

import json

from localcloud.states.api.retention import Retention
from localcloud.states.language.scope import Json
from tests.states.store import MemoryStore
from tests.states.world import FunctionFailure, World, chain, invocation

KEEP: Json = {"Type": "Pass"}
MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders"


def restarted(store: MemoryStore, world: World) -> tuple[MemoryStore, World]:
    """Return the journal and the world of the next process."""
    world.service.flush()
    store = store.cut()
    other = World(store)
    other.functions = world.functions
    return store, other


async def test_machines_versions_aliases_activities_and_tags_survive_a_restart() -> None:
    store = MemoryStore()
    world = World(store)
    world.create(chain(A=KEEP), tags=[{"key": "team", "value": "shop"}], publish=True)
    definition = json.dumps(chain(A={"Type": "Pass", "Result": 2}))
    world.ask("UpdateStateMachine", stateMachineArn=MACHINE, definition=definition)
    routes = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
    world.ask("CreateStateMachineAlias", name="live", routingConfiguration=routes)
    world.ask("CreateActivity", name="pack")
    gone = world.create(chain(A=KEEP), "gone")
    world.ask("DeleteStateMachine", stateMachineArn=gone)
    _, other = restarted(store, world)
    for operation, request in (
        ("DescribeStateMachine", {"stateMachineArn": MACHINE}),
        ("DescribeStateMachine", {"stateMachineArn": f"{MACHINE}:1"}),
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{MACHINE}:live"}),
        ("ListTagsForResource", {"resourceArn": MACHINE}),
        ("ListActivities", {}),
        ("ListStateMachines", {}),
        ("ListStateMachineVersions", {"stateMachineArn": MACHINE}),
    ):
        assert other.ask(operation, **request) == world.ask(operation, **request)
    ends = [await other.end(other.start(arn, name=arn[-4:])) for arn in (MACHINE, f"{MACHINE}:live")]
    assert [end["output"] for end in ends] == ["2", "{}"]
    # The same revision is the same version as before.
    version = other.ask("PublishStateMachineVersion", stateMachineArn=MACHINE)["stateMachineVersionArn"]
    assert version == f"{MACHINE}:2"


async def test_ended_executions_survive_a_restart_unchanged() -> None:
    def fail(_event: Json) -> Json:
        raise FunctionFailure("Broken", "words")

    store = MemoryStore()
    world = World(store)
    world.functions.update(fail=fail, work=lambda event: event)
    assign = {"Type": "Pass", "Assign": {"x": 1}, "Result": {"a": 1}}
    each: Json = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": chain(X=invocation("work")),
        "ResultPath": "$.r",
    }
    valid = world.create(chain(A=KEEP, E=each, W=invocation("work", ResultPath="$.w"), B=assign))
    bad = world.create(chain(A=KEEP, F=invocation("fail")), "bad")
    text = '{ "n": 1.0, "items": [1, {"b": null}] }'
    arns = [
        world.ask("StartExecution", stateMachineArn=machine, input=text, name="one")["executionArn"]
        for machine in (valid, bad)
    ]
    for arn in arns:
        await world.end(arn)
    for _ in range(2):
        store, other = restarted(store, world)
        for arn in arns:
            for operation in ("DescribeExecution", "DescribeStateMachineForExecution"):
                assert other.ask(operation, executionArn=arn) == world.ask(operation, executionArn=arn)
            assert other.events(arn) == world.events(arn)
        refusal = other.refusal("StartExecution", stateMachineArn=valid, name="one")
        assert refusal[0] == "ExecutionAlreadyExists"
        world = other


async def test_histories_are_dropped_and_names_stay_reserved() -> None:
    store = MemoryStore()
    world = World(store)
    world.region.retention = Retention(histories=1, records=2, names=9)
    machine = world.create(chain(A=KEEP))
    arns = [world.start(machine, {"n": number}, name=str(number)) for number in range(4)]
    for arn in arns:
        await world.end(arn)
    world.service.flush()
    _, other = restarted(store, world)
    assert [len(other.events(arn)) for arn in arns[2:]] == [2, 4]
    assert other.ask("DescribeExecution", executionArn=arns[2]) == world.ask(
        "DescribeExecution", executionArn=arns[2]
    )
    for arn in arns:
        name = arn.rpartition(":")[2]
        assert (
            other.refusal("StartExecution", stateMachineArn=machine, name=name)[0] == "ExecutionAlreadyExists"
        )
    assert other.refusal("DescribeExecution", executionArn=arns[0])[0] == "ExecutionDoesNotExist"
