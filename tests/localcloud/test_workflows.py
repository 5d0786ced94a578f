"""Step Functions of any template, as a user's own shell reaches them with a stock SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for

TEMPLATE = ROOT / "tests" / "localcloud" / "workflows" / "template.yaml"
# A program that knows nothing of the local cloud.
PROGRAM = """
import json, sys, boto3
states = boto3.client("stepfunctions")
answer = states.start_sync_execution(stateMachineArn=sys.argv[1], input='{"n": 1}')
tested = states.test_state(definition=json.dumps({"Type": "Pass", "Result": 2, "End": True}))
print(json.dumps([answer["output"], tested["output"]]))
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("workflows"), TEMPLATE) as cloud:
        yield cloud


def client(cloud: Running, service: str) -> Any:
    return cloud.session().client(service, endpoint_url=cloud.engine)  # type: ignore[call-overload]


def test_a_stock_sdk_reaches_both_operations_of_another_host(cloud: Running) -> None:
    environment = cast("dict[str, str]", cloud.ready["environment"])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, cloud.outputs["Quick"]],
        env={**environment, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ['{"n": 1}', "2"]


def test_the_start_shows_what_a_shell_needs_for_them(cloud: Running) -> None:
    assert "AWS_DISABLE_HOST_PREFIX_INJECTION=true" in cloud.printed.read_text()


def test_an_alias_of_a_template_runs_its_version_with_an_activity(cloud: Running) -> None:
    states = client(cloud, "stepfunctions")
    arn = states.start_execution(stateMachineArn=cloud.outputs["Live"], input='{"n": 1}')["executionArn"]
    task = states.get_activity_task(activityArn=cloud.outputs["Packing"], workerName="ada")
    assert json.loads(task["input"]) == {"n": 1}
    states.send_task_success(taskToken=task["taskToken"], output='"packed"')
    wait_for(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
    described = states.describe_execution(executionArn=arn)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '"packed"')
    assert described["stateMachineAliasArn"] == cloud.outputs["Live"]
    assert described["stateMachineVersionArn"].endswith(":1")


def test_a_machine_that_logs_writes_its_events_to_its_group(cloud: Running) -> None:
    states, logs = client(cloud, "stepfunctions"), client(cloud, "logs")
    arn = states.start_execution(stateMachineArn=cloud.outputs["Live"])["executionArn"]
    states.stop_execution(executionArn=arn, error="Changed", cause="of mind")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/workflows")
    records = [json.loads(event["message"]) for page in pages for event in page["events"]]
    kinds = [record["type"] for record in records if record["execution_arn"] == arn]
    assert kinds == ["ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ExecutionAborted"]


def test_a_template_of_step_functions_passes_the_check(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", "check", str(TEMPLATE), "--strict"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "nothing found\n"), done.stdout
