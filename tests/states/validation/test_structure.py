"""Definitions as a whole: JSON, top-level fields, transitions and names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.states.validation import diagnostics, refusal, state_diagnostics
from tests.states.validation.definitions import END, TASK, errors, inner, machine, map_state

PARALLEL = {"Type": "Parallel", "Branches": [inner()], "End": True}


def test_refusal_is_none_for_a_valid_machine() -> None:
    assert refusal(json.dumps(machine({"A": END})), kind="STANDARD") is None


def test_refusal_joins_every_error_in_one_message() -> None:
    definition = json.dumps(machine({"A": {"Type": "Pass", "Next": "B"}, "C": END}))
    assert refusal(definition, kind="STANDARD") == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B "
        'at /States/A/Next, MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C\''
    )


def test_refusal_leaves_warnings_out() -> None:
    definition = json.dumps(machine({"A": {**END, "Parameters": {"a": "$.b"}}}))
    assert [each.code for each in diagnostics(definition, kind="STANDARD")] == ["NO_DOLLAR"]
    assert refusal(definition, kind="STANDARD") is None


@pytest.mark.parametrize("text", ["", "  ", "null"])
def test_diagnostics_name_an_empty_definition(text: str) -> None:
    [problem] = diagnostics(text, kind="STANDARD")
    assert (problem.code, problem.location) == ("MISSING_DESCRIPTION", None)


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', "{'a': 1}"])
def test_diagnostics_have_no_place_for_text_that_is_not_json(text: str) -> None:
    [problem] = diagnostics(text, kind="STANDARD")
    assert (problem.code, problem.location) == ("INVALID_JSON_DESCRIPTION", None)
    assert "location" not in problem.as_json()


def test_diagnostics_refuse_a_definition_of_more_than_a_megabyte() -> None:
    [problem] = errors(machine({"A": {**END, "Comment": "x" * 1_048_576}}))
    assert "exceeds the limit of 1048576" in problem


def test_diagnostics_refuse_what_is_nested_too_deeply() -> None:
    assert [each.code for each in diagnostics("[" * 100_000, kind="STANDARD")] == ["TOO_DEEPLY_NESTED"]
    body = inner("last")
    for depth in range(30):
        body = inner(f"s{depth}", Type="Parallel", Branches=[body], End=True)
    assert any(error.startswith("TOO_DEEPLY_NESTED") for error in errors(body))


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ([], "Expected value of type Object at /"),
        ({"States": {"A": END}}, "These fields are required: [StartAt] at /"),
        ({"StartAt": "A"}, "These fields are required: [States] at /"),
        ({"StartAt": "A", "States": []}, "Expected value of type Object at /States"),
        ({"StartAt": "A", "States": {}}, "Value cannot be empty at /States"),
        (machine({"A": END}, Version="2.0"), "Value should be one of the following: [1.0] at /Version"),
        (machine({"A": END}, startAt="A"), "Field 'startAt' is not supported at /"),
        (machine({"A": END}, TimeoutSeconds="5"), "Expected value of type Integer at /TimeoutSeconds"),
        (machine({"A": END}, TimeoutSeconds=-1), "Minimum value is 0 at /TimeoutSeconds"),
        (machine({"A": []}), "Expected value of type Object at /States/A"),
        (machine({"A": {"End": True}}), "These fields are required: [Type] at /States/A"),
        (machine({"A": {"Type": "Odd"}}), "Value should be one of the following: [Task, Pass, Choice,"),
        (machine({"A": {"Type": 1}}), "Expected value of type [STRING] at /States/A/Type"),
    ],
)
def test_diagnostics_refuse_a_wrong_shape(definition: Any, message: str) -> None:
    assert any(f"SCHEMA_VALIDATION_FAILED: {message}" in error for error in errors(json.dumps(definition)))


@pytest.mark.parametrize(
    ("definition", "error"),
    [
        ({"StartAt": "B", "States": {"A": END}}, "Missing 'StartAt' target: B at /StartAt"),
        (
            machine({"A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "B"}]}}),
            "Missing 'Next' target: B at /States/A/Choices[0]/Next",
        ),
        (
            machine({"A": {"Type": "Choice", "Choices": [], "Default": "B"}}),
            "Missing 'Default' target: B at /States/A/Default",
        ),
        (
            machine({"A": {**TASK, "Catch": [{"ErrorEquals": ["x"], "Next": "B"}]}}),
            "Missing 'Next' target: B at /States/A/Catch[0]/Next",
        ),
        (
            machine({"A": {**PARALLEL, "Branches": [{"StartAt": "B", "States": {"C": END}}]}}),
            "Missing 'StartAt' target: B at /States/A/Branches[0]/StartAt",
        ),
        # A state of an inner machine is no target from outside, nor the other way round.
        (
            machine({"A": map_state(ItemProcessor=inner("C", Type="Pass", Next="A"))}),
            "Missing 'Next' target: A at /States/A/ItemProcessor/States/C/Next",
        ),
    ],
)
def test_diagnostics_name_a_missing_target(definition: dict[str, Any], error: str) -> None:
    assert f"MISSING_TRANSITION_TARGET: {error}" in errors(definition)


def test_diagnostics_name_states_that_reach_only_each_other() -> None:
    states = {"A": END, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "B"}}
    assert [error.rpartition(" ")[2] for error in errors(machine(states))] == ["/States/B", "/States/C"]


def test_diagnostics_refuse_a_machine_that_never_ends() -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}
    assert errors(machine(states)) == ["MISSING_END_STATE: Workflow has no terminal state at /"]


@pytest.mark.parametrize("end", [{"Type": "Succeed"}, {"Type": "Fail"}, END])
def test_diagnostics_accept_every_terminal_state(end: dict[str, Any]) -> None:
    assert errors(machine({"A": end})) == []


def test_diagnostics_refuse_a_name_twice_in_nested_machines() -> None:
    definition = machine({"A": {**PARALLEL, "Branches": [inner("A")]}})
    place = "/States/A/Branches[0]/States/A"
    assert errors(definition) == [f"DUPLICATE_STATE_NAME: Duplicate State name: A at {place}"]


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\u0007b"])
def test_diagnostics_refuse_a_state_name(name: str) -> None:
    assert [error.partition(":")[0] for error in errors(machine({name: END}))] == ["INVALID_STATE_NAME"]


def test_diagnostics_take_a_name_of_eighty_characters_of_any_script() -> None:
    assert errors(machine({"Größe prüfen: 値段を決める" + "x" * 59: END})) == []


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({**PARALLEL, "Branches": [{**inner(), "ProcessorConfig": {}}]}, "Branches[0]"),
        (map_state(ItemProcessor={**inner(), "QueryLanguage": "JSONata"}), "ItemProcessor"),
    ],
)
def test_diagnostics_refuse_foreign_fields_of_inner_machines(state: dict[str, Any], place: str) -> None:
    [error] = errors(machine({"A": state}))
    assert error.endswith(f"is not supported at /States/A/{place}")


def test_diagnostics_refuse_an_inner_machine_that_is_no_object() -> None:
    definition = machine({"A": {**PARALLEL, "Branches": [1]}})
    assert errors(definition) == [
        "SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/A/Branches[0]"
    ]


def test_single_state_needs_none_of_its_targets() -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Any"}]}
    assert state_diagnostics(json.dumps(state)) == []
    problems = state_diagnostics(json.dumps({**state, "Choices": []}))
    assert [str(each) for each in problems] == ["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /Choices"]


def test_single_state_is_checked_with_its_inner_machines() -> None:
    [problem] = state_diagnostics(json.dumps({**PARALLEL, "Branches": [inner("I", Type="Pass", Next="J")]}))
    assert problem.location == "/Branches[0]/States/I/Next"
