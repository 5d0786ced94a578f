"""The evaluation, held against what ``@cloud-copilot/iam-simulate`` decides on the same requests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from localcloud.iam.conditions import holds
from localcloud.iam.documents import MalformedPolicy, PolicyCondition, read_policy
from tests.aws_rules.npm import installed, needs
from tests.iam.cases import CASES
from tests.iam.evaluating import verdict

ORACLE: Final = Path(__file__).parent / "oracle"
RECORDED: Final[dict[str, str]] = json.loads((ORACLE / "recorded.json").read_text())
# "If the condition key is not present, evaluate the condition element as true": AWS makes no exception for
# ForAnyValue, the oracle does.
OUR_OWN: Final = {
    "ForAnyValue:StringEqualsIfExists None",
    "ForAnyValue:StringNotEqualsIfExists None",
    "ForAnyValue:StringLikeIfExists None",
}


def test_every_case_is_decided_like_the_oracle() -> None:
    ours = {name: verdict(simulation) for name, simulation in CASES.items()}
    assert {name for name, decided in ours.items() if decided != RECORDED[name]} == OUR_OWN


@pytest.mark.slow
def test_recorded_decisions_are_those_of_the_oracle() -> None:
    needs("node")
    installed(ORACLE)
    done = subprocess.run(
        ["node", "simulate.mjs"],
        cwd=ORACLE,
        input=json.dumps(CASES),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout) == RECORDED


def test_value_of_a_variable_is_literal_text_in_a_pattern() -> None:
    condition = PolicyCondition("StringLike", "s3:prefix", ("home/${aws:username}/*",))
    assert holds(condition, {"s3:prefix": "home/ada/x"}, {"aws:username": "ada"}.get)
    assert not holds(condition, {"s3:prefix": "home/ada/x"}, {"aws:username": "*"}.get)


@pytest.mark.parametrize("document", ["{", "[]", {"Statement": {"Effect": "Maybe"}}, {"Statement": ["x"]}])
def test_invalid_policy_is_refused(document: object) -> None:
    with pytest.raises(MalformedPolicy):
        read_policy(document)
