"""The application's own requests, and the samples that break a rule, on AWS's DynamoDB for one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.aws_rules.conftest import Recorded
from tests.aws_rules.npm import installed, needs
from tests.aws_rules.samples import SAMPLES
from tests.aws_rules.tables import declared

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "dynamodb_local"
ROOT = Path(__file__).resolve().parents[2]
# Where DynamoDB Local is laxer than AWS: the rule is AWS's all the same.
LAXER = ["operators", "number", "return-values"]


def _namespace() -> list[str]:
    """Return the command that runs another in a network namespace of its own; skip where none can."""
    needs("unshare")
    command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespace can be made here, and DynamoDB Local listens on all interfaces")
    return command


def _replay(requests: list[tuple[str, Any]]) -> dict[str, Any]:
    if os.environ.get("DYNAMODB_LOCAL") == "off":
        pytest.skip("DYNAMODB_LOCAL=off")
    needs("java")
    namespace = _namespace()
    jar = installed(FOLDER) / "amplify-dynamodb-simulator" / "emulator" / "DynamoDBLocal.jar"
    job = {
        "jar": str(jar),
        "tables": [{"TableName": name, **arguments} for name, arguments in declared().items()],
        "requests": requests,
    }
    done = subprocess.run(
        [*namespace, sys.executable, "-m", "tests.aws_rules.dynamodb_local.replay"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_dynamodb_local_answers_like_the_engine(recorded: Recorded) -> None:
    answer = _replay([(call.request.operation, call.request.parameters) for call in recorded.calls])
    expected = [call.outcome for call in recorded.calls]
    different = [
        (call.request.origin, call.request.operation, call.outcome, outcome, message)
        for call, outcome, message in zip(recorded.calls, answer["outcomes"], answer["messages"], strict=True)
        if outcome != call.outcome
    ]
    assert different == []
    assert len(expected) > 40
    client = recorded.engine.dynamodb()
    for table, items in answer["items"].items():
        ours: list[Any] = client.scan(TableName=table)["Items"]
        assert _sorted(items) == _sorted(ours)


def _sorted(items: list[Any]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_dynamodb_local_refuses_broken_rules() -> None:
    answer = _replay([(sample.operation, sample.parameters) for _, sample in SAMPLES])
    let_through = [
        rule for (rule, _), outcome in zip(SAMPLES, answer["outcomes"], strict=True) if outcome == "OK"
    ]
    assert let_through == LAXER
    assert set(answer["outcomes"]) <= {"OK", "ValidationException", "SerializationException"}
