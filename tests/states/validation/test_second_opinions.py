"""asl-validator and statelint agree with us on each sample, but for differences whose reasons are here."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.states.validation import refusal
from tests.aws_rules.npm import installed, needs
from tests.states.validation.samples import REFUSED, VALID

FOLDER = Path(__file__).parent / "asl_validator"
# Of asl-validator 4.0.0. AWS's guide decides.
_SHAPE = "its schema has the field, not its range or its values"
_ALL = "it does not know where States.ALL may stand"
_VARIABLES = "it does not look at variables"
DIFFERENCES = {
    "taken/jsonata-state": "Output may be any JSON value; its schema wants a text or an object",
    "refused/version": _SHAPE,
    "refused/map-label": _SHAPE,
    "refused/parallel-empty": _SHAPE,
    "refused/retry-empty": _SHAPE,
    "refused/retry-backoff": _SHAPE,
    "refused/retry-jitter": _SHAPE,
    "refused/retry-delay": _SHAPE,
    "refused/task-heartbeat": "it does not compare the two limits",
    "refused/retry-all-first": _ALL,
    "refused/retry-all-among": _ALL,
    "refused/choice-nested-next": "its nested rules are rules as those around them are",
    "refused/map-inline-batches": "it does not tell what is for distributed maps alone",
    "refused/jsonpath-state": "it lets a JSONata machine go back to JSONPath",
    "refused/assign-states": _VARIABLES,
    "refused/assign-name": _VARIABLES,
    "refused/assign-outer": _VARIABLES,
}

# Of statelint 3.1.0, the one in Python.
_VALUES = "it has the field, not its range or its values"
_OLD = "it has the language as it was before variables and query languages"
STATELINT_DIFFERENCES = {
    "taken/pass-filter": "its paths have no filters",
    "taken/map-distributed": "it does not have Label",
    "taken/map-reader": "it does not have InputType",
    "taken/choice-assign": _OLD,
    "taken/assign": _OLD,
    "taken/variable": _OLD,
    "taken/jsonata-task": "its numbers are not computed",
    "refused/version": _VALUES,
    "refused/long-name": _VALUES,
    "refused/retry-delay": _VALUES,
    "refused/parallel-empty": _VALUES,
    "refused/map-mode": _VALUES,
    "refused/map-no-type": _VALUES,
    "refused/input-path": "it does not read paths outside of templates",
    "refused/task-no-resource": "it does not miss the Resource",
    "refused/task-heartbeat": "it does not compare the two limits",
    "refused/retry-all-first": _ALL,
    "refused/retry-all-among": _ALL,
    "refused/map-inline-batches": "it does not tell what is for distributed maps alone",
    "refused/jsonpath-state": "it lets a JSONata machine go back to JSONPath",
    "refused/jsonata-open": "it does not read expressions",
}


@pytest.mark.parametrize("name", VALID)
def test_valid_sample_is_accepted(name: str) -> None:
    assert refusal(json.dumps(VALID[name]), kind="STANDARD") is None


@pytest.mark.parametrize("name", REFUSED)
def test_invalid_sample_is_refused(name: str) -> None:
    assert refusal(json.dumps(REFUSED[name]), kind="STANDARD") is not None


def opinions(definitions: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    installed(FOLDER)
    done = subprocess.run(
        ["node", "opinions.mjs"],
        input=json.dumps(definitions),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: dict[str, list[str]] = json.loads(done.stdout)
    return answers


@pytest.mark.slow
def test_asl_validator_agrees_except_for_explained_differences() -> None:
    needs("node")
    refusing = {name for name, errors in opinions(VALID).items() if errors}
    taking = {name for name, errors in opinions(REFUSED).items() if not errors}
    assert {*(f"taken/{name}" for name in refusing), *(f"refused/{name}" for name in taking)} == set(
        DIFFERENCES
    )


@pytest.mark.slow
def test_statelint_agrees_except_for_explained_differences() -> None:
    linter = pytest.importorskip("statelint.linter").Linter()
    refusing = {f"taken/{name}" for name, each in VALID.items() if linter.validate(copy.deepcopy(each))}
    taking = {f"refused/{name}" for name, each in REFUSED.items() if not linter.validate(copy.deepcopy(each))}
    assert refusing | taking == set(STATELINT_DIFFERENCES)
