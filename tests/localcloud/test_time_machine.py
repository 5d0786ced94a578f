"""The example of the time machine, and the time machine at the keyboard."""

from __future__ import annotations

import json
import runpy
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, cast

import pytest

from localcloud.clock_command import clock_command
from tests.localcloud.running import ROOT, Running, running, wait_for

EXAMPLE = ROOT / "examples" / "approval"
STATES = {"Wait": {"Type": "Wait", "Seconds": 7200, "End": True}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("approval"), EXAMPLE / "template.yaml") as cloud:
        yield cloud


@pytest.fixture
def environment(cloud: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the local cloud gives to the command of --run."""
    for name, value in cast("dict[str, str]", cloud.ready["environment"]).items():
        monkeypatch.setenv(name, value)


def example(name: str) -> Any:
    return runpy.run_path(str(EXAMPLE / "test_approval.py"))[name]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("kind", ["durable_function", "state_machine"])
def test_approval_of_24_hours_expires_in_seconds(kind: str) -> None:
    began = time.monotonic()
    example(f"test_{kind}_expires_after_24_hours")()
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("environment")
def test_wait_of_two_hours_passes_by_a_factor(cloud: Running) -> None:
    states = cloud.session().client("stepfunctions", endpoint_url=cloud.engine)
    machine = states.create_state_machine(
        name="waits", roleArn="arn:aws:iam::000000000000:role/r",
        definition=json.dumps({"StartAt": "Wait", "States": STATES}),
    )["stateMachineArn"]  # fmt: skip
    arn = states.start_execution(stateMachineArn=machine)["executionArn"]
    assert clock_command(["factor", "10000"]) == 0
    wait_for(lambda: states.describe_execution(executionArn=arn)["status"] == "SUCCEEDED")
    assert clock_command(["factor", "1"]) == 0
    execution = states.describe_execution(executionArn=arn)
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() >= 7200


def test_command_shows_the_clock_and_what_it_refuses(
    cloud: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = str(cloud.printed.with_name("ready.json"))
    assert clock_command(["--ready-file", ready]) == 0
    assert capsys.readouterr().out.startswith("now     2")
    assert clock_command(["jump", "next", "--ready-file", ready]) == 1
    assert "nothing waits" in capsys.readouterr().err
    for words in (["jump", "P1M"], ["jump"], ["factor", "x"], ["show", "1"], ["factor", "0"]):
        with pytest.raises(SystemExit):
            clock_command([*words, "--ready-file", ready])
    request = urllib.request.Request(f"{cloud.engine}/_localcloud/clock", b"{", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value:
        assert refused.value.code == 400
