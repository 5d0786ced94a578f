"""Choice rules: which values match which operator."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.choices import compile_condition, compile_rule
from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.scope import Json
from localcloud.states.language.timestamps import parse_timestamp
from tests.states.language.support import scope_of

EARLY, LATE = "2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z"
VALUES: list[Json] = [None, 0, 1, 2.5, "", "text", EARLY, "2024-05-01", [], [1], {}, {"a": 1}, True, False]


def matches(operator: str, operand: Json, value: Json, other: Json = None) -> bool:
    rule = {"Variable": "$.value", operator: operand, "Next": "X"}
    return compile_rule(rule)(scope_of({"value": value, "other": other}))


@pytest.mark.parametrize(
    ("operator", "kinds"),
    [
        # localstack: test_is_operators.py::TestIsOperators
        ("IsNull", [None]),
        ("IsBoolean", [True, False]),
        ("IsNumeric", [0, 1, 2.5]),
        ("IsString", ["", "text", EARLY, "2024-05-01"]),
        ("IsTimestamp", [EARLY]),
        ("IsPresent", VALUES),
    ],
)
def test_type_operator_tells_the_kind_of_a_value(operator: str, kinds: list[Json]) -> None:
    expected = [repr(value) for value in kinds]
    for value in VALUES:
        assert matches(operator, True, value) is (repr(value) in expected)
        assert matches(operator, False, value) is (repr(value) not in expected)


@pytest.mark.parametrize(
    ("kind", "less", "more"),
    [
        ("String", "AB", "ABC"),
        ("String", "Z", "a"),
        ("Numeric", -1.5, 2),
        ("Timestamp", EARLY, LATE),
        ("Timestamp", "2024-05-01T10:00:00.5Z", "2024-05-01T08:00:00.500000001-02:00"),
    ],
)
def test_order_operator_compares_with_a_constant_and_with_a_path(kind: str, less: Json, more: Json) -> None:
    # localstack: test_string_operators.py, test_numeric.py, test_timestamp_operators.py
    for operator, outcome in {
        "Equals": (False, True, False),
        "LessThan": (True, False, False),
        "LessThanEquals": (True, True, False),
        "GreaterThan": (False, False, True),
        "GreaterThanEquals": (False, True, True),
    }.items():
        for (value, other), expected in zip(((less, more), (less, less), (more, less)), outcome, strict=True):
            assert matches(kind + operator, other, value) is expected
            assert matches(kind + operator + "Path", "$.other", value, other) is expected


@pytest.mark.parametrize("kind", ["String", "Numeric", "Timestamp", "Boolean"])
def test_operator_is_false_for_values_of_another_kind(kind: str) -> None:
    # localstack: test_boolean_equals.py::TestBooleanEquals::test_boolean_equals
    constant: Json = {"String": "text", "Numeric": 1, "Timestamp": EARLY, "Boolean": True}[kind]
    for value in VALUES:
        expected = repr(value) == repr(constant)
        assert matches(f"{kind}Equals", constant, value) is expected
        assert matches(f"{kind}EqualsPath", "$.other", value, constant) is expected
        assert matches(f"{kind}EqualsPath", "$.other", constant, value) is expected


def test_numbers_are_equal_whatever_their_form() -> None:
    assert matches("NumericEquals", 1, 1.0)
    assert matches("NumericEquals", 0, -0.0)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("log-*.txt", "log-1.txt", True),
        ("log-*.txt", "log-.txt", True),
        ("log-*.txt", "a log-1.txt", False),
        ("*", "any\nthing", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*", "a\\bc", True),
        ("a.c", "abc", False),
        ("", "", True),
        ("*", 1, False),
    ],
)
def test_string_matches_takes_stars(pattern: str, text: Json, expected: bool) -> None:
    assert matches("StringMatches", pattern, text) is expected


@given(st.text(max_size=8), st.text(max_size=8))
def test_string_matches_an_escaped_text_alone(text: str, other: str) -> None:
    pattern = re.sub(r"([\\*])", r"\\\1", text)
    assert matches("StringMatches", pattern, text)
    assert matches("StringMatches", pattern, other) is (other == text)


def test_choice_rules_combine_with_and_or_and_not() -> None:
    rule = {
        "And": [
            {"Not": {"Variable": "$.type", "StringEquals": "Private"}},
            {"Or": [{"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$limit", "IsNumeric": True}]},
        ],
        "Next": "X",
    }
    test = compile_rule(rule)
    assert test(scope_of({"type": "Public", "n": 1}))
    assert test(scope_of({"type": "Public", "n": 2}, variables={"limit": 3}))
    assert not test(scope_of({"type": "Private", "n": 1}))


def test_context_and_variables_may_be_compared() -> None:
    rule = {"Variable": "$$.State.RetryCount", "NumericLessThanPath": "$limit"}
    assert compile_rule(rule)(scope_of({}, context={"State": {"RetryCount": 1}}, variables={"limit": 2}))


def test_is_present_is_false_where_nothing_is() -> None:
    for path in ("$.absent", "$.a.b.c", "$.list[3]", "$variable"):
        rule = {"Variable": path, "IsPresent": True}
        assert compile_rule(rule)(scope_of({"a": 1, "list": []})) is False
        assert compile_rule({**rule, "IsPresent": False})(scope_of({"a": 1, "list": []})) is True


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$.absent", "StringEquals": "x"},
        {"Variable": "$.absent", "IsNull": True},
        {"Variable": "$.value", "StringEqualsPath": "$.absent"},
        {"Not": {"Variable": "$.absent", "BooleanEquals": True}},
    ],
)
def test_rule_fails_when_its_variable_is_missing(rule: dict[str, Json]) -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_rule(rule)(scope_of({"value": "x"}))
    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == (
        "Invalid path '$.absent': The choice state's condition path references an invalid value."
    )


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"Variable": "$.a"},
        {"Variable": "$.a", "StringEquals": "x", "IsNull": True},
        {"Variable": "$.a", "BooleanLessThan": True},
        {"Variable": "$.a", "StringMatchesPath": "$.b"},
        {"Variable": "$.a", "StringMatches": 1},
        {"Variable": "$.a", "StringEqualsPath": 1},
        {"Variable": "a", "StringEquals": "x"},
        {"StringEquals": "x"},
        {"And": []},
        {"Or": {"Variable": "$.a", "IsNull": True}},
    ],
)
def test_rule_is_refused_when_it_has_no_meaning(rule: dict[str, Json]) -> None:
    with pytest.raises(DefinitionError):
        compile_rule(rule)


@pytest.mark.parametrize(
    "text",
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_wait_timestamp_path
    ["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z", "2016-12-05T25:29:29Z"]
    + ["05-12-2016T21:29:29Z", "2016-12-05T21:29:29.Z", "2016-12-05T21:29:29+0100", "", 5],
)
def test_timestamp_is_none_when_the_form_is_another(text: Json) -> None:
    assert parse_timestamp(text) is None


def test_timestamp_takes_any_fraction() -> None:
    # localstack: test_wait.py::TestSfnWait::test_wait_timestamppath
    first = parse_timestamp("1970-01-01T00:00:01Z")
    second = parse_timestamp("1970-01-01T00:00:01.000000Z")
    third = parse_timestamp("1970-01-01T01:00:01.25+01:00")
    assert first == second
    assert third is not None
    assert third.seconds == 1.25


def test_condition_returns_its_boolean() -> None:
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_choice_condition_constant_jsonata
    condition = compile_condition("{% $states.input.n > 1 %}")
    assert condition(scope_of({"n": 2})) is True
    assert condition(scope_of({"n": 1})) is False
    assert compile_condition("{% true %}")(scope_of()) is True


def test_condition_fails_when_it_returns_no_boolean() -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_condition("{% $states.input.n %}", field="Choices[1]/Condition")(scope_of({"n": 2}))
    assert raised.value.error == "States.QueryEvaluationError"
    assert raised.value.location == "Choices[1]/Condition"
    assert raised.value.cause == (
        "The JSONata expression '$states.input.n' specified for the field 'Choices[1]/Condition' "
        "returned an unexpected result type. Expected 'boolean', but was 'number' for value: 2"
    )
