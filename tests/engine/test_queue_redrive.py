"""SQS: a dead-letter queue says whose dead letters it takes."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_queue_groups import FIFO
from tests.engine.test_queue_receipts import error
from tests.engine.test_queues import queue
from tests.engine.world import World


def redrive(arn: str) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})


def check_redrive_allow(world: World) -> None:
    url, arn = queue(world)
    closed, closed_arn = queue(world, RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    sqs = world.client("sqs")
    with pytest.raises(ClientError) as raised:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive(closed_arn)})
    assert error(raised)[0] == "InvalidParameterValue"
    policy = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
    sqs.set_queue_attributes(QueueUrl=closed, Attributes={"RedriveAllowPolicy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive(closed_arn)})
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queue(world, RedrivePolicy=redrive(closed_arn))


def test_redrive_allow_policy_is_enforced(world: World) -> None:
    check_redrive_allow(world)


@pytest.mark.parametrize(
    "policy",
    [
        "no JSON",
        "[]",
        '{"redrivePermission": "some"}',
        '{"redrivePermission": "byQueue"}',
        '{"redrivePermission": "byQueue", "sourceQueueArns": []}',
        '{"redrivePermission": "denyAll", "sourceQueueArns": ["a"]}',
    ],
)
def test_malformed_redrive_policy_is_refused(world: World, policy: str) -> None:
    with pytest.raises(ClientError, match="RedriveAllowPolicy"):
        queue(world, RedriveAllowPolicy=policy)


def test_fifo_queue_refuses_a_standard_dead_letter_queue(world: World) -> None:
    _, arn = queue(world)
    with pytest.raises(ClientError, match="RedrivePolicy"):
        queue(world, RedrivePolicy=redrive(arn), **FIFO)


def test_template_is_refused_like_the_api(world: World) -> None:
    _, arn = queue(world, RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    properties = {"RedrivePolicy": {"deadLetterTargetArn": arn, "maxReceiveCount": 3}}
    stack = world.deploy({"Work": {"Type": "AWS::SQS::Queue", "Properties": properties}})
    assert any("does not allow this source queue" in reason for reason in stack.reasons())
