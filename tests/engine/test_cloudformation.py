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
def test_an_unknown_type_makes_nothing(world: World, transform: str | None) -> None:
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


def test_a_failed_resource_takes_the_others_back(world: World) -> None:
    bad = {
        "Type": "AWS::AppSync::DataSource",
        "Properties": {"ApiId": "nothing", "Name": "x", "Type": "NONE"},
    }
    stack = world.deploy({"Queue": QUEUE, "Bad": bad | {"DependsOn": "Queue"}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert never_made(world)
