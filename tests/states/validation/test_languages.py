"""The two query languages: which states may use them, and the fields of each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.validation.definitions import (
    END,
    JSONATA,
    TASK,
    errors,
    inner,
    machine,
    map_state,
    state_errors,
)

ONLY = "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage at {}"
CHOICE = {"Type": "Choice", "Default": "B"}


def states(state: dict[str, Any]) -> dict[str, Any]:
    return {"A": state, "B": END}


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ({**END, "InputPath": "$.a"}, "InputPath"),
        ({**END, "Result": 1}, "Result"),
        ({**END, "Parameters": {"a.$": "nonsense"}}, "Parameters"),
        ({**TASK, "ResultSelector": {}}, "ResultSelector"),
        ({**TASK, "TimeoutSecondsPath": "$.a"}, "TimeoutSecondsPath"),
        (map_state(ItemsPath="$.a"), "ItemsPath"),
        ({"Type": "Fail", "CausePath": "$.a"}, "CausePath"),
    ],
)
def test_a_jsonpath_field_is_refused_in_jsonata(state: dict[str, Any], field: str) -> None:
    assert ONLY.format("JSONata", field, "JSONPath", "/States/A") in state_errors({**state, **JSONATA})


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ({**END, "Output": 1}, "Output"),
        ({**TASK, "Arguments": {}}, "Arguments"),
        (map_state(Items=[]), "Items"),
    ],
)
def test_a_jsonata_field_is_refused_in_jsonpath(state: dict[str, Any], field: str) -> None:
    assert state_errors(state) == [ONLY.format("JSONPath", field, "JSONata", "/States/A")]


@pytest.mark.parametrize(
    ("state", "language", "field", "place"),
    [
        (
            {**CHOICE, "Choices": [{"Condition": "{% true %}", "Next": "B"}]},
            "JSONPath",
            "Condition",
            "Choices[0]",
        ),
        (
            {**CHOICE, "Choices": [{"Variable": "$", "IsNull": True, "Next": "B"}]},
            "JSONata",
            "Variable",
            "Choices[0]",
        ),
        (
            {**TASK, "Catch": [{"ErrorEquals": ["a"], "Next": "B", "Output": 1}]},
            "JSONPath",
            "Output",
            "Catch[0]",
        ),
        (
            {**TASK, "Catch": [{"ErrorEquals": ["a"], "Next": "B", "ResultPath": "$"}]},
            "JSONata",
            "ResultPath",
            "Catch[0]",
        ),
    ],
)
def test_rules_have_the_fields_of_the_states_language(
    state: dict[str, Any], language: str, field: str, place: str
) -> None:
    other = "JSONata" if language == "JSONPath" else "JSONPath"
    message = ONLY.format(language, field, other, f"/States/A/{place}")
    problems = errors(machine(states({**state, "QueryLanguage": language})))
    assert f"SCHEMA_VALIDATION_FAILED: {message}" in problems


def test_jsonata_machine_refuses_a_jsonpath_state_with_one_error() -> None:
    state = {**END, "QueryLanguage": "JSONPath", "Output": 1}
    assert state_errors(state, **JSONATA) == [
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A"
    ]


def test_jsonpath_machine_accepts_a_jsonata_state() -> None:
    definition = machine({"A": {**END, **JSONATA, "Output": "{% 1 %}"}}, QueryLanguage="JSONPath")
    assert errors(definition) == []


def test_an_inner_machine_has_the_whole_machines_language() -> None:
    jsonpath = inner("I", **END, InputPath="$.a")
    assert state_errors({**map_state(ItemProcessor=jsonpath), **JSONATA}) == []
    branch = inner("I", **END, Output=1)
    parallel = {"Type": "Parallel", "Branches": [branch], "End": True}
    assert len(state_errors({**parallel, **JSONATA})) == 1
    assert state_errors(parallel, **JSONATA) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("jsonata", "Value should be one of the following: [JSONPath, JSONata]"),
        (1, "Expected value of type [STRING]"),
    ],
)
def test_unknown_language_is_refused(value: Any, message: str) -> None:
    assert state_errors({**END, "QueryLanguage": value}) == [f"{message} at /States/A/QueryLanguage"]
    assert f"{message} at /QueryLanguage" in state_errors(END, QueryLanguage=value)


def test_unclosed_jsonata_text_is_refused() -> None:
    [error] = state_errors({**END, "Output": {"a": ["{% 1"]}}, **JSONATA)
    assert error == "JSONata string must start with {% and end with %} at /States/A/Output/a[0]"
