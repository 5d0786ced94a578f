"""JSONPath and intrinsic functions, as far as creation refuses them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.validation.expressions import is_call, is_path
from tests.states.validation.definitions import END, errors, machine, warnings

PATHS = ["$", "$$", "$.a", "$..a", "$.a.*", "$['a b','c']", "$.a[-1]", "$.a[0,2]", "$.a[1:]", "$.a[0:4:2]"]
PATHS += [
    "$.a[?(@.b == 'x]')]",
    "$.a-b",
    "$.a.length()",
    "$total.sum",
    "$$.Map.Item.Value",
    "$.größe",
    "$..[0]",
]
NO_PATHS = [
    "",
    "a",
    "$.",
    "$a-b c",
    "$.a[",
    "$.a]",
    "$.a[]",
    "$.a[x]",
    "$.a b",
    " $.a",
    "$.a['b]",
    "$.a[0",
    "$.()",
]
CALLS = ["States.UUID()", "States.Array( 1 , 'it\\'s', null, -1.5, $.a[0,1], States.UUID() )"]
CALLS += ["States.Format('\\{\\} {} \\\\', $$.Execution.Id)"]
NO_CALLS = [
    "States.Upper('a')",
    "States.UUID",
    "States.UUID(",
    "States.Array(a)",
    "States.Array(1,)",
    "UUID()",
]
NO_CALLS += ["States.UUID() x", "States.Array('a)", "States.Array($.a[)", "States.Array(1 2)"]


@pytest.mark.parametrize("text", PATHS)
def test_valid_path_is_accepted(text: str) -> None:
    assert is_path(text)


@pytest.mark.parametrize("text", NO_PATHS)
def test_text_that_is_no_path_is_refused(text: str) -> None:
    assert not is_path(text)


@pytest.mark.parametrize("text", CALLS)
def test_valid_call_is_accepted(text: str) -> None:
    assert is_call(text)


@pytest.mark.parametrize("text", NO_CALLS)
def test_text_that_is_no_call_is_refused(text: str) -> None:
    assert not is_call(text)


# localstack: test_base_scenarios.py::TestBaseScenarios::test_illegal_escapes
@pytest.mark.parametrize(
    "text", ["States.StringToJson('{\\\"a\\\": 1}')", "States.Format('\\n')", "x", 1, None]
)
def test_uncomputable_value_names_its_whole_field(text: object) -> None:
    definition = machine({"A": {**END, "Parameters": {"a": [{"b.$": text}]}}})
    assert errors(definition) == [
        "SCHEMA_VALIDATION_FAILED: The value for the field 'b.$' must be a valid JSONPath "
        "or a valid intrinsic function call at /States/A/Parameters"
    ]


def test_static_result_resembling_a_computed_one_is_a_warning() -> None:
    [warning] = warnings(machine({"A": {**END, "Result": {"a": "$.b"}}}))
    assert warning.startswith("PASS_RESULT_IS_STATIC: ")
    assert warnings(machine({"A": {**END, "Result": {"price": "$", "text": "5 $"}}})) == []


def test_literal_resembling_a_computed_one_is_a_warning() -> None:
    [warning] = warnings(machine({"A": {**END, "Parameters": {"a": {"b": "States.UUID()"}}}}))
    assert warning.startswith("NO_DOLLAR: The value of 'b' ")


@given(st.text(alphabet="$.[]()'\"*?@:,ab 0-\\States.UUID", max_size=30))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert isinstance(is_path(text), bool)
    assert isinstance(is_call(text), bool)
