"""The rules of Choice states."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.states.validation.choices import OPERATORS
from tests.states.validation.definitions import END, JSONATA, errors, machine, warnings

AT = "/States/A/Choices[0]"
RULE = {"Variable": "$.a", "IsNull": True}
ONE_OF = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"
VALUES: dict[str, Any] = {"String": "x", "Double": 1.5, "Boolean": True, "Path": "$.b"}


def rule_errors(rule: Any, **fields: Any) -> list[str]:
    choice = {"Type": "Choice", "Choices": [rule], "Default": "B"}
    problem = errors(machine({"A": choice, "B": END}, **fields))
    return [text.removeprefix("SCHEMA_VALIDATION_FAILED: ") for text in problem]


def value_of(operator: str) -> Any:
    kind = OPERATORS[operator]
    return "2026-11-29T10:00:00Z" if operator.startswith("Timestamp") and kind != "Path" else VALUES[kind]


def test_every_operator_of_the_language_is_implemented() -> None:
    assert len(OPERATORS) == 39


@pytest.mark.parametrize("operator", OPERATORS)
def test_operator_accepts_a_value_of_its_type_alone(operator: str) -> None:
    rule = {"Variable": "$.a", "Next": "B"}
    assert rule_errors({**rule, operator: value_of(operator)}) == []
    [error] = rule_errors({**rule, operator: None})
    assert error.startswith("Expected value of type ")
    assert error.endswith(f"at {AT}/{operator}")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (1, f"Expected value of type Object at {AT}"),
        ({**RULE}, f"These fields are required: [Next] at {AT}"),
        ({**RULE, "Next": 1}, f"Expected value of type String at {AT}/Next"),
        ({"Next": "B"}, f"{ONE_OF} at {AT}"),
        ({**RULE, "Not": RULE, "Next": "B"}, f"{ONE_OF} at {AT}"),
        ({"Variable": "$.a", "Next": "B"}, "This object should have only one of the following fields: ["),
        (
            {**RULE, "IsString": True, "Next": "B"},
            f"There should only be one of the following fields: [IsNull, IsString] at {AT}",
        ),
        (
            {"Variable": "$.a", "StringIs": "x", "IsNull": True, "Next": "B"},
            "Field 'StringIs' is not supported",
        ),
        (
            {**RULE, "Variable": "a", "Next": "B"},
            f"Value is not a Reference Path: Reference path didn't start with '$' at {AT}/Variable",
        ),
        ({**RULE, "Variable": "$.a[", "Next": "B"}, f"Value is not a Reference Path at {AT}/Variable"),
        ({"Variable": "$.a", "NumericEqualsPath": "b", "Next": "B"}, f"at {AT}/NumericEqualsPath"),
        ({"Variable": "$.a", "NumericEquals": True, "Next": "B"}, "Expected value of type Double"),
        ({"Variable": "$.a", "BooleanEquals": 1, "Next": "B"}, "Expected value of type Boolean"),
        ({"Variable": "$.a", "TimestampEquals": "now", "Next": "B"}, "String does not match RFC3339"),
        ({"And": [], "Next": "B"}, f"Value cannot be empty at {AT}/And"),
        ({"Or": {}, "Next": "B"}, f"Expected value of type Array at {AT}/Or"),
        ({"And": [1], "Next": "B"}, f"Expected value of type Object at {AT}/And[0]"),
        ({"Not": [RULE], "Next": "B"}, f"Expected value of type Object at {AT}/Not"),
        ({"And": [{**RULE, "Next": "B"}], "Next": "B"}, f"Field 'Next' is not supported at {AT}/And[0]"),
        ({"Not": {"Or": [{"Not": {}}]}, "Next": "B"}, f"{ONE_OF} at {AT}/Not/Or[0]/Not"),
    ],
)
def test_invalid_rule_is_refused(rule: Any, expected: str) -> None:
    [error] = rule_errors(rule)
    assert expected in error


@pytest.mark.parametrize(
    "rule",
    [
        {"And": [RULE, {"Not": RULE}, {"Or": [RULE]}], "Next": "B"},
        {**RULE, "Variable": "$$.Execution.Input.a", "Next": "B", "Assign": {"v": 1}, "Comment": "c"},
    ],
)
def test_valid_rule_is_accepted(rule: dict[str, Any]) -> None:
    assert rule_errors(rule) == []


def test_literal_resembling_a_path_is_a_warning() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "$.b", "Next": "B"}]}
    [problem] = warnings(machine({"A": choice, "B": END}))
    assert problem.startswith("NO_PATH: The value of 'StringEquals' looks like a path.")
    [problem] = warnings(machine({"A": {"Type": "Fail", "Cause": "$.why"}}))
    assert problem.endswith(" at /States/A/Cause")


@pytest.mark.parametrize("condition", ["{% true %}", True, False])
def test_a_condition_is_an_expression_or_a_boolean(condition: Any) -> None:
    assert rule_errors({"Condition": condition, "Next": "B", "Output": 1}, **JSONATA) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Next": "B"}, f"These fields are required: [Condition] at {AT}"),
        ({"Condition": "true", "Next": "B"}, "JSONata string must start with {% and end with %}"),
        ({"Condition": 1, "Next": "B"}, f"Expected value of type Boolean at {AT}/Condition"),
        ({"Condition": True, "Next": "B", "IsNull": True}, f"Field 'IsNull' is not supported at {AT}"),
    ],
)
def test_invalid_jsonata_rule_is_refused(rule: dict[str, Any], expected: str) -> None:
    [error] = rule_errors(rule, **JSONATA)
    assert expected in error


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, "These fields are required: [Choices] at /States/A"),
        ({"Choices": []}, "Value cannot be empty at /States/A/Choices"),
        ({"Choices": 1}, "Expected value of type Array at /States/A/Choices"),
    ],
)
def test_a_choice_needs_rules(choices: dict[str, Any], expected: str) -> None:
    definition = machine({"A": {"Type": "Choice", "Default": "B", **choices}, "B": END})
    assert errors(definition) == [f"SCHEMA_VALIDATION_FAILED: {expected}"]
