from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from localcloud.states.api.requests import model
from localcloud.states.language.scope import Json
from localcloud.states.service import OPERATIONS, SLOW
from tests.states.world import ROLE, World, chain

KEEP: Json = {"Type": "Pass"}
WAIT: Json = {"Type": "Wait", "Seconds": 600}
BASE = "arn:aws:states:eu-west-1:000000000000"
MACHINE = f"{BASE}:stateMachine:orders"
DEFINITION = json.dumps(chain(A=KEEP))


def result(value: Json) -> str:
    return json.dumps(chain(A={"Type": "Pass", "Result": value}))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


# The facade.


def test_each_operation_of_the_api_is_served() -> None:
    served = {*OPERATIONS, *SLOW}
    names = set(model()["operations"])
    assert served == names


async def test_missing_operation_is_refused(world: World) -> None:
    assert world.refusal("Fly")[0] == "UnknownOperationException"


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        (
            "DescribeExecution",
            {},
            "1 validation error detected: Value null at 'executionArn' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "CreateStateMachine",
            {"name": "", "definition": DEFINITION, "roleArn": ROLE},
            "1 validation error detected: Value '' at 'name' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "CreateStateMachine",
            {"name": "a", "definition": DEFINITION, "roleArn": ROLE, "type": "FAST"},
            "1 validation error detected: Value 'FAST' at 'type' failed to satisfy constraint: "
            "Member must satisfy enum value set: [STANDARD, EXPRESS]",
        ),
        (
            "ListStateMachines",
            {"maxResults": 1001},
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 1000",
        ),
        (
            "CreateStateMachine",
            {"definition": DEFINITION},
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: "
            "Member must not be null; Value null at 'roleArn' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ],
)
async def test_malformed_request_is_refused(
    world: World, operation: str, request_: dict[str, Json], message: str
) -> None:
    assert world.refusal(operation, **request_) == ("ValidationException", message)


@pytest.mark.parametrize("maximum", [True, "7", [1]])
async def test_request_of_the_wrong_type_is_refused(world: World, maximum: Json) -> None:
    assert world.refusal("ListStateMachines", maxResults=maximum)[0] == "SerializationException"


# Creation.


async def test_repeated_creation_returns_the_same_machine(world: World) -> None:
    request: Json = {"name": "orders", "definition": DEFINITION, "roleArn": ROLE}
    first = world.ask("CreateStateMachine", **request)
    assert first["stateMachineArn"] == MACHINE
    assert world.ask("CreateStateMachine", **request) == first
    # Another role, or other tags, are no difference; they are not taken either.
    role = "arn:aws:iam::000000000000:role/other"
    again = world.ask(
        "CreateStateMachine", **{**request, "roleArn": role, "tags": [{"key": "a", "value": "b"}]}
    )
    assert again == first
    assert world.ask("DescribeStateMachine", stateMachineArn=MACHINE)["roleArn"] == ROLE
    assert world.ask("ListTagsForResource", resourceArn=MACHINE) == {"tags": []}


@pytest.mark.parametrize(
    "change", [{"definition": result(1)}, {"type": "EXPRESS"}, {"tracingConfiguration": {"enabled": True}}]
)
async def test_other_creation_of_the_same_name_is_refused(world: World, change: dict[str, Json]) -> None:
    request: Json = {"name": "orders", "definition": DEFINITION, "roleArn": ROLE}
    world.ask("CreateStateMachine", **request)
    refused = ("StateMachineAlreadyExists", f"State Machine Already Exists: '{MACHINE}'")
    assert world.refusal("CreateStateMachine", **{**request, **change}) == refused


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"definition": "{"}, "InvalidDefinition"),
        ({"definition": '{"StartAt": "A", "States": {}}'}, "InvalidDefinition"),
        ({"roleArn": "nonsense"}, "InvalidArn"),
        ({"name": "a b"}, "InvalidName"),
        ({"loggingConfiguration": {"level": "ALL"}}, "InvalidLoggingConfiguration"),
        ({"versionDescription": "v"}, "ValidationException"),
    ],
)
async def test_invalid_creation_is_refused(world: World, change: dict[str, Json], code: str) -> None:
    request: Json = {"name": "orders", "definition": DEFINITION, "roleArn": ROLE}
    assert world.refusal("CreateStateMachine", **{**request, **change})[0] == code
    assert world.ask("ListStateMachines") == {"stateMachines": []}


async def test_machine_is_described_listed_and_deleted(world: World) -> None:
    world.create(chain(A=KEEP), type="EXPRESS")
    world.create(chain(A=KEEP), name="billing")
    described = world.ask("DescribeStateMachine", stateMachineArn=MACHINE)
    assert (described["name"], described["status"], described["type"]) == ("orders", "ACTIVE", "EXPRESS")
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert (described["definition"], described["roleArn"]) == (DEFINITION, ROLE)
    page = world.ask("ListStateMachines", maxResults=1)
    assert [entry["name"] for entry in page["stateMachines"]] == ["billing"]
    rest = world.ask("ListStateMachines", nextToken=page["nextToken"])
    assert [(entry["name"], entry["type"]) for entry in rest["stateMachines"]] == [("orders", "EXPRESS")]
    for _ in range(2):
        assert world.ask("DeleteStateMachine", stateMachineArn=MACHINE) == {}
    refused = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{MACHINE}'")
    assert world.refusal("DescribeStateMachine", stateMachineArn=MACHINE) == refused
    assert world.refusal("DescribeStateMachine", stateMachineArn="nonsense")[0] == "InvalidArn"


# Updates.


async def test_running_executions_keep_their_definition(world: World) -> None:
    gate = asyncio.Event()

    async def wait(_event: Json) -> Json:
        await gate.wait()
        return "old"

    world.functions["wait"] = wait
    lambda_arn = "arn:aws:lambda:eu-west-1:000000000000:function:wait"
    old = chain(W={"Type": "Task", "Resource": lambda_arn}, End={"Type": "Pass", "Result": "old"})
    machine = world.create(old)
    first = world.start(machine, name="first")
    await settle()
    answer = world.ask("UpdateStateMachine", stateMachineArn=machine, definition=result("new"))
    assert world.ask("DescribeStateMachine", stateMachineArn=machine)["revisionId"] == answer["revisionId"]
    second = world.start(machine, name="second")
    gate.set()
    assert [(await world.end(execution))["output"] for execution in (first, second)] == ['"old"', '"new"']
    definitions = [
        json.loads(world.ask("DescribeStateMachineForExecution", executionArn=execution)["definition"])
        for execution in (first, second)
    ]
    assert definitions == [old, json.loads(result("new"))]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"definition": DEFINITION}, True),
        ({"definition": result(1)}, False),
        ({"roleArn": "arn:aws:iam::000000000000:role/other"}, False),
        ({"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}}, False),
        ({"tracingConfiguration": {"enabled": True}}, False),
    ],
)
async def test_effective_update_creates_a_revision(world: World, change: dict[str, Json], same: bool) -> None:
    world.create(chain(A=KEEP))
    first = world.ask("UpdateStateMachine", stateMachineArn=MACHINE, roleArn=ROLE)["revisionId"]
    second = world.ask("UpdateStateMachine", stateMachineArn=MACHINE, **change)["revisionId"]
    assert (first == second) is same
    described = world.ask("DescribeStateMachine", stateMachineArn=MACHINE)
    assert {name: described[name] for name in change} == change


async def test_empty_or_invalid_update_is_refused(world: World) -> None:
    world.create(chain(A=KEEP))
    assert world.refusal("UpdateStateMachine", stateMachineArn=MACHINE)[0] == "MissingRequiredParameter"
    code, _message = world.refusal("UpdateStateMachine", stateMachineArn=MACHINE, definition="{")
    assert code == "InvalidDefinition"
    assert world.ask("DescribeStateMachine", stateMachineArn=MACHINE)["definition"] == DEFINITION


# Versions and aliases.


def publish(world: World, value: Json) -> str:
    world.ask("UpdateStateMachine", stateMachineArn=MACHINE, definition=result(value))
    answer = world.ask("PublishStateMachineVersion", stateMachineArn=MACHINE)
    return str(answer["stateMachineVersionArn"])


def route(*weights: tuple[str, int]) -> list[Json]:
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in weights]


async def test_versions_are_immutable(world: World) -> None:
    world.create(chain(A=KEEP))
    first, second = publish(world, 1), publish(world, 2)
    assert (first, second) == (f"{MACHINE}:1", f"{MACHINE}:2")
    # What is published already is no new version.
    assert (
        world.ask("PublishStateMachineVersion", stateMachineArn=MACHINE)["stateMachineVersionArn"] == second
    )
    for number, arn in enumerate((first, second), 1):
        execution = world.start(arn, name=f"e{number}")
        end = await world.end(execution)
        assert (end["output"], end["stateMachineVersionArn"]) == (str(number), arn)
        assert end["stateMachineArn"] == MACHINE
        assert world.ask("DescribeStateMachine", stateMachineArn=arn)["definition"] == result(number)
    listed = world.ask("ListStateMachineVersions", stateMachineArn=MACHINE)["stateMachineVersions"]
    assert [entry["stateMachineVersionArn"] for entry in listed] == [second, first]
    [entry] = world.ask("ListExecutions", stateMachineArn=first)["executions"]
    assert entry["name"] == "e1"
    world.ask("DeleteStateMachineVersion", stateMachineVersionArn=second)
    assert world.refusal("StartExecution", stateMachineArn=second)[0] == "StateMachineDoesNotExist"
    # A number is not given again.
    assert publish(world, 3) == f"{MACHINE}:3"


async def test_version_of_another_revision_is_not_published(world: World) -> None:
    world.create(chain(A=KEEP))
    revision = world.ask("UpdateStateMachine", stateMachineArn=MACHINE, roleArn=ROLE)["revisionId"]
    publish(world, 1)
    code, _message = world.refusal("PublishStateMachineVersion", stateMachineArn=MACHINE, revisionId=revision)
    assert code == "ConflictException"


async def test_creation_and_updates_may_publish_a_version(world: World) -> None:
    request: Json = {"name": "orders", "definition": DEFINITION, "roleArn": ROLE, "publish": True}
    answer = world.ask("CreateStateMachine", **request, versionDescription="the first")
    assert answer["stateMachineVersionArn"] == f"{MACHINE}:1"
    assert world.ask("DescribeStateMachine", stateMachineArn=f"{MACHINE}:1")["description"] == "the first"
    update = world.ask("UpdateStateMachine", stateMachineArn=MACHINE, definition=result(1), publish=True)
    assert update["stateMachineVersionArn"] == f"{MACHINE}:2"


async def test_alias_selects_versions_by_weight(world: World) -> None:
    world.create(chain(A=KEEP))
    first, second = publish(world, 1), publish(world, 2)
    request: Json = {"name": "live", "routingConfiguration": route((first, 25), (second, 75))}
    alias = world.ask("CreateStateMachineAlias", **request)["stateMachineAliasArn"]
    assert alias == f"{MACHINE}:live"
    assert world.ask("CreateStateMachineAlias", **request)["stateMachineAliasArn"] == alias
    executions = [world.start(alias, name=f"e{number}") for number in range(200)]
    ends = [await world.end(execution) for execution in executions]
    shares = Counter(end["stateMachineVersionArn"] for end in ends)
    # Six standard deviations around 50.
    assert 13 <= shares[first] <= 87
    assert {end["stateMachineAliasArn"] for end in ends} == {alias}
    assert len(world.ask("ListExecutions", stateMachineArn=alias, maxResults=1000)["executions"]) == 200
    world.ask("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=route((first, 100)))
    assert (await world.end(world.start(alias, name="last")))["output"] == "1"
    described = world.ask("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == route((first, 100))


async def test_version_with_an_alias_cannot_be_deleted(world: World) -> None:
    world.create(chain(A=KEEP))
    first, second = publish(world, 1), publish(world, 2)
    for name, version in (("live", first), ("next", first), ("other", second)):
        world.ask("CreateStateMachineAlias", name=name, routingConfiguration=route((version, 100)))
    assert world.refusal("DeleteStateMachineVersion", stateMachineVersionArn=first) == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. "
        "Current list of aliases referencing this version: [live, next]",
    )
    listed = world.ask("ListStateMachineAliases", stateMachineArn=first)["stateMachineAliases"]
    assert [entry["stateMachineAliasArn"] for entry in listed] == [f"{MACHINE}:live", f"{MACHINE}:next"]
    assert len(world.ask("ListStateMachineAliases", stateMachineArn=MACHINE)["stateMachineAliases"]) == 3
    for name in ("live", "next"):
        world.ask("DeleteStateMachineAlias", stateMachineAliasArn=f"{MACHINE}:{name}")
    world.ask("DeleteStateMachineVersion", stateMachineVersionArn=first)
    gone = world.refusal("DescribeStateMachineAlias", stateMachineAliasArn=f"{MACHINE}:live")
    assert gone[0] == "ResourceNotFound"


async def test_invalid_alias_is_refused(world: World) -> None:
    world.create(chain(A=KEEP))
    first, second = publish(world, 1), publish(world, 2)
    for name, routes, code in (
        ("live", route((first, 50), (second, 49)), "ValidationException"),
        ("live", route((first, 50), (first, 50)), "ValidationException"),
        ("live", route((f"{MACHINE}:9", 100)), "ResourceNotFound"),
        ("live", [], "ValidationException"),
        ("12", route((first, 100)), "ValidationException"),
        ("a b", route((first, 100)), "ValidationException"),
    ):
        refused = world.refusal("CreateStateMachineAlias", name=name, routingConfiguration=routes)
        assert refused[0] == code, (name, routes)
    world.ask("CreateStateMachineAlias", name="live", routingConfiguration=route((first, 100)))
    other = world.refusal("CreateStateMachineAlias", name="live", routingConfiguration=route((second, 100)))
    assert other[0] == "ConflictException"


async def test_alias_of_another_machine_is_refused(world: World) -> None:
    world.create(chain(A=KEEP))
    first = publish(world, 1)
    alias = world.ask("CreateStateMachineAlias", name="live", routingConfiguration=route((first, 100)))
    other = world.create(chain(A=KEEP), name="other")
    version = world.ask("PublishStateMachineVersion", stateMachineArn=other)["stateMachineVersionArn"]
    arn = alias["stateMachineAliasArn"]
    change: Json = {"stateMachineAliasArn": arn, "routingConfiguration": route((version, 100))}
    assert world.refusal("UpdateStateMachineAlias", **change)[0] == "ValidationException"
    described = world.ask("DescribeStateMachineAlias", stateMachineAliasArn=arn)
    assert described["routingConfiguration"] == route((first, 100))


# Tags and activities.


async def test_tags_are_added_removed_and_listed(world: World) -> None:
    machine = world.create(chain(A=KEEP), tags=[{"key": "team", "value": "shop"}])
    activity = world.ask("CreateActivity", name="pack", tags=[{"key": "a", "value": "1"}])["activityArn"]
    world.ask("TagResource", resourceArn=machine, tags=[{"key": "cost", "value": "7"}])
    world.ask("UntagResource", resourceArn=machine, tagKeys=["team", "absent"])
    assert world.ask("ListTagsForResource", resourceArn=machine) == {"tags": [{"key": "cost", "value": "7"}]}
    assert world.ask("ListTagsForResource", resourceArn=activity)["tags"] == [{"key": "a", "value": "1"}]
    many = [{"key": f"k{number}", "value": ""} for number in range(50)]
    assert world.refusal("TagResource", resourceArn=machine, tags=many)[0] == "TooManyTags"
    absent = f"{BASE}:stateMachine:absent"
    assert world.refusal("ListTagsForResource", resourceArn=absent)[0] == "ResourceNotFound"
    assert world.refusal("ListTagsForResource", resourceArn="nonsense")[0] == "InvalidArn"


async def test_activities_are_created_described_listed_and_deleted(world: World) -> None:
    first = world.ask("CreateActivity", name="pack")
    assert world.ask("CreateActivity", name="pack") == first
    arn = first["activityArn"]
    assert arn == f"{BASE}:activity:pack"
    described = world.ask("DescribeActivity", activityArn=arn)
    assert (described["name"], described["creationDate"]) == ("pack", first["creationDate"])
    assert [entry["name"] for entry in world.ask("ListActivities")["activities"]] == ["pack"]
    for _ in range(2):
        assert world.ask("DeleteActivity", activityArn=arn) == {}
    refused = ("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    assert world.refusal("DescribeActivity", activityArn=arn) == refused
    assert world.refusal("CreateActivity", name="a b")[0] == "InvalidName"


async def test_definition_is_validated_without_a_machine(world: World) -> None:
    answer = world.ask("ValidateStateMachineDefinition", definition=DEFINITION)
    assert answer == {"result": "OK", "diagnostics": [], "truncated": False}
    broken = json.dumps({"StartAt": "B", "States": {"A": {"Type": "Pass"}}})
    answer = world.ask("ValidateStateMachineDefinition", definition=broken, maxResults=1)
    assert (answer["result"], len(answer["diagnostics"]), answer["truncated"]) == ("FAIL", 1, True)
