"""Enhanced and argument filters."""

from __future__ import annotations

import json
import operator as op
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.filters import (
    OPERATORS,
    FilterGroups,
    FilterInvalid,
    FilterLimitExceeded,
    argument_filter,
    parse_filter,
)

Condition = tuple[str, str, JSON]
SINGLE: list[Condition] = [("a", "eq", 1)]


def document(*groups: list[Condition]) -> JSON:
    return {
        "filterGroup": [
            {"filters": [{"fieldName": name, "operator": op, "value": value} for name, op, value in group]}
            for group in groups
        ]
    }


def filters(*groups: list[Condition]) -> FilterGroups:
    parsed = parse_filter(document(*groups))
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("operator", "operand", "passes", "fails"),
    [
        ("eq", "A", ["A"], ["a", "AB", 1, True, None, ["A"]]),
        ("eq", 1, [1, 1.0], [2, "1", True]),
        ("eq", True, [True], [False, 1, "true"]),
        ("ne", "A", ["B", "a", 1], ["A", None]),
        ("le", 5, [5, 4.5], [6, "5", True]),
        ("lt", 5, [4], [5]),
        ("ge", 5, [5, 6], [4]),
        ("gt", "b", ["c"], ["b", "B", 9]),
        ("contains", "ab", ["xaby", ["ab", "c"]], ["xAb", ["abc"], 1]),
        ("contains", 2, [[1, 2]], [[1], "2"]),
        ("notContains", "ab", ["x", ["abc"]], ["xab", ["ab"], None]),
        ("beginsWith", "ORD", ["ORD-1"], ["ord-1", "XORD", 1]),
        ("in", ["A", 2], ["A", 2], ["B", "2", True, None]),
        ("notIn", ["A", 2], ["B", 3], ["A", 2, None]),
        ("between", [1, 3], [1, 2, 3], [0, 4, "2"]),
        ("between", ["a", "c"], ["b"], ["d"]),
        ("containsAny", ["x", "y"], [["y"], "an x"], [["z"], "z", None]),
    ],
)
def test_filter_operator_selects_matching_values(
    operator: str, operand: JSON, passes: list[JSON], fails: list[JSON]
) -> None:
    parsed = filters([("field", operator, operand)])
    assert [value for value in passes if not parsed.matches({"field": value})] == []
    assert [value for value in fails if parsed.matches({"field": value})] == []
    assert not parsed.matches({})
    assert not parsed.matches({"Field": passes[0]})


def test_filter_groups_are_ored_and_their_filters_anded() -> None:
    parsed = filters([("a", "eq", 1), ("b", "eq", 2)], [("c", "eq", 3)])
    assert parsed.matches({"a": 1, "b": 2})
    assert parsed.matches({"c": 3})
    assert not parsed.matches({"a": 1})


def test_filter_follows_dotted_paths() -> None:
    parsed = filters([("order.customer.id", "eq", "7")])
    assert parsed.matches({"order": {"customer": {"id": "7"}}})
    others: list[JSON] = [None, {"customer": "7"}, [{"customer": {"id": "7"}}]]
    assert [other for other in others if parsed.matches({"order": other})] == []


@pytest.mark.parametrize("nothing", [None, {"filterGroup": []}])
def test_empty_filter_document_is_no_filter(nothing: JSON) -> None:
    assert parse_filter(nothing) is None


def test_equal_filters_compare_equal() -> None:
    assert len({filters([("a", "in", [1, 2])]), filters([("a", "in", [1, 2])])}) == 1


@pytest.mark.parametrize(
    ("given_document", "rule", "expected"),
    [
        (document(*([SINGLE] * 11)), "groups", 11),
        (document([("a", "eq", n) for n in range(11)]), "filters in a group", 11),
        (document([(name, "eq", 1) for name in "abcdef"]), "different fields", 6),
        (document(SINGLE, [("a", "in", [1, 2, 3, 4, 5]), ("b", "in", ["x", "y"])]), "groups", 11),
        (document([("a", "in", list(range(6)))]), "values of in", 6),
        (document([("a", "notIn", list(range(6)))]), "values of notIn", 6),
        (document([("a", "containsAny", list(range(21)))]), "values of containsAny", 21),
        (document([("a", "eq", "x" * 257)]), "characters in a string", 257),
        (document([("a.b.c.d.e.f", "eq", 1)]), "levels in a field's path", 6),
        (document([("x" * 257, "eq", 1)]), "characters in a string", 257),
    ],
)
def test_filter_beyond_a_limit_is_refused(given_document: JSON, rule: str, expected: int) -> None:
    with pytest.raises(FilterLimitExceeded) as caught:
        parse_filter(given_document)
    assert (caught.value.rule, caught.value.count) == (rule, expected)


def test_filter_within_the_limits_is_accepted() -> None:
    parse_filter(document([("a.b.c.d.e", "containsAny", ["x" * 256] * 20)]))
    group: list[Condition] = [("a", "notIn", [1, 2, 3, 4, 5])] * 10
    parse_filter(document(*([group] * 10)))
    parse_filter(
        document([("a", "in", [1, 2, 3, 4, 5])], [("a", "in", [6, 7]), ("b", "in", [])], *([SINGLE] * 3))
    )
    parse_filter(document([(name, "eq", 1) for name in "abcde"], [(name, "eq", 1) for name in "fghij"]))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("x", "{filterGroup: [{filters: [...]}]} is expected"),
        ({"filterGroup": [{}]}, "a group has filters, at least one"),
        ({"filterGroup": [{"filters": ["x"]}]}, "each of filters is {fieldName, operator, value}"),
        (document([("", "eq", 1)]), "fieldName is missing"),
        (document([("a", "equals", 1)]), "equals is no operator"),
        (document([("a", "eq", None)]), "a eq takes a string, number or boolean"),
        (document([("a", "in", 1)]), "a in takes a list"),
        (document([("a", "in", [True])]), "a in takes a string or number"),
        (document([("a", "gt", True)]), "a gt takes a string or number"),
        (document([("a", "beginsWith", 1)]), "a beginsWith takes a string"),
        (document([("a", "between", [1])]), "a between takes two values"),
    ],
)
def test_invalid_filter_is_refused_with_a_message(bad: JSON, message: str) -> None:
    with pytest.raises(
        FilterInvalid, match=f"subscription filter: {message}".replace("[", r"\[").replace("{", r"\{")
    ):
        parse_filter(bad)


SCALARS = st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("abAB", max_size=3)
VALUES = st.none() | SCALARS | st.lists(SCALARS, max_size=3)
NAMES = st.sampled_from(["a", "b", "c"])
PAYLOADS = st.dictionaries(NAMES, VALUES, max_size=3)


NUMBERS_AND_STRINGS = st.integers(-5, 5) | st.floats(-5, 5) | st.text("abAB", max_size=3)


def _operand(operator: str) -> st.SearchStrategy[JSON]:
    if operator in {"eq", "ne"}:
        return SCALARS
    if operator == "beginsWith":
        return st.text("abAB", max_size=3)
    if operator == "between":
        return st.lists(NUMBERS_AND_STRINGS, min_size=2, max_size=2)
    if operator in {"in", "notIn", "containsAny"}:
        # A filter's `in`s are multiplied: see `test_filter_beyond_a_limit_is_refused`.
        return st.lists(NUMBERS_AND_STRINGS, max_size=1 if operator == "in" else 5)
    return NUMBERS_AND_STRINGS


CONDITIONS = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda operator: st.tuples(NAMES, st.just(operator), _operand(operator))
)
OPPOSITES = {"eq": "ne", "contains": "notContains", "in": "notIn"}


def _naive(value: Any, operator: str, operand: Any) -> bool:
    """What a condition means, as plainly as it can be said; JSON text tells true from 1, as AppSync does."""

    def same(first: Any, other: Any) -> bool:
        return (type(first) is not bool and type(other) is not bool and first == other) or first is other

    def comparable(first: Any, other: Any) -> bool:
        number = (int, float)
        both = isinstance(first, str) and isinstance(other, str)
        return both or (
            isinstance(first, number) and isinstance(other, number) and bool not in {type(first), type(other)}
        )

    def contains(member: Any) -> bool:
        if isinstance(value, list):
            return any(same(item, member) for item in value)
        return isinstance(value, str) and isinstance(member, str) and member in value

    match operator:
        case "eq":
            return same(value, operand)
        case "ne":
            return not same(value, operand)
        case "le" | "lt" | "ge" | "gt":
            compare = {"le": op.le, "lt": op.lt, "ge": op.ge, "gt": op.gt}[operator]
            return comparable(value, operand) and bool(compare(value, operand))
        case "between":
            low, high = operand
            return comparable(value, low) and comparable(value, high) and bool(value >= low and value <= high)
        case "in":
            return any(same(value, member) for member in operand)
        case "notIn":
            return not any(same(value, member) for member in operand)
        case "contains":
            return contains(operand)
        case "notContains":
            return not contains(operand)
        case "containsAny":
            return any(contains(member) for member in operand)
        case _:
            return isinstance(value, str) and value.startswith(operand)


@given(VALUES, CONDITIONS)
def test_filter_operator_agrees_with_a_naive_comparison(value: JSON, condition: Condition) -> None:
    expected = value is not None and _naive(value, condition[1], condition[2])
    assert filters([("x", *condition[1:])]).matches({"x": value}) == expected


@given(PAYLOADS, CONDITIONS)
def test_filter_of_a_missing_field_never_matches(payload: dict[str, JSON], condition: Condition) -> None:
    without = {name: value for name, value in payload.items() if name != condition[0]}
    assert not filters([condition]).matches(without)
    assert not filters([condition]).matches({**without, condition[0]: None})


@given(PAYLOADS, st.sampled_from(sorted(OPPOSITES)), st.data())
def test_opposite_operators_divide_the_payloads(
    payload: dict[str, JSON], operator: str, data: st.DataObject
) -> None:
    operand = data.draw(_operand(operator))
    is_match = filters([("a", operator, operand)]).matches(payload)
    other = filters([("a", OPPOSITES[operator], operand)]).matches(payload)
    assert (is_match != other) if payload.get("a") is not None else not (is_match or other)


@given(PAYLOADS, st.lists(st.lists(CONDITIONS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_filter_matches_when_all_conditions_of_a_group_match(
    payload: dict[str, JSON], groups: list[list[Condition]]
) -> None:
    alone = [[filters([condition]).matches(payload) for condition in group] for group in groups]
    assert filters(*groups).matches(payload) == any(all(group) for group in alone)


JSON_VALUES = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


def _whole(value: JSON) -> JSON:
    """1 and 1.0 are one number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(member) for member in value]
    return {name: _whole(member) for name, member in value.items()} if isinstance(value, dict) else value


@given(st.dictionaries(NAMES, JSON_VALUES, max_size=3), st.dictionaries(NAMES, JSON_VALUES, max_size=3))
def test_argument_filter_compares_field_by_field(
    arguments: dict[str, JSON], payload: dict[str, JSON]
) -> None:
    def text(value: JSON) -> str:
        # JSON text tells true from 1, as GraphQL does.
        return json.dumps(_whole(value), sort_keys=True)

    expected = all(
        name in payload and text(value) == text(payload[name]) for name, value in arguments.items()
    )
    assert argument_filter(arguments).matches(payload) == expected


def test_argument_filter_matches_null_only_with_null() -> None:
    assert argument_filter({}).matches({})
    assert argument_filter({"a": None}).matches({"a": None})
    assert not argument_filter({"a": None}).matches({"a": 0})
    # What the mutation did not select is not in the payload.
    assert not argument_filter({"a": None}).matches({})
    assert not argument_filter({"a": "x"}).matches({"b": "x"})
