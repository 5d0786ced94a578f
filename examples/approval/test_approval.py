"""Two approvals without an answer for 24 hours, tested in a second.

Run it in a local cloud, which says by environment variables where it is:

    python -m localcloud examples/approval/template.yaml --exit \
        --run "python -m pytest examples/approval -q"
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3


def put_clock(**change: object) -> dict[str, Any]:
    """Move the clock; return it when everything that was due has happened."""
    request = urllib.request.Request(
        f"{os.environ['AWS_ENDPOINT_URL']}/_localcloud/clock", json.dumps(change).encode(), method="PUT"
    )
    with urllib.request.urlopen(request) as answer:
        clock: dict[str, Any] = json.load(answer)
    return clock


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what has only just been started."""
    last = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.02)


def outputs() -> dict[str, str]:
    """Return the outputs of the stack."""
    stack = os.environ.get("LOCALCLOUD_STACK", "local")
    [described] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def test_durable_function_expires_after_24_hours() -> None:
    functions = boto3.client("lambda")
    started = functions.invoke(FunctionName=outputs()["Approval"], InvocationType="Event", Payload=b"{}")
    arn = started["DurableExecutionArn"]

    def history() -> list[str]:
        answer = functions.get_durable_execution_history(DurableExecutionArn=arn)
        return [event["EventType"] for event in answer["Events"]]

    wait_until(lambda: "CallbackStarted" in history())
    put_clock(jump="PT23H59M")
    assert functions.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"

    put_clock(jump="PT1M")
    execution = functions.get_durable_execution(DurableExecutionArn=arn)
    assert (execution["Status"], execution["Result"]) == ("SUCCEEDED", '"expired"')
    assert "CallbackTimedOut" in history()


def test_state_machine_expires_after_24_hours() -> None:
    states, queue = boto3.client("stepfunctions"), outputs()["Requests"]
    arn = states.start_execution(stateMachineArn=outputs()["Workflow"])["executionArn"]
    boto3.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    put_clock(jump="PT23H59M")
    assert states.describe_execution(executionArn=arn)["status"] == "RUNNING"

    put_clock(jump="next")
    execution = states.describe_execution(executionArn=arn)
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", '"expired"')
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() >= 86_400
