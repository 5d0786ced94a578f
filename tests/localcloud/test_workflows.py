"""Step Functions of any template, as a user's own shell reaches them with a stock SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from localcloud.command_line.durable import durable_command
from tests.forked import run
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


def test_stock_sdk_reaches_operations_with_a_host_prefix(cloud: Running) -> None:
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


def test_start_prints_the_shell_variables_of_these_operations(cloud: Running) -> None:
    assert "AWS_DISABLE_HOST_PREFIX_INJECTION=true" in cloud.printed.read_text()


def test_template_alias_runs_its_version_with_an_activity(cloud: Running) -> None:
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


def test_logging_machine_writes_its_events_to_its_group(cloud: Running) -> None:
    states, logs = client(cloud, "stepfunctions"), client(cloud, "logs")
    arn = states.start_execution(stateMachineArn=cloud.outputs["Live"])["executionArn"]
    states.stop_execution(executionArn=arn, error="Changed", cause="of mind")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/workflows")
    records = [json.loads(event["message"]) for page in pages for event in page["events"]]
    kinds = [record["type"] for record in records if record["execution_arn"] == arn]
    assert kinds == ["ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ExecutionAborted"]


def test_step_functions_template_passes_the_check(tmp_path: Path) -> None:
    done = run("localcloud", "check", str(TEMPLATE), "--strict")
    assert (done.returncode, done.stdout) == (0, "nothing found\n"), done.stdout


def test_durable_function_of_a_template_waits_and_returns_its_result(cloud: Running) -> None:
    functions = client(cloud, "lambda")
    arguments = {"FunctionName": cloud.outputs["DurableVersion"], "DurableExecutionName": "once"}
    answer = functions.invoke(**arguments, Payload=b'{"n": 1}')
    assert json.loads(answer["Payload"].read()) == "stepped"
    arn = answer["DurableExecutionArn"]
    assert ":function:durable:1/durable-execution/once/" in arn
    history = functions.get_durable_execution_history(DurableExecutionArn=arn, IncludeExecutionData=True)
    assert [event["EventType"] for event in history["Events"]] == [
        *("ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "InvocationCompleted"),
        *("WaitSucceeded", "InvocationCompleted", "ExecutionSucceeded"),
    ]
    joined = functions.invoke(**arguments, Payload=b'{"n": 1}', InvocationType="Event")
    assert joined["DurableExecutionArn"] == arn
    with pytest.raises(ClientError, match="DurableExecutionAlreadyStartedException"):
        functions.invoke(**arguments, Payload=b'{"n": 2}')
    with pytest.raises(ClientError, match="unqualified ARN"):
        functions.invoke(FunctionName="durable", Payload=b"{}")
    assert functions.get_durable_execution(DurableExecutionArn=arn)["Version"] == "1"


def test_command_shows_and_controls_durable_executions(
    cloud: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = client(cloud, "lambda")
    arn = functions.invoke(FunctionName="durable", Qualifier="$LATEST", InvocationType="Event", Payload=b"{}")
    arn = arn["DurableExecutionArn"]

    ready = str(cloud.printed.with_name("ready.json"))

    def run(*words: str) -> str:
        assert durable_command([*words, "--ready-file", ready]) == 0
        return capsys.readouterr().out

    assert arn in run("list", "durable")
    wait_for(lambda: functions.get_durable_execution(DurableExecutionArn=arn)["Status"] == "SUCCEEDED")
    assert "SUCCEEDED" in run("show", arn)
    assert [line.split()[2] for line in run("history", arn).splitlines()][:2] == [
        "ExecutionStarted",
        "StepStarted",
    ]
    assert run("stop", arn) == "it had ended: SUCCEEDED\n"
    read, write = os.pipe()
    os.close(read)  # as head does when it has read enough
    with os.fdopen(write, "w", buffering=1) as closed, redirect_stdout(closed):
        assert durable_command(["list", "--ready-file", ready]) == 0
    assert capsys.readouterr().err == ""
    assert durable_command(["show", f"{arn}x", "--ready-file", ready]) == 1
    assert "ResourceNotFoundException" in capsys.readouterr().err
