"""Variables: names, scopes, and what reads them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.validation.definitions import (
    END,
    JSONATA,
    distributed,
    errors,
    inner,
    machine,
    map_state,
    warnings,
)


def assigning(name: str) -> dict[str, Any]:
    return machine({"A": {**END, "Assign": {name: 1}}})


@pytest.mark.parametrize("name", ["a", "A1", "snake_case", "größe", "x" * 80])
def test_valid_variable_name_is_accepted(name: str) -> None:
    assert errors(assigning(name)) == []


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a.b", "$a", "_a", "x" * 81])
def test_invalid_variable_name_is_refused(name: str) -> None:
    [error] = errors(assigning(name))
    assert error.startswith(f"INVALID_VARIABLE_NAME: Invalid variable name '{name}': the variable name ")
    assert error.endswith(f" at /States/A/Assign/{name}")


def test_the_name_states_is_reserved() -> None:
    assert errors(assigning("states")) == [
        "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/A/Assign/states"
    ]


def test_a_computed_variables_name_has_no_suffix() -> None:
    definition = machine({"A": {**END, "Assign": {"n.$": "$.a", "states.$": "$.b"}}})
    assert [error.partition(":")[0] for error in errors(definition)] == ["RESERVED_VARIABLE_NAME"]
    assert len(errors({**definition, **JSONATA})) == 2


@pytest.mark.parametrize("build", [map_state, distributed])
def test_inner_machine_may_not_assign_a_name_of_the_outer_one(build: Any) -> None:
    state = build(Assign={"total": 1})
    state["ItemProcessor"] = {**state["ItemProcessor"], **inner("I", **END, Assign={"total": 2})}
    place = "/States/A/ItemProcessor/States/I/Assign/total"
    message = "The variable name 'total' was already defined in a parent scope."
    assert errors(machine({"A": state})) == [f"DUPLICATE_VARIABLE_NAME: {message} at {place}"]


def test_branches_may_assign_the_same_name() -> None:
    branches = [inner(name, **END, Assign={"n": 1}) for name in ("I", "J")]
    assert errors(machine({"A": {"Type": "Parallel", "Branches": branches, "End": True}})) == []


@pytest.mark.parametrize("value", ["$n", "$n.a[0]", "States.Format('{}', $n)"])
def test_a_path_reads_what_a_state_assigns(value: str) -> None:
    reading = {**END, "Parameters": {"a.$": value}}
    assert [text.partition(" at ")[0] for text in warnings(machine({"A": reading}))] == [
        "POSSIBLY_UNDEFINED_VARIABLE: Variable 'n' is possibly not defined."
    ]
    assigned = {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"}
    assert warnings(machine({"A": assigned, "B": reading})) == []


def test_distributed_map_reads_no_outer_variables() -> None:
    body = inner("I", **END, Parameters={"a.$": "$n"})
    inline = map_state(Assign={"n": 1}, ItemProcessor=body)
    away = distributed(Assign={"n": 1})
    away["ItemProcessor"] = {**away["ItemProcessor"], **body}
    assert warnings(machine({"A": inline})) == []
    assert len(warnings(machine({"A": away}))) == 1
