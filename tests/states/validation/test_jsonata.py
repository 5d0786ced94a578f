"""JSONata expressions, read where jsonata-python is: in the engine's environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.states.validation.definitions import END, JSONATA, TASK, machine

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
from localcloud.states.validation import diagnostics
texts = json.load(sys.stdin)
print(json.dumps([[each.as_json() for each in diagnostics(text, kind="STANDARD")] for text in texts]))
"""
INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
TOP = "Reference to '{}' at the top level is not supported."
# Texts of AWS for the same expressions.
REFUSED = {
    "a[1,2)": (INVALID, 'Expected "]", got ","'),
    '"open': (INVALID, "String literal must be terminated by a matching quote"),
    "1 +": (INVALID, "Unexpected end of expression"),
    "": (INVALID, "Unexpected end of expression"),
    '{"a":}': (INVALID, 'The symbol "}" cannot be used as a unary operator'),
    '$match("a", /abc': (INVALID, "No terminating / in regular expression"),
    "phone": (UNSUPPORTED, TOP.format("phone")),
    "$map($states.input.a, function($x){ b })": (UNSUPPORTED, TOP.format("b")),
    "-price": (UNSUPPORTED, TOP.format("price")),
    "$": (UNSUPPORTED, TOP.format("$")),
    "$$": (UNSUPPORTED, "Reference to '$$' is not supported."),
    "$eval('1')": (UNSUPPORTED, "The function $eval is not supported."),
    "$states.errorOutput.Cause": (UNSUPPORTED, "Field '$states.errorOutput' does not exist."),
    "[$states.result]": (UNSUPPORTED, "Field '$states.result' does not exist."),
}
VALID = [
    "$states.input.items[value > 3].x",
    "$states.input.a.b^(c){d: e}",
    "$states.input.(a + b + $.c)",
    "$states.input ~> |a|{'x': b}|",
    "($f := function($n){ $n = 0 ? 1 : $f($n - 1) }; $f(3))",
    "$states.input.a@$i.b[$i = 1]",
    "$sum($states.input.prices) + $count([1, 2])",
    "$uuid() & $hash('a', 'SHA-1') & $parse('1')",
    "$states.context.Execution.Id",
]


def passing(expression: str) -> dict[str, Any]:
    return machine({"A": {**END, "Output": f"{{% {expression} %}}"}}, **JSONATA)


def read(*definitions: dict[str, Any]) -> list[list[dict[str, str]]]:
    done = subprocess.run(
        [str(ROOT / ".venv-engine/bin/python"), "-c", PROGRAM],
        input=json.dumps([json.dumps(each) for each in definitions]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    answers: list[list[dict[str, str]]] = json.loads(done.stdout)
    return answers


def test_invalid_expressions_are_refused_in_the_words_of_aws() -> None:
    answers = read(*map(passing, REFUSED))
    messages = {
        text: (answer[0]["code"], answer[0]["message"], answer[0]["location"])
        for text, answer in zip(REFUSED, answers, strict=True)
    }
    assert messages == {text: (*problem, "/States/A/Output") for text, problem in REFUSED.items()}


def test_valid_expressions_are_accepted() -> None:
    assert dict(zip(VALID, read(*map(passing, VALID)), strict=True)) == {text: [] for text in VALID}


def test_unassigned_variable_is_a_warning() -> None:
    reading = {**END, "Output": {"a": "{% ($x := 1; $x + $n) %}"}}
    assigned = {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"}
    [unassigned, fine] = read(
        machine({"A": reading}, **JSONATA), machine({"A": assigned, "B": reading}, **JSONATA)
    )
    assert [(each["severity"], each["location"]) for each in unassigned] == [
        ("WARNING", "/States/A/Output/a")
    ]
    assert fine == []


def test_results_and_error_outputs_are_read_in_their_places() -> None:
    catcher = {"ErrorEquals": ["x"], "Next": "A", "Output": "{% $states.errorOutput %}"}
    task = {**TASK, "Output": "{% $states.result %}", "Assign": {"r": "{% $states.result.a %}"}}
    [accepted, refused] = read(
        machine({"A": {**task, "Catch": [catcher]}}, **JSONATA),
        machine({"A": {**TASK, "Arguments": "{% $states.result %}"}}, **JSONATA),
    )
    assert accepted == []
    assert [each["message"] for each in refused] == ["Field '$states.result' does not exist."]


@pytest.mark.parametrize("field", ["TimeoutSeconds", "HeartbeatSeconds"])
def test_a_computed_number_is_read(field: str) -> None:
    [[problem]] = read(machine({"A": {**TASK, field: "{% 1 + %}"}}, **JSONATA))
    assert (problem["code"], problem["location"]) == (INVALID, f"/States/A/{field}")
