"""JSONata fields: values, AWS's additions, and what it says when an expression fails."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.jsonata_expressions import Expression, UnsupportedExpression
from localcloud.states.language.jsonata_library import deep_recursion
from localcloud.states.language.jsonata_shortcuts import find_shortcut
from localcloud.states.language.scope import ABSENT, Json, Scope
from tests.states.language.support import scope_of

DATA = {
    "id": "o-1",
    "none": None,
    "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}],
    "single": [5],
    "nested": [[1]],
    "empty": [],
    "deep": {"er": {"x": 1.5}},
}
SCOPE = scope_of(
    DATA,
    context={"State": {"Name": "S"}},
    variables={"v": {"w": 3}, "nothing": None, "list": [1, 2]},
    result={"ok": True},
    error_output={"Error": "E"},
)


def evaluate(text: str, scope: Scope = SCOPE) -> Json:
    return compile_jsonata("{% " + text + " %}", field="Output")(scope)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$states.input", DATA),
        ("$states.input.id", "o-1"),
        ("$states.input.none", None),
        ("$states.input.single", [5]),
        ("$states.input.nested", [[1]]),
        ("$states.input.empty", []),
        ("$states.input.lines.sku", ["a", "b"]),
        ("$states.input.lines[n=1]", {"sku": "a", "n": 1}),
        ("$states.context.State.Name", "S"),
        ("$states.result.ok", True),
        ("$states.errorOutput.Error", "E"),
        ("$v.w", 3),
        ("$nothing", None),
        ("$list", [1, 2]),
        ("$x := 1", 1),
        ("'text'", "text"),
        ("12", 12),
        ("null", None),
        ("[1..4]", [1, 2, 3, 4]),
        ("{'a': null, 'b': $states.input.absent}", {"a": None}),
        ("[null, $states.input.absent, 1]", [None, 1]),
        ("$sum($states.input.lines.n) + 0.5", 3.5),
        ("$merge([$v, {'x': 1}])", {"w": 3, "x": 1}),
        ("$exists($states.input.none)", True),
        ("$type($states.input.none)", "null"),
        # localstack: test_base_evaluate_expressions.py::…::test_base_jsonata_regular_expressions
        (r"$contains('a$b', /^a\$/)", True),
        (r"$contains('a$b', /^a\ /)", False),
    ],
)
def test_expression_has_its_value(text: str, value: Json) -> None:
    result = evaluate(text)
    assert result == value
    assert type(result) is type(value)
    assert json.dumps(result)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # localstack: test_array_jsonata.py::TestArrayJSONata
        ("$partition([1,2,3], 2)", [[1, 2], [3]]),
        ("$partition([1,2,3], 2.9)", [[1, 2], [3]]),
        ("$partition([1], 2)", [[1]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$hash('x', 'SHA-256')", hashlib.sha256(b"x").hexdigest()),
        # localstack: test_json_manipulation_jsonata.py::TestJsonManipulationJSONata::test_parse
        ("$parse('[1, 2, \"x\"]')", [1, 2, "x"]),
        ("$parse('null')", None),
        ("$parse('-0')", 0),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
    ],
)
def test_function_of_aws_returns_its_value(text: str, value: Json) -> None:
    assert evaluate(text) == value


def test_uuid_is_a_uuid() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", evaluate("$uuid()"))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("$states.input.absent", "returned nothing (undefined)."),
        ("$absent", "returned nothing (undefined)."),
        ("$partition([1], 0)", "returned nothing (undefined)."),
        ("$range(1, 3)", "returned nothing (undefined)."),
        ("$hash('x')", "returned nothing (undefined)."),
        # localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state_items_eval_jsonata_fail
        ("$fn := function($x){$x}", "returned an unsupported result type."),
        ("$sum", "returned an unsupported result type."),
        ("[$sum]", "returned an unsupported result type."),
        # localstack: test_math_operations_jsonata.py::TestMathOperationsJSONata
        ("$shout(1)", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("$error('boom')", "threw an error during evaluation. D3137: boom"),
    ],
)
def test_expression_fails_in_the_words_of_aws(text: str, detail: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_jsonata({"a": [{"b": "{% " + text + " %}"}]}, field="Output")(SCOPE)
    assert raised.value.error == "States.QueryEvaluationError"
    assert raised.value.location == "Output/a[0]/b"
    assert raised.value.cause == (
        f"The JSONata expression '{text}' specified for the field 'Output/a[0]/b' {detail}"
    )


@pytest.mark.parametrize(
    ("text", "expects", "kind", "shown"),
    [
        # localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state_items_eval_jsonata_fail
        ("1", "array", "number", "1"),
        ("'string'", "array", "string", '"string"'),
        ("true", "array", "boolean", "true"),
        ("{'foo': 'bar'}", "array", "object", '{"foo":"bar"}'),
        ("null", "array", "null", "null"),
        ("1.5", "integer", "number", "1.5"),
        ("'1'", "number", "string", '"1"'),
        ("true", "integer", "boolean", "true"),
        ("[1]", "object", "array", "[1]"),
        ("1", "string", "number", "1"),
    ],
)
def test_expression_fails_when_its_type_is_another(text: str, expects: Any, kind: str, shown: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_jsonata("{% " + text + " %}", field="Items", expects=expects)(SCOPE)
    assert raised.value.cause == (
        f"The JSONata expression '{text}' specified for the field 'Items' returned an unexpected "
        f"result type. Expected '{expects}', but was '{kind}' for value: {shown}"
    )


def test_expression_of_the_required_type_is_accepted() -> None:
    assert compile_jsonata("{% 10 %}", field="Seconds", expects="integer")(SCOPE) == 10
    assert compile_jsonata("{% $list %}", field="Items", expects="array")(SCOPE) == [1, 2]


def test_template_evaluates_each_expression_and_shares_the_rest() -> None:
    template = {"a": "{% $v.w %}", "b": ["{% 1 + 1 %}", {"c": "literal"}], "same": {"x": [1]}}
    filled = compile_jsonata(template, field="Output")(SCOPE)
    assert filled == {"a": 3, "b": [2, {"c": "literal"}], "same": {"x": [1]}}
    assert filled["same"] is template["same"]


def test_template_without_an_expression_is_returned_unchanged() -> None:
    template = {"a": ["{%", "%}", "{% open"], "b": 1}
    assert compile_jsonata(template, field="Output")(SCOPE) is template


def test_values_are_shared_and_stay_as_they_are() -> None:
    before = json.dumps(DATA)
    assert evaluate("$states.input.deep") is DATA["deep"]
    evaluate("$states.input ~> |lines|{'n': 9}, 'sku'|")
    evaluate("$append($states.input.lines, [null])")
    evaluate("$sort($states.input.lines.n)")
    evaluate("[$states.input.lines, null]")
    assert json.dumps(DATA) == before


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$count($states.input.l)", 3),
        ("$map($states.input.l, function($v){$v})", [None, 1, [None]]),
        ("$filter($states.input.l, function($v){$v = null})", None),
        ("$map($nulls, $type)", ["null", "null"]),
        ("$states.input.l = [null, 1, [null]]", True),
        ("$states.input.o.x", [None, 1]),
        ("$states.input.l", [None, 1, [None]]),
    ],
)
def test_null_items_are_values(text: str, value: Json) -> None:
    data = {"l": [None, 1, [None]], "o": [{"x": None}, {"x": 1}, {}]}
    before = json.dumps(data)
    assert evaluate(text, scope_of(data, variables={"nulls": [None, None]})) == value
    assert json.dumps(data) == before


@pytest.mark.parametrize(
    ("text", "value"),
    [("7.5 % 2", 1.5), ("-7 % 4", -3), ("6 / 3", 2), ("10 / 4", 2.5)]
    + [("1 / 0", "Infinity"), ("[-1 / 0]", ["-Infinity"]), ("0 / 0", "NaN")],
)
def test_division_has_the_value_of_aws(text: str, value: Json) -> None:
    result = evaluate(text)
    assert repr(result) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$distinct([1, true, 1.0, 0, false, true])", [1, True, 0, False]),
        ("$distinct([[1], [true], {'a': 1}, {'a': true}, {'a': 1}])", [[1], [True], {"a": 1}, {"a": True}]),
        ("$distinct($states.input.lines.n)", [1, 2]),
        ("$distinct([null, 0, null])", [None, 0]),
        ("$distinct(3)", 3),
        ("1 in [true]", False),
        ("false in [0, '']", False),
        ("true in [1, true]", True),
        ("1 in 1.0", True),
        ("'b' in $states.input.lines.sku", True),
        ("$states.input.absent in [1]", False),
    ],
)
def test_a_boolean_is_not_a_number(text: str, value: Json) -> None:
    assert repr(evaluate(text)) == repr(value)


def test_distinct_takes_exactly_its_argument() -> None:
    assert evaluate("[[1, 1], [2]] ~> $map($distinct)") == [[1], [2]]
    with pytest.raises(EvaluationError, match="T0410"):
        evaluate("$distinct(1, 2)")


def test_variables_of_one_evaluation_are_unknown_to_the_next() -> None:
    set_and_read = compile_jsonata("{% ($local := $states.input; $local) %}", field="Output")
    read = compile_jsonata("{% $exists($local) %}", field="Output")
    assert set_and_read(scope_of(1)) == 1
    assert set_and_read(scope_of(2)) == 2
    assert read(scope_of(3)) is False


def test_range_may_be_long_and_recursion_may_not() -> None:
    assert evaluate("$range(1, 1000, 1) ~> $count()") == 1000
    with pytest.raises(EvaluationError, match="memory limit exceeded"):
        evaluate("$range(1, 400000, 1)")
    with pytest.raises(EvaluationError, match="D1011: Stack overflow"):
        evaluate("($f := function($n){1 + $f($n)}; $f(1))")


@pytest.mark.parametrize("text", ["", "1 +", "a[1,2)", "$eval('1')", "('", "$states.input.(", "/(/"])
def test_text_is_refused_when_it_is_no_expression_of_aws(text: str) -> None:
    with pytest.raises(DefinitionError):
        compile_jsonata({"a": "{% " + text + " %}"}, field="Output")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("phone", "Reference to 'phone' at the top level is not supported."),
        ("$sum(prices.n)", "Reference to 'prices' at the top level is not supported."),
        ("{'a': [1, b]}", "Reference to 'b' at the top level is not supported."),
        ("$map($list, function($i){ c })", "Reference to 'c' at the top level is not supported."),
        ("true ? d : 1", "Reference to 'd' at the top level is not supported."),
        ("-e", "Reference to 'e' at the top level is not supported."),
        ("1 + (f; 2)", "Reference to 'f' at the top level is not supported."),
        ("$x := g", "Reference to 'g' at the top level is not supported."),
        ("h ~> $sum()", "Reference to 'h' at the top level is not supported."),
        ("$$.a", "Reference to '$$' is not supported."),
        ("$list[$$]", "Reference to '$$' is not supported."),
        ("$", "Reference to '$' at the top level is not supported."),
    ],
)
def test_text_is_refused_when_it_reads_a_missing_context(text: str, sentence: str) -> None:
    with pytest.raises(UnsupportedExpression) as raised:
        evaluate(text)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    "text",
    ["$states.input.lines[n > 1]", "$states.input.lines^(>n)", "$states.input.lines{sku: n}", "$list.($ * 2)"]
    + ["$list[$ > 1]", "$v.(w + 1)", "$states.input ~> |lines|{'n': n}|", "$states.input.lines.{'k': sku}"],
)
def test_text_is_accepted_when_its_names_have_a_context(text: str) -> None:
    evaluate(text)


def test_expression_reports_the_names_that_it_reads() -> None:
    references = Expression("$f($states.input.a, $states.result[x = $y]) & $states.context.z").references
    assert references.states == {"input", "result", "context"}
    assert references.variables == {"f", "y", "states"}


def test_expression_may_be_evaluated_by_several_threads() -> None:
    evaluator = compile_jsonata("{% $sum($map($states.input, function($n){$n * 2})) %}", field="Output")
    sums: dict[int, set[Json]] = {}

    def work(size: int) -> None:
        scope = scope_of(list(range(size)))
        sums[size] = {evaluator(scope) for _ in range(30)}

    threads = [threading.Thread(target=work, args=(size,)) for size in (3, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == {3: {6}, 10: {90}}


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(
    st.sampled_from(
        ["$states.input", "$states.context", "$states.result", "$states.errorOutput", "$a", "$b"]
    ),
    st.lists(NAMES, max_size=3),
    VALUES,
)
def test_shortcut_of_a_path_agrees_with_the_library(root: str, names: list[str], value: Json) -> None:
    text = ".".join([root, *names])
    scope = scope_of(value, context={"a": value}, variables={"a": value}, result=value)
    shortcut = find_shortcut(text, lambda scope: "asked the library")
    assert shortcut is not None
    result = shortcut(scope)
    if result != "asked the library":
        expected = Expression(text).evaluate(scope)
        assert repr(result) == repr(expected)


@given(
    st.integers(0, 10**15).map(str)
    | st.sampled_from(["true", "false", "null"])
    | st.text(alphabet=" ab'é$.{}%", max_size=5).map(repr)
)
def test_shortcut_of_a_literal_agrees_with_the_library(text: str) -> None:
    shortcut = find_shortcut(text, lambda scope: ABSENT)
    if shortcut is not None:
        assert repr(shortcut(SCOPE)) == repr(Expression(text).evaluate(SCOPE))


def test_the_library_leaves_the_recursion_limit_of_the_process_alone() -> None:
    """When it is imported it sets the limit to 10,000 for everybody (jsonata-python 0.7.1)."""
    program = (
        "import sys; before = sys.getrecursionlimit(); import localcloud.states.validation; "
        "from localcloud.states.language.jsonata import compile_jsonata; "
        "from localcloud.states.language.scope import Scope; "
        "compile_jsonata('{% $sum([1, 2]) %}', field='Output')(Scope({}, {}, {})); "
        "assert 'jsonata' in sys.modules; sys.exit(before != sys.getrecursionlimit())"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_evaluations_on_threads_leave_the_recursion_limit_alone() -> None:
    before = sys.getrecursionlimit()
    first, second = deep_recursion(), deep_recursion()
    with first:
        second.__enter__()
    assert sys.getrecursionlimit() > before
    second.__exit__(None, None, None)
    assert sys.getrecursionlimit() == before
