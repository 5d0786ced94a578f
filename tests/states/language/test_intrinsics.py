"""Intrinsic functions: their results, their syntax, and what AWS says when they fail."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.intrinsics import compile_intrinsic
from localcloud.states.language.scope import Json
from tests.states.language.support import scope_of

DATA = {
    "name": "Ada",
    "n": 5,
    "half": 2.5,
    "yes": True,
    "none": None,
    "items": [1, 2, 3, 2, 1],
    "mixed": [1, 1.0, True, "1", None, None, [1], [1], {"a": 1, "b": 2}, {"b": 2, "a": 1}],
    "object": {"a": [1], "b": "x"},
}


def call(text: str) -> Json:
    return compile_intrinsic(text)(scope_of(DATA, context={"State": {"Name": "S"}}, variables={"v": 9}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Array()", []),
        ("States.Array(1, -2.5, 'x', true, false, null, $.name, $$.State.Name, $v)",
         [1, -2.5, "x", True, False, None, "Ada", "S", 9]),
        ("States.ArrayPartition($.items, 2)", [[1, 2], [3, 2], [1]]),
        ("States.ArrayPartition($.items, 2.9)", [[1, 2], [3, 2], [1]]),
        ("States.ArrayContains($.items, 3)", True),
        ("States.ArrayContains($.mixed, false)", False),
        ("States.ArrayContains($.mixed, 'x')", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(5, 1, -2)", [5, 3, 1]),
        ("States.ArrayRange(5, 1, 1)", []),
        ("States.ArrayGetItem($.items, 2)", 3),
        ("States.ArrayLength($.items)", 5),
        ("States.ArrayUnique($.items)", [1, 2, 3]),
        ("States.ArrayUnique($.mixed)", [1, 1.0, True, "1", None, [1], {"a": 1, "b": 2}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Base64Decode('')", ""),
        ("States.Hash($.name, 'SHA-1')", hashlib.sha1(b"Ada", usedforsecurity=False).hexdigest()),
        ("States.Hash($.name, 'MD5')", hashlib.md5(b"Ada", usedforsecurity=False).hexdigest()),
        ("States.JsonMerge($.object, States.StringToJson('\\{\"b\":1\\}'), false)", {"a": [1], "b": 1}),
        ("States.JsonToString($.object)", '{"a":[1],"b":"x"}'),
        # localstack: test_json_manipulation.py::TestJsonManipulation::test_string_to_json
        ("States.StringToJson('')", None),
        ("States.StringToJson('  ')", None),
        ("States.StringToJson('[1, 2.5]')", [1, 2.5]),
        # localstack: test_math_operations.py::TestMathOperations::test_math_add
        ("States.MathAdd(1.49, 1.50)", 3),
        ("States.MathAdd(-1.49, -1.50)", -2),
        ("States.MathAdd(-0.5, 0)", 0),
        ("States.MathAdd($.half, 0)", 3),
        # localstack: test_string_operations.py::TestStringOperations::test_string_split
        ("States.StringSplit('1,2,,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit('a.b+c', '.+')", ["a", "b", "c"]),
        ("States.StringSplit(',,', ',')", []),
        ("States.StringSplit('Hello\nWorld', '\n')", ["Hello", "World"]),
        # localstack: test_generic.py::TestGeneric::test_format_2
        ("States.Format('{} {} {} {}', $.none, $.yes, $.half, $.n)", "null true 2.5 5"),
        ("States.Format('{}, {}', $.object, $.items)", "{a=[1], b=x}, [1, 2, 3, 2, 1]"),
        (r"States.Format('\{\} it\'s {}\\', 1)", "{} it's 1\\"),
        ("States.Format($.name)", "Ada"),
        ("States.ArrayGetItem($.items, States.MathAdd(States.ArrayLength($.items), -3))", 3),
        ("States.ArrayLength($.items[?(@ > 1)])", 3),
        ("States.ArrayGetItem($['items'], 0)", 1),
        (" States.MathAdd( 1 , 2 ) ", 3),
    ],
)  # fmt: skip
def test_intrinsic_function_returns_its_value(text: str, value: Json) -> None:
    result = call(text)
    assert result == value
    assert repr(result) == repr(value)


def test_uuid_is_new_each_time() -> None:
    first, second = call("States.UUID()"), call("States.UUID()")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != second


def test_random_number_is_within_its_bounds_and_follows_its_seed() -> None:
    assert all(10 <= call("States.MathRandom(10, 13)") < 13 for _ in range(30))
    assert call("States.MathRandom(1, 1000, 7)") == call("States.MathRandom(1, 1000, 7)")


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayPartition($.items, 0)",
        "States.ArrayPartition($.items, 0.9)",
        "States.ArrayPartition($.name, 1)",
        "States.ArrayRange(1, 5, 0)",
        "States.ArrayRange(1, 1001, 1)",
        "States.ArrayGetItem($.items, 5)",
        "States.ArrayGetItem($.items, -1)",
        "States.ArrayGetItem($.items, '0')",
        "States.ArrayLength($.object)",
        "States.Base64Decode('?')",
        "States.Hash('x', 'SHA-2')",
        "States.JsonMerge($.object, $.object, true)",
        "States.JsonMerge($.object, 1, false)",
        "States.JsonMerge($.object, $.object, null)",
        "States.StringToJson('nope')",
        "States.StringToJson($.n)",
        "States.MathAdd('1', 1)",
        "States.MathAdd(true, 1)",
        "States.MathRandom(2, 2)",
        "States.MathRandom(1, 9, null)",
        "States.StringSplit($.items, ',')",
        "States.Format($.n)",
    ],
)
def test_function_fails_when_its_arguments_are_invalid(text: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        call(text)
    name = text.partition("(")[0]
    assert raised.value.error == "States.Runtime"
    assert f"Invalid arguments in {name}" in str(raised.value.cause)


def test_format_counts_its_arguments() -> None:
    with pytest.raises(EvaluationError, match=r"number of arguments do not match the occurrences of \{\}\."):
        call("States.Format('{} {}', 1)")
    with pytest.raises(EvaluationError, match=r"matching '\}' not found for '\{'"):
        call("States.Format('{', 1)")


def test_function_names_the_path_when_an_argument_is_missing() -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_intrinsic("States.Format('{}', $.nope)")(scope_of({"other": 1}))
    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == (
        "The function 'States.Format('{}', $.nope)' had the following error: The JsonPath argument for "
        "the field '$.nope' could not be found in the input '{\"other\":1}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "States.Shout('a')",
        "States.UUID",
        "States.UUID(",
        "States.UUID(1)",
        "States.UUID() x",
        "States.UUID()[0]",
        "States.MathAdd(1)",
        "States.MathAdd(1, 2, 3)",
        "States.Format()",
        "States.Format('a)",
        "States.Format(a)",
        "States.Array(1,)",
        "States.Array(1 2)",
        "States.Array($.)",
        # localstack: test_base_scenarios.py::TestBaseScenarios::test_illegal_escapes
        r"""States.StringToJson('{"text":"An \"escaped\" quote"}')""",
        r"States.Format('a\n')",
    ],
)
def test_text_is_refused_when_it_is_no_call(text: str) -> None:
    with pytest.raises(DefinitionError):
        compile_intrinsic(text)


@given(st.text(max_size=12))
def test_string_argument_is_read_back_when_it_is_escaped(text: str) -> None:
    escaped = re.sub(r"([\\'{}])", r"\\\1", text)
    assert call(f"States.Array('{escaped}')") == [text]
    assert call(f"States.Format('{escaped}')") == text


@given(st.text(alphabet="States.Ary()',$01 \\{}x", max_size=20))
def test_parser_refuses_or_reads_any_text(text: str) -> None:
    try:
        evaluate = compile_intrinsic("States.Array(" + text)
    except DefinitionError:
        return
    try:
        evaluate(scope_of(DATA))
    except EvaluationError as fault:
        assert fault.error == "States.Runtime"
