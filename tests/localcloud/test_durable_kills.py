"""``kill -9`` of the local cloud, and of a function's process, under AWS's own SDK and real processes.

Each moment of a kill is tried, cheaply, in tests/functions/durable/test_kills.py.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.running import ROOT, Running, alive, descendants, running, wait_for
from tests.localcloud.test_data import free_ports

TEMPLATE = ROOT / "tests" / "localcloud" / "kills" / "template.yaml"


def clock(cloud: Running, **change: object) -> Any:
    body = json.dumps(change).encode() if change else None
    request = urllib.request.Request(
        f"{cloud.engine}/_localcloud/clock", body, method="PUT" if change else "GET"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Machines:
    """An execution of each state machine."""

    def __init__(self, cloud: Running) -> None:
        self._client = cloud.session().client("stepfunctions", endpoint_url=cloud.engine)

    def start(self) -> None:
        for name in ("day", "limit"):
            arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
            self._client.start_execution(stateMachineArn=arn, name="e")

    def statuses(self) -> list[str]:
        prefix = "arn:aws:states:us-east-1:000000000000:execution:"
        arns = [f"{prefix}{name}:e" for name in ("day", "limit")]
        return [self._client.describe_execution(executionArn=arn)["status"] for arn in arns]


class Executions:
    """The executions of the function."""

    def __init__(self, cloud: Running) -> None:
        self._client = cloud.session().client("lambda", endpoint_url=cloud.engine)

    def start(self, name: str) -> str:
        answer = self._client.invoke(
            FunctionName="work:live",
            DurableExecutionName=name,
            InvocationType="Event",
            Payload=json.dumps(name).encode(),
        )
        return str(answer["DurableExecutionArn"])

    def events(self, arn: str) -> list[str]:
        answer = self._client.get_durable_execution_history(DurableExecutionArn=arn)
        return [event["EventType"] for event in answer["Events"]]

    def outcome(self, arn: str) -> tuple[str, Any]:
        execution = self._client.get_durable_execution(DurableExecutionArn=arn)
        return execution["Status"], execution.get("Result")


@pytest.mark.slow
@pytest.mark.integration
def test_executions_continue_after_kill_9_and_pay_once(tmp_path: Path) -> None:
    options = ["--port", str(free_ports()), "--data", str(tmp_path / "data")]
    options += ["--parameter", f"Folder={tmp_path}"]
    with running(tmp_path, TEMPLATE, *options, own_engine=True) as cloud:
        executions = Executions(cloud)
        Machines(cloud).start()
        waits, crashes, works = (executions.start(name) for name in ("quick", "slow-1", "slow-2"))
        wait_for(lambda: "WaitStarted" in executions.events(waits))
        for name in ("slow-1", "slow-2"):
            wait_for((tmp_path / f"{name}.pid").exists)
        os.kill(int((tmp_path / "slow-1.pid").read_text()), signal.SIGKILL)
        wait_for(lambda: "WaitStarted" in executions.events(crashes))
        assert not clock(cloud, jump="PT23H")["settled"]  # a step is at work
        below = descendants(cloud.process.pid)
        cloud.process.kill()
        cloud.process.wait()
        wait_for(lambda: not any(map(alive, below)), what="the end of its children")
    (tmp_path / "ready.json").unlink()
    with running(tmp_path, TEMPLATE, *options, own_engine=True) as cloud:
        executions = Executions(cloud)
        assert clock(cloud)["ahead"] > 23 * 3600
        wait_for(lambda: "WaitStarted" in executions.events(works))
        assert Machines(cloud).statuses() == ["RUNNING", "RUNNING"]
        assert clock(cloud, jump="PT1H1M")["settled"]
        assert Machines(cloud).statuses() == ["SUCCEEDED", "RUNNING"]
        assert executions.outcome(waits) == ("SUCCEEDED", '"paid"')
        assert executions.outcome(crashes) == ("SUCCEEDED", '"interrupted"')
        assert executions.outcome(works) == ("RUNNING", None)
        assert clock(cloud, jump="next")["settled"]  # an hour later: a limit does not count the restart
        assert Machines(cloud).statuses() == ["SUCCEEDED", "TIMED_OUT"]
        assert clock(cloud, jump="next")["settled"]
        assert executions.outcome(works) == ("SUCCEEDED", '"interrupted"')
    paid = Counter((tmp_path / "paid").read_text().split())
    assert paid == {"quick": 1, "slow-1": 1, "slow-2": 1}
