"""Nested stacks, by CloudFormation's own calls: what comes, changes, fails and goes with the stack above."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.engine.restarts import Scenario
from tests.engine.world import Deployed, World, wait_until

Template = dict[str, Any]
QUEUE = "AWS::SQS::Queue"
STACK = "AWS::CloudFormation::Stack"
# What AWS and the engine refuse once the others are there.
BAD: Template = {
    "Type": "AWS::AppSync::DataSource",
    "Properties": {"ApiId": "no", "Name": "x", "Type": "NONE"},
}


def queue(name: str, **properties: Any) -> Template:
    return {"Type": QUEUE, "Properties": {"QueueName": name, **properties}}


def table(name: str) -> Template:
    key = [{"AttributeName": "k", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "k", "AttributeType": "S"}]
    properties = {"TableName": name, "KeySchema": key, "AttributeDefinitions": attributes}
    return {"Type": "AWS::DynamoDB::Table", "Properties": {**properties, "BillingMode": "PAY_PER_REQUEST"}}


def nested(world: World, template: Template, parameters: Template | None = None, **more: Any) -> Template:
    """Upload a template; return the resource that nests it."""
    address = world.put(f"{world.name('child')}.json", json.dumps(template).encode())
    url = f"{world.endpoint}/{address.removeprefix('s3://')}"
    return {"Type": STACK, "Properties": {"TemplateURL": url, "Parameters": parameters or {}}, **more}


def names(world: World, prefix: str) -> set[str]:
    urls = world.client("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    return {url.rpartition("/")[2] for url in urls}


def child(world: World, parent: Deployed, logical_id: str = "Child") -> Template:
    stack_id = parent.physical_ids()[logical_id]
    stack: Template = world.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]
    return stack


def check_nested(world: World) -> None:
    """An update of a nested stack keeps what it leaves alone, and the outputs that read it."""
    name = world.name("steady")
    template = {
        "Parameters": {"Seconds": {"Type": "String", "Default": "30"}},
        "Resources": {
            "Steady": queue(name),
            "Changed": queue(f"{name}-changed", VisibilityTimeout={"Ref": "Seconds"}),
        },
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["Steady", "Arn"]}},
            "Stack": {"Value": {"Ref": "AWS::StackName"}},
            "Id": {"Value": {"Ref": "AWS::StackId"}},
        },
    }
    outputs: Template = {
        name: {"Fn::GetAtt": ["Child", f"Outputs.{name}"]} for name in ("Arn", "Stack", "Id")
    }
    outputs["Text"] = {"Fn::Sub": "at ${Child.Outputs.Arn}"}
    first = world.deploy({"Child": nested(world, template)}, outputs)
    assert first.status == "CREATE_COMPLETE", first.reasons()
    assert first.outputs["Text"] == f"at {first.outputs['Arn']}"
    assert first.outputs["Stack"].startswith(f"{first.name}-Child-")
    assert first.outputs["Id"] == first.physical_ids()["Child"]
    second = world.deploy({"Child": nested(world, template, {"Seconds": "7"})}, outputs, first.name)
    assert second.status == "UPDATE_COMPLETE", second.reasons()
    assert second.outputs == first.outputs
    below = child(world, second)
    assert below["StackStatus"] == "UPDATE_COMPLETE"
    [above] = world.client("cloudformation").describe_stacks(StackName=second.name)["Stacks"]
    assert (below["ParentId"], below["RootId"]) == (above["StackId"],) * 2 and "RootId" not in above
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{name}-changed")["QueueUrl"]
    read = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert read["Attributes"]["VisibilityTimeout"] == "7"


def test_nested_stack_update_keeps_unchanged_resources_and_outputs(world: World) -> None:
    check_nested(world)


def test_nested_update_adds_and_removes_resources(world: World) -> None:
    name = world.name("moves")
    parent = world.deploy({"Child": nested(world, {"Resources": {"Old": queue(f"{name}-old")}})})
    assert names(world, name) == {f"{name}-old"}
    parent = world.deploy(
        {"Child": nested(world, {"Resources": {"New": queue(f"{name}-new")}})}, stack=parent.name
    )
    assert (parent.status, names(world, name)) == ("UPDATE_COMPLETE", {f"{name}-new"})
    parent.delete()
    assert names(world, name) == set()


def test_failed_nested_creation_leaves_nothing(world: World) -> None:
    name = world.name("never")
    inner = {"Resources": {"Queue": queue(f"{name}-inner"), "Bad": BAD | {"DependsOn": "Queue"}}}
    parent = world.deploy({"Queue": queue(name), "Child": nested(world, inner, DependsOn="Queue")})
    assert parent.status == "ROLLBACK_COMPLETE"
    assert names(world, name) == set()
    assert "was not successfully created: The following resource(s) failed to create: [Bad]." in str(
        parent.reasons()
    )


def test_failed_nested_update_changes_nothing(world: World) -> None:
    name = world.name("stays")
    template = {"Resources": {"Queue": queue(name)}, "Outputs": {"Name": {"Value": "before"}}}
    parent = world.deploy({"Child": nested(world, template)})
    worse = {"Resources": {"Other": queue(f"{name}-other"), "Bad": BAD | {"DependsOn": "Other"}}}
    failed = world.deploy({"Child": nested(world, worse)}, stack=parent.name)
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert names(world, name) == {name}
    stack = child(world, failed)
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == (
        "UPDATE_ROLLBACK_COMPLETE",
        "before",
    )
    again = world.deploy({"Child": nested(world, template, DependsOn=[])}, stack=parent.name)
    assert again.status == "UPDATE_COMPLETE", again.reasons()


def test_rollback_of_the_parent_restores_removed_nested_resources(world: World) -> None:
    """With what is in it: nothing below is deleted before the update above is through."""
    name = world.name("kept")
    deep = {"Resources": {"Table": table(name), "Queue": queue(name)}}
    mid = {"Resources": {"Deep": nested(world, deep)}}
    parent = world.deploy({"Child": nested(world, mid)})
    assert parent.status == "CREATE_COMPLETE", parent.reasons()
    dynamodb = world.client("dynamodb")
    dynamodb.put_item(TableName=name, Item={"k": {"S": "precious"}})
    without = {"Resources": {"Deep": nested(world, {"Resources": {"Added": queue(f"{name}-added")}})}}
    failed = world.deploy(
        {"Child": nested(world, without), "Bad": BAD | {"DependsOn": "Child"}}, stack=parent.name
    )
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert dynamodb.scan(TableName=name)["Items"] == [{"k": {"S": "precious"}}]
    assert names(world, name) == {name}
    assert child(world, failed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    through = world.deploy({"Child": nested(world, without)}, stack=parent.name)
    assert through.status == "UPDATE_COMPLETE", through.reasons()
    assert names(world, name) == {f"{name}-added"}
    assert name not in dynamodb.list_tables()["TableNames"]


def test_rollback_of_the_parent_restores_replaced_nested_resources(world: World) -> None:
    name, sqs = world.name("replaced"), world.client("sqs")
    old, new = ({"Resources": {"Queue": queue(f"{name}-{which}")}} for which in ("old", "new"))
    parent = world.deploy({"Child": nested(world, old)})
    url = sqs.get_queue_url(QueueName=f"{name}-old")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="precious")
    failed = world.deploy(
        {"Child": nested(world, new), "Bad": BAD | {"DependsOn": "Child"}}, stack=parent.name
    )
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert names(world, name) == {f"{name}-old"}
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "precious"
    through = world.deploy({"Child": nested(world, new)}, stack=parent.name)
    assert (through.status, names(world, name)) == ("UPDATE_COMPLETE", {f"{name}-new"})


def test_condition_removes_and_restores_a_nested_stack(world: World) -> None:
    cloudformation, name, stack = world.client("cloudformation"), world.name("if"), world.name("stack")
    template = {
        "Parameters": {"On": {"Type": "String"}},
        "Conditions": {"Wanted": {"Fn::Equals": [{"Ref": "On"}, "true"]}},
        "Resources": {
            "First": queue(f"{name}-first"),
            "Child": nested(
                world, {"Resources": {"Queue": queue(name)}}, Condition="Wanted", DependsOn="First"
            ),
        },
    }
    for number, (on, expected) in enumerate((("true", True), ("false", False), ("true", True))):
        call = cloudformation.update_stack if number else cloudformation.create_stack
        call(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "On", "ParameterValue": on}],
        )
        kind = "update" if number else "create"
        waiter = cloudformation.get_waiter(f"stack_{kind}_complete")
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 1})
        assert (name in names(world, name)) == expected


def test_nested_stack_leaves_a_retained_resource(world: World) -> None:
    name = world.name("retained")
    inner = {"Resources": {"Kept": queue(name, **{}) | {"DeletionPolicy": "Retain"}}}
    parent = world.deploy({"Child": nested(world, inner)})
    parent.delete()
    assert names(world, name) == {name}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"Odd": "1", "Needed": "1"}, "Parameters: [Odd] do not exist in the template"),
        ({}, "Needed"),
        ({"Needed": ["a"]}, "must be an object with String"),
    ],
)
def test_mismatching_nested_parameters_are_refused(world: World, parameters: Template, reason: str) -> None:
    inner = {
        "Parameters": {"Needed": {"Type": "String"}},
        "Resources": {"Queue": queue(world.name("refused"))},
    }
    parent = world.deploy({"Child": nested(world, inner, parameters)})
    assert parent.status == "ROLLBACK_COMPLETE"
    assert reason in str(parent.reasons())


def nested_stacks_that_are_updated_and_deleted_later() -> Scenario:
    """One that is whole, and one whose creation a kill cuts off below: for the tests of kills."""
    over = threading.Event()
    try:
        yield from _updated_and_deleted_later(over)
    finally:
        over.set()  # at its end, this process waits for the functions'


def _updated_and_deleted_later(over: threading.Event) -> Scenario:
    world = yield
    outputs = {"Url": {"Fn::GetAtt": ["Child", "Outputs.Url"]}}
    urls = {"Url": {"Value": {"Ref": "Queue"}}}
    whole = {"Resources": {"Queue": queue("whole-nested"), "Old": queue("old-nested")}, "Outputs": urls}
    parent = world.deploy({"Child": nested(world, whole)}, outputs)
    function = world.function(lambda event: over.wait(600))
    arn = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    waiting = {"Type": "Custom::W", "DependsOn": "Queue", "Properties": {"ServiceToken": arn}}
    cut = {"Resources": {"Queue": queue("cut-nested"), "Waiting": waiting}}
    cloudformation = world.client("cloudformation")
    template = {"Resources": {"First": queue("first-nested"), "Child": nested(world, cut, DependsOn="First")}}
    cloudformation.create_stack(StackName="cut", TemplateBody=json.dumps(template))
    wait_until(lambda: names(world, "cut-nested"))
    # Another stack's beginning writes what there is of this one.
    world.deploy({"Other": queue("other-nested")})
    world = yield
    changed = {"Resources": {"Queue": queue("whole-nested", VisibilityTimeout="9")}, "Outputs": urls}
    updated = world.deploy({"Child": nested(world, changed)}, outputs, parent.name)
    assert (updated.status, updated.outputs) == ("UPDATE_COMPLETE", parent.outputs), updated.reasons()
    assert names(world, "old-nested") == set()
    again = {"Resources": {"Queue": queue("cut-nested")}}
    done = world.deploy({"First": queue("first-nested"), "Child": nested(world, again)}, stack="cut")
    assert done.status == "UPDATE_COMPLETE", done.reasons()
    assert names(world, "cut-nested") == {"cut-nested"}
    for stack in (updated, done):
        stack.delete()
    assert not names(world, "whole-nested") | names(world, "cut-nested")
