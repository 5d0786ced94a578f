"""Variables: against graphql-core's own coercion, and the words of what does not fit."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from graphql import OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.schema import build_api_schema
from localcloud.appsync.execution.variables import InputTypes, OperationVariables, VariablesError

SCHEMA = build_api_schema(
    """
type Query { a: Int }
enum Mood { GLAD SAD }
input Inner { n: Int! s: String }
input Outer { inner: Inner inners: [Inner!] mood: Mood flags: [[Boolean]] id: ID f: Float self: Outer }
input Filled { n: Int = 5 must: String! = "m" by: Inner = {n: 1} }
"""
).graphql
TYPES = (
    "Int",
    "Int!",
    "[Int]",
    "[Int!]!",
    "Mood",
    "Inner",
    "Outer",
    "[Outer]",
    "Boolean",
    "ID",
    "Float",
    "String",
)
INPUTS = InputTypes()


def operation(kind: str, default: str = "") -> OperationDefinitionNode:
    document = parse(f"query Q($x: {kind}{default}) {{ a }}")
    return cast("OperationDefinitionNode", document.definitions[0])


def coerced(kind: str, given_values: dict[str, JSON], default: str = "") -> dict[str, JSON]:
    return OperationVariables(SCHEMA, INPUTS, operation(kind, default)).values(given_values)


def refused(kind: str, value: JSON) -> str:
    with pytest.raises(VariablesError) as caught:
        coerced(kind, {"x": value})
    [error] = cast("list[dict[str, Any]]", caught.value.errors)
    assert error["path"] is None
    placed = [{"line": 1, "column": 9, "sourceName": None}]
    assert error["locations"] == (None if error["message"].startswith("The variables input") else placed)
    return str(error["message"])


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**33), 2**33)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["GLAD", "x", "1", ""])
)
NAMES = st.sampled_from(["n", "s", "inner", "inners", "mood", "flags", "id", "f", "self", "other"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(TYPES), st.fixed_dictionaries({}, optional={"x": VALUES}))
def test_accepted_variables_equal_those_of_graphql_core(kind: str, given_values: dict[str, JSON]) -> None:
    declared = operation(kind).variable_definitions or ()
    expected = get_variable_values(SCHEMA, declared, dict(given_values))
    try:
        values = coerced(kind, given_values)
    except VariablesError:
        assert not isinstance(expected, VariableValues)
    else:
        assert isinstance(expected, VariableValues)
        assert json.dumps(values, sort_keys=True) == json.dumps(expected.coerced, sort_keys=True)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("Int", "1", "Variable 'x' has an invalid value. Expected type 'Int' but was 'String'."),
        ("Int", 1.5, "Variable 'x' has an invalid value. Expected type 'Int' but was 'Double'."),
        ("Int", 2**31, "Variable 'x' has an invalid value. Expected type 'Int' but was 'Long'."),
        ("Int", 10**30, "Variable 'x' has an invalid value. Expected type 'Int' but was 'BigInteger'."),
        ("Float", "1.5", "Variable 'x' has an invalid value. Expected type 'Float' but was 'String'."),
        ("String", 5, "Variable 'x' has an invalid value. Expected type 'String' but was 'Integer'."),
        ("Boolean", "true", "Variable 'x' has an invalid value. Expected type 'Boolean' but was 'String'."),
        ("ID", 1.5, "Variable 'x' has an invalid value. Expected type 'ID' but was 'Double'."),
        ("ID", {}, "Variable 'x' has an invalid value. Expected type 'ID' but was 'LinkedHashMap'."),
        ("[Int]", [1, [2]], "Variable 'x' has an invalid value. Expected type 'Int' but was 'ArrayList'."),
        (
            "Mood",
            "BAD",
            "Variable 'x' has an invalid value. Invalid input for Enum 'Mood'. No value found for name 'BAD'",
        ),
        (
            "Inner",
            "text",
            "Variable 'x' has an invalid value. Expected type 'Map' but was 'String'. "
            "Variables for input objects must be an instance of type 'Map'.",
        ),
        ("Int!", None, "Variable 'x' has coerced Null value for NonNull type 'Int!'"),
        ("[Int!]!", [None], "Variable 'x' has coerced Null value for NonNull type 'Int!'"),
        ("Outer", {"inner": {}}, "Variable 'x' has coerced Null value for NonNull type 'Int!'"),
        (
            "Outer",
            {"self": {"inner": {"n": "1"}}},
            "Variable 'n' has an invalid value. Expected type 'Int' but was 'String'.",
        ),
        (
            "Outer",
            {"inners": [{"n": 1, "no": 1}]},
            "The variables input contains a field that is not defined for input object type 'Inner' ",
        ),
    ],
)
def test_variable_errors_have_the_words_of_appsync(kind: str, value: JSON, message: str) -> None:
    assert refused(kind, value) == message


def test_first_of_several_invalid_variables_is_reported() -> None:
    assert "'s' has an invalid value" in refused("Inner", {"s": 5, "n": 1})
    assert "NonNull type 'Int!'" in refused("Inner", {"s": 5})


def test_deeply_nested_variables_are_refused() -> None:
    value: JSON = {}
    for _ in range(5000):
        value = {"self": value}
    with pytest.raises(VariablesError) as caught:
        coerced("Outer", {"x": value})
    assert "nested too deeply" in str(caught.value.errors)


def test_defaults_replace_missing_and_null_values() -> None:
    assert coerced("Int", {}) == {}
    assert coerced("Int", {}, " = 3") == coerced("Int", {"x": None}, " = 3") == {"x": 3}
    assert coerced("Int", {}, " = null") == {"x": None}
    assert coerced("Filled", {"x": {}}) == {"x": {"n": 5, "must": "m", "by": {"n": 1}}}
    assert coerced("Filled", {"x": {"n": None, "by": None}}) == coerced("Filled", {"x": {}})
    first = cast("Any", coerced("Filled", {"x": {}}))
    first["x"]["by"]["n"] = 2  # a resolver may write in what it is given
    assert coerced("Filled", {"x": {}}) == {"x": {"n": 5, "must": "m", "by": {"n": 1}}}
