"""CloudFormation: what the engine does not know is refused, whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "never-made"}}


def never_made(world: World) -> bool:
    return not world.client("sqs").list_queues(QueueNamePrefix="never-made").get("QueueUrls")


@pytest.mark.parametrize("transform", [None, "AWS::Serverless-2016-10-31"])
def test_unknown_type_creates_nothing(world: World, transform: str | None) -> None:
    template: dict[str, Any] = {"Resources": {"Queue": QUEUE, "Odd": {"Type": "AWS::Odd::Thing"}}}
    if transform:
        template["Transform"] = transform
    with pytest.raises(ClientError) as refused:
        world.client("cloudformation").create_stack(
            StackName=world.name("stack"),
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"],
        )
    assert "AWS::Odd::Thing" in refused.value.response["Error"]["Message"]
    assert never_made(world)


def test_failed_resource_rolls_back_the_others(world: World) -> None:
    bad = {
        "Type": "AWS::AppSync::DataSource",
        "Properties": {"ApiId": "nothing", "Name": "x", "Type": "NONE"},
    }
    stack = world.deploy({"Queue": QUEUE, "Bad": bad | {"DependsOn": "Queue"}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert never_made(world)


def check_conditions(world: World) -> None:
    """A parameter alone turns conditions: what they add, choose and remove are changes."""
    cloudformation = world.client("cloudformation")
    stack, kept = world.name("stack"), world.name("kept")
    chosen = {"Fn::If": ["On", "5", "7"]}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": chosen}
    template = {
        "Parameters": {"Switch": {"Type": "String", "Default": "false"}},
        "Conditions": {"On": {"Fn::Equals": [{"Ref": "Switch"}, "true"]}},
        "Resources": {
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Kept": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": kept, "RedrivePolicy": redrive}},
            "Extra": {"Type": "AWS::SQS::Queue", "Condition": "On"},
        },
    }
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    for switch, action in (("true", "Add"), ("false", "Remove")):
        name = world.name("changes")
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Switch", "ParameterValue": switch}],
        )
        described = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        assert described["Status"] == "CREATE_COMPLETE"
        changes = [change["ResourceChange"] for change in described["Changes"]]
        assert {change["LogicalResourceId"]: change["Action"] for change in changes} == {
            "Extra": action,
            "Kept": "Modify",
        }
        cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
        cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        resources = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        assert ("Extra" in {each["LogicalResourceId"] for each in resources}) == (switch == "true")


def test_parameter_change_switches_conditional_resources(world: World) -> None:
    check_conditions(world)


def check_allowed_values(world: World) -> None:
    """Each item of a list is one of the allowed values, and no other text is."""
    cloudformation = world.client("cloudformation")
    colours = {"Type": "CommaDelimitedList", "Default": "red, blue", "AllowedValues": ["red", "blue"]}
    template = {"Parameters": {"Colours": colours}, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    stack = world.name("stack")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    with pytest.raises(ClientError, match="AllowedValues"):
        cloudformation.create_stack(
            StackName=world.name("stack"),
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "Colours", "ParameterValue": "red,green"}],
        )


def test_list_items_must_be_allowed_values(world: World) -> None:
    check_allowed_values(world)


def check_outputs(world: World) -> None:
    """Outputs alone may change, by the template and by a parameter; nothing at all may not."""
    cloudformation = world.client("cloudformation")
    stack = world.name("stack")
    template: dict[str, Any] = {
        "Parameters": {"Word": {"Type": "String", "Default": "a"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Old": {"Value": {"Fn::Sub": "${Word}"}}},
    }
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    more = {**template, "Outputs": {**template["Outputs"], "New": {"Value": "n"}}}
    for word, outputs in (("a", {"Old": "a", "New": "n"}), ("b", {"Old": "b", "New": "n"}), ("b", None)):
        name = world.name("changes")
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            TemplateBody=json.dumps(more),
            Parameters=[{"ParameterKey": "Word", "ParameterValue": word}],
        )
        described = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        assert described["Status"] == ("FAILED" if outputs is None else "CREATE_COMPLETE")
        if outputs is not None:
            cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
            cloudformation.get_waiter("stack_update_complete").wait(
                StackName=stack, WaiterConfig={"Delay": 1}
            )
            (described_stack,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
            assert {each["OutputKey"]: each["OutputValue"] for each in described_stack["Outputs"]} == outputs


def test_change_of_outputs_alone_is_an_update(world: World) -> None:
    check_outputs(world)


def check_published(world: World) -> None:
    """What AWS publishes can be named, by who says so; nobody else writes below /aws/."""
    ssm = world.client("ssm")
    name = f"/aws/service/images/{world.name('image')}"
    with pytest.raises(ClientError, match="reserved parameter name"):
        ssm.put_parameter(Name=name, Value="ami-1", Type="String")
    ssm.put_parameter(Name=name, Value="ami-1", Type="String", Description="published by AWS")
    image = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": name}
    stack = world.name("stack")
    cloudformation = world.client("cloudformation")
    template = {
        "Parameters": {"Image": image},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Image": {"Value": {"Ref": "Image"}}},
    }
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    assert described["Outputs"][0]["OutputValue"] == "ami-1"


def test_parameters_published_by_aws_resolve_and_their_names_are_reserved(world: World) -> None:
    check_published(world)


def check_secrets(world: World) -> None:
    secrets = world.client("secretsmanager")
    name = world.name("secret")

    def resources(text: str, description: str) -> dict[str, Any]:
        secret = {"Name": name, "SecretString": json.dumps({"word": text}), "Description": description}
        dynamic = {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:word}}"}
        return {
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": secret},
            "Read": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": dynamic}},
        }

    stack = world.deploy(resources("open", "first"), {"Ref": {"Ref": "Secret"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    arn = secrets.describe_secret(SecretId=name)["ARN"]
    assert stack.outputs["Ref"] == stack.physical_ids()["Secret"] == arn
    read = stack.physical_ids()["Read"]
    assert world.client("ssm").get_parameter(Name=read)["Parameter"]["Value"] == "open"

    stack = world.deploy(resources("shut", "second"), {"Ref": {"Ref": "Secret"}}, stack=stack.name)
    assert stack.status == "UPDATE_COMPLETE", stack.reasons()
    described = secrets.describe_secret(SecretId=name)
    assert (described["ARN"], described["Description"]) == (arn, "second")
    assert stack.outputs["Ref"] == arn
    stack.delete()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.describe_secret(SecretId=name)


def test_reference_to_a_secret_is_its_arn(world: World) -> None:
    check_secrets(world)
