"""Durable functions by AWS's own SDK in a local cloud: the time machine, and a case for each operation.

The whole of AWS's conformance suite runs outside CI (docs/durable.md).
"""

from __future__ import annotations

import io
import json
import runpy
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from localcloud.command_line.clock import clock_command
from tests.localcloud.running import ROOT, Running, running, wait_for

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import DurableConfigTypeDef

EXAMPLE = ROOT / "examples" / "approval"
CASES = ROOT / "tests" / "localcloud" / "durable"
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
    start = time.monotonic()
    example(f"test_{kind}_expires_after_24_hours")()
    assert time.monotonic() - start < 30


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


def zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    return packed.getvalue()


class Cases:
    """The function of tests/localcloud/durable/cases.py, its version and its alias."""

    def __init__(self, cloud: Running) -> None:
        self.client = cloud.session().client("lambda", endpoint_url=cloud.engine)
        self.create("cases", (CASES / "cases.py").read_text(), {"ExecutionTimeout": 900})

    def create(self, name: str, code: str, config: DurableConfigTypeDef) -> None:
        self.client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/r",
            Code={"ZipFile": zipped(code)},
            Timeout=60,
            DurableConfig=config,
        )
        version = self.client.publish_version(FunctionName=name)["Version"]
        self.client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def start(self, case: str, function: str = "cases:live") -> str:
        answer = self.client.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(case).encode()
        )
        return str(answer["DurableExecutionArn"])

    def history(self, arn: str) -> list[dict[str, Any]]:
        answer = self.client.get_durable_execution_history(DurableExecutionArn=arn)
        return [dict(event) for event in answer["Events"]]

    def events(self, arn: str) -> str:
        """Return the types of the events in a line, those of operations with their names."""
        names = [f"{event['EventType']} {event.get('Name', '')}".rstrip() for event in self.history(arn)]
        return ", ".join(names).replace("InvocationCompleted", "*")

    def ended(self, arn: str) -> Any:
        execution = self.client.get_durable_execution(DurableExecutionArn=arn)
        assert execution["Status"] == "SUCCEEDED", execution
        return json.loads(execution["Result"])


@pytest.fixture(scope="module")
def cases(cloud: Running) -> Cases:
    return Cases(cloud)


# By case: its result, and the events of its execution between the first and the last; * ends an invocation.
HISTORIES = {
    "step": (
        3,
        "StepStarted flaky, StepFailed flaky, *, StepStarted flaky, StepFailed flaky, *, "
        "StepStarted flaky, StepSucceeded flaky, *",
    ),
    "child": (
        "ValueError",
        "ContextStarted inside, StepStarted fail, StepFailed fail, WaitStarted rest, *, "
        "WaitSucceeded rest, ContextSucceeded inside, *",
    ),
    "mapped": (
        [1, 1, [2]],  # the first failure is enough by default: the third item never begins
        "ContextStarted numbers, ContextStarted map-item-0, StepStarted double 1, StepSucceeded double 1, "
        "ContextSucceeded map-item-0, ContextStarted map-item-1, ContextFailed map-item-1, "
        "ContextSucceeded numbers, *",
    ),
    "parallel": (
        ["a"],
        "ContextStarted race, ContextStarted first, StepStarted a, StepSucceeded a, "
        "ContextSucceeded first, ContextSucceeded race, *",
    ),
    "condition": (3, ", ".join(["StepStarted poll, StepSucceeded poll, *"] * 3)),
    "callback": (
        "not today",
        "ContextStarted ask, CallbackStarted ask create callback id, StepStarted ask submitter, "
        "StepSucceeded ask submitter, *, CallbackFailed ask create callback id, ContextFailed ask, *",
    ),
    "invoke": (["a"], "ChainedInvokeStarted other, *, ChainedInvokeSucceeded other, *"),
}


@pytest.mark.usefixtures("environment")
def test_each_operation_of_the_sdk_leaves_the_history_that_aws_does(cases: Cases) -> None:
    arns = {name: cases.start(name) for name in HISTORIES}
    for arn in arns.values():
        wait_for(lambda arn=arn: "*" in cases.events(arn))  # type: ignore[misc] # mypy takes no defaults here
    [event] = [event for event in cases.history(arns["callback"]) if event["EventType"] == "CallbackStarted"]
    key = event["CallbackStartedDetails"]["CallbackId"]
    cases.client.send_durable_execution_callback_failure(
        CallbackId=key, Error={"ErrorType": "Refused", "ErrorMessage": "not today"}
    )
    assert clock_command(["jump", "PT14M"]) == 0
    for name, (result, events) in HISTORIES.items():
        own = arns[name].split("/")[-2]
        whole = f"ExecutionStarted {own}, {events}, ExecutionSucceeded {own}"
        assert (cases.ended(arns[name]), cases.events(arns[name])) == (result, whole), name


WAITING = """
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration

@durable_execution
def handler(event, context):
    context.wait(Duration.from_minutes(5))
    return "first"
"""


@pytest.mark.usefixtures("environment")
def test_execution_keeps_the_version_and_configuration_of_its_start(cases: Cases) -> None:
    client = cases.client
    cases.create("waits", WAITING, {"ExecutionTimeout": 600, "RetentionPeriodInDays": 3})
    before = cases.start("go", "waits:live")
    wait_for(lambda: "*" in cases.events(before))
    client.update_function_code(FunctionName="waits", ZipFile=zipped(WAITING.replace("first", "second")))
    client.update_function_configuration(FunctionName="waits", DurableConfig={"ExecutionTimeout": 700})
    version = client.publish_version(FunctionName="waits")["Version"]
    client.update_alias(FunctionName="waits", Name="live", FunctionVersion=version)
    after = cases.start("go", "waits:live")
    wait_for(lambda: "*" in cases.events(after))
    assert clock_command(["jump", "PT6M"]) == 0
    assert (cases.ended(before), cases.ended(after)) == ("first", "second")
    described = [client.get_durable_execution(DurableExecutionArn=arn) for arn in (before, after)]
    assert [
        (execution["Version"], execution["DurableConfig"]["ExecutionTimeout"]) for execution in described
    ] == [
        ("1", 600),
        ("2", 700),
    ]
    listed = client.list_durable_executions_by_function(FunctionName="waits", Qualifier="1")
    assert [
        durable_execution["DurableExecutionArn"] for durable_execution in listed["DurableExecutions"]
    ] == [before]
