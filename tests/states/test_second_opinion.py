"""moto's interpreter ends each machine as ours does, but for differences whose reasons are here."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws_rules.npm import installed, needs
from tests.states.samples.builders import Machine
from tests.states.samples.endings import Ending, ours
from tests.states.samples.jsonata import JSONATA
from tests.states.samples.jsonpath import JSONPATH
from tests.states.world import REGION, ROLE

REFERENCE = Path(__file__).parent / "reference_jsonata"

# Of moto 5.2.5, with what AWS's guide says.
_PATHS = "its paths come from jsonpath-ng, AWS's from Jayway's JsonPath"
DIFFERENCES = {
    "path-index": f"a negative index gives an array: {_PATHS}, to which it is an index as any other",
    "path-filter-of-none": f"no items are an error: {_PATHS}, whose filters give an array",
    "path-length": f"no functions: {_PATHS}, which has length()",
    "array": "it skips a null among an intrinsic's arguments; the States Language has it as an argument",
    "array-range-down": "it refuses a negative step; the guide refuses none but 0",
    "base64": "it encodes é as the letters u00e9, which no decoder turns back",
    "choice-timestamp": "it knows no offset but Z; the guide refers to RFC 3339, which has offsets",
    "choice-absent": "an absent Variable is false to it; to AWS it is an invalid path, hence IsPresent",
    "choice-none": "it has States.Runtime for it; the guide has States.NoChoiceMatched",
    "map-not-array": "it has the error that test_map_state_items_input_types has of JSONata alone",
}
_ERROR = (
    "any error of an expression ends the execution with States.Runtime; "
    "the guide to JSONata has States.QueryEvaluationError"
)
JSONATA_DIFFERENCES = {
    "jsonata-error": _ERROR,
    "jsonata-raises": _ERROR,
    "jsonata-choice-not-boolean": _ERROR,
    "jsonata-catch-query": _ERROR,
    "jsonata-wait-not-number": _ERROR,
    "jsonata-choice-not": "a negative number of a definition has a fraction to it: -1.0",
    "jsonata-hash": "it says in the output that it does not have $hash, and succeeds",
    "jsonata-assign-then-output": "its Output has what its Assign gave; the guide: the next state has it",
}


class Moto:
    """moto's interpreter, in this process."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.machines = 0

    def __call__(self, machine: Machine) -> Ending:
        """Return how it ends a machine."""
        definition, data = machine
        self.machines += 1
        name, text = f"m-{self.machines}", json.dumps(definition)
        try:
            created = self.client.create_state_machine(name=name, definition=text, roleArn=ROLE)
        except self.client.exceptions.ClientError as refusal:
            return Ending("REFUSED", error=refusal.response["Error"]["Code"])
        started = self.client.start_execution(
            stateMachineArn=created["stateMachineArn"], name=name, input=json.dumps(data)
        )
        while True:
            answer = self.client.describe_execution(executionArn=started["executionArn"])
            if answer["status"] != "RUNNING":
                return Ending(answer["status"], self._output(answer.get("output")), answer.get("error"))
            time.sleep(0.01)

    @staticmethod
    def _output(output: str | None) -> Any:
        try:
            return None if output is None else json.loads(output)
        except ValueError:
            # It gives a text without its quotes.
            return output


class Reference:
    """JSONata as its authors wrote it, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], error: type[Exception]) -> None:
        self.process = process
        self.error = error
        self.lock = threading.Lock()

    def __call__(self, expression: str) -> Any:
        """Return the value of an expression; moto's threads call this at once."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        with self.lock:
            print(json.dumps(expression), file=stdin, flush=True)
            answer = json.loads(stdout.readline())
        if "error" in answer:
            raise self.error("JSONata", answer["error"])
        return answer.get("value")


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    mocking = pytest.importorskip("moto", reason="moto is not installed here")
    boto3 = pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # It logs each failed state, with all that is in it.
    monkeypatch.setattr(logging.getLogger("moto.stepfunctions"), "level", logging.CRITICAL + 1)
    with mocking.mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Moto(boto3.client("stepfunctions", region_name=REGION))


@pytest.fixture
def moto_with_jsonata(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    """moto's interpreter given a JSONata: moto 5.2.5 has the place for one, and nothing in it."""
    needs("node")
    installed(REFERENCE)
    from moto.stepfunctions.parser.asl.jsonata import jsonata

    command = ["node", "evaluate.mjs"]
    with subprocess.Popen(
        command, cwd=REFERENCE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        monkeypatch.setattr(jsonata, "_eval_jsonata", Reference(process, jsonata.JSONataException))
        yield moto
        assert process.stdin
        process.stdin.close()


def differing(machines: dict[str, Machine], second: Moto) -> dict[str, tuple[Ending, Ending]]:
    """Return the machines that do not end alike, with both endings."""
    endings = {name: (ours(machine), second(machine)) for name, machine in machines.items()}
    return {name: pair for name, pair in endings.items() if repr(pair[0]) != repr(pair[1])}


@pytest.mark.slow
def test_moto_ends_jsonpath_machines_alike_except_for_explained_differences(moto: Moto) -> None:
    assert differing(JSONPATH, moto).keys() == DIFFERENCES.keys()


@pytest.mark.slow
def test_moto_ends_jsonata_machines_alike_except_for_explained_differences(moto_with_jsonata: Moto) -> None:
    assert differing(JSONATA, moto_with_jsonata).keys() == JSONATA_DIFFERENCES.keys()
