"""JSONPath: which values a path gives, and what AWS says where there is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.paths import compile_path
from localcloud.states.language.scope import Json
from tests.states.language.support import scope_of

ORDER = {
    "id": "o-1",
    "note": None,
    "unit price": 3,
    "lines": [
        {"sku": "apple", "price": 3, "tags": ["red"], "gift": False},
        {"sku": "pear", "price": 5, "tags": []},
        {"sku": "plum", "price": "7"},
    ],
    "address": {"city": "Oslo", "zip": {"code": "0150"}},
}


def read(path: str, data: Json = ORDER) -> Json:
    return compile_path(path)(scope_of(data))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", ORDER),
        ("$.id", "o-1"),
        ("$.note", None),
        ("$.address.zip.code", "0150"),
        ("$['unit price']", 3),
        ('$["address"]["city"]', "Oslo"),
        ("$.lines[0].sku", "apple"),
        # localstack: test_base.py::TestSnfBase::test_json_path_array_access
        ("$.lines[2].sku", "plum"),
        ("$.lines[-1].sku", "plum"),
        ("$.address['city','country']", {"city": "Oslo"}),
        ("$.lines.length()", 3),
        ("$.id.length()", 3),
        ("$.lines.last()", {"sku": "plum", "price": "7"}),
        ("$.address.keys()", ["city", "zip"]),
    ],
)
def test_definite_path_returns_the_value(path: str, value: Json) -> None:
    assert read(path) == value


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.lines[*].sku", ["apple", "pear", "plum"]),
        ("$.lines[*].gift", [False]),
        ("$.lines[0,2].sku", ["apple", "plum"]),
        ("$.lines[0,-1,9].sku", ["apple", "plum"]),
        ("$.lines[1:].sku", ["pear", "plum"]),
        ("$.lines[:1].sku", ["apple"]),
        ("$.lines[-2:].sku", ["pear", "plum"]),
        ("$.lines[:-2].sku", ["apple"]),
        ("$.lines[0:2].sku", ["apple", "pear"]),
        ("$.lines[5:].sku", []),
        ("$.address.*", ["Oslo", {"code": "0150"}]),
        ("$..code", ["0150"]),
        ("$..price", [3, 5, "7"]),
        ("$.lines..tags[0]", ["red"]),
        ("$..[?(@.sku == 'pear')].price", [5]),
        # localstack: test_base.py::TestSnfBase::test_json_path_array_wildcard_or_slice_with_no_input
        ("$.absent[*]", []),
        ("$.absent[1:]", []),
        ("$.absent.items[1:5].value", []),
        ("$.id[*]", []),
    ],
)
def test_indefinite_path_returns_a_list(path: str, values: Json) -> None:
    assert read(path) == values


@pytest.mark.parametrize(
    ("test", "skus"),
    [
        ("@.price == 3", ["apple"]),
        ("@.price >= 3", ["apple", "pear"]),
        ("@.price == 7", ["plum"]),
        ("@.price > 3 && @.sku != 'plum'", ["pear"]),
        ("@.sku=='apple'||@.sku=='plum'", ["apple", "plum"]),
        ("!(@.sku == 'apple')", ["pear", "plum"]),
        ("@.gift", ["apple"]),
        ("!@.gift", ["pear", "plum"]),
        ("@.gift == false", ["apple"]),
        ("@.sku in ['pear', 'plum']", ["pear", "plum"]),
        ("@.sku nin ['pear', 'plum']", ["apple"]),
        ("@.sku =~ /P.*/i", ["pear", "plum"]),
        ("@.sku =~ /p/", []),
        ("@.tags[0] == 'red'", ["apple"]),
        ("@.tags empty true", ["pear"]),
        ("@.tags size 1", ["apple"]),
        ("@.tags contains 'red'", ["apple"]),
        ("@.price == $['unit price']", ["apple"]),
        ("@.absent != 'x'", ["apple", "pear", "plum"]),
        ("@.absent < 1", []),
        ('@["sku"] == "pear"', ["pear"]),
        ("(@.price == 3 || @.price == 5) && @.tags", ["apple", "pear"]),
    ],
)
def test_filter_keeps_the_items_that_pass(test: str, skus: list[str]) -> None:
    # localstack: test_base.py::TestSnfBase::test_state_pass_regex_json_path_base
    assert read(f"$.lines[?({test})].sku") == skus


def test_filter_tests_an_object_itself() -> None:
    assert read("$.address[?(@.city == 'Oslo')].zip.code") == ["0150"]


def test_dot_before_a_bracket_means_nothing() -> None:
    # localstack: test_base.py::TestSnfBase::test_state_pass_regex_json_path
    assert read("$.[?(@.year < 1999)].name", [{"year": 1990, "name": "a"}, {"year": 1999, "name": "b"}]) == [
        "a"
    ]


def test_backslash_stays_unless_it_escapes_the_quote() -> None:
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_escape_sequence_parsing
    assert read(r"$['a\"b']", {r"a\"b": 1}) == 1
    assert read(r"$['it\'s']", {"it's": 2}) == 2


def test_name_may_hold_signs() -> None:
    document = {"@type": 1, "$ref": 2, "sub-values": 3, "a:b/c": 4}
    for name, value in document.items():
        assert read(f"$.{name}", document) == value


def test_roots_are_data_context_and_variables() -> None:
    scope = scope_of({"a": 1}, context={"State": {"Name": "S"}}, variables={"cart": {"items": [7]}})
    assert compile_path("$.a")(scope) == 1
    assert compile_path("$$")(scope) == {"State": {"Name": "S"}}
    assert compile_path("$$.State.Name")(scope) == "S"
    assert compile_path("$cart")(scope) == {"items": [7]}
    assert compile_path("$cart.items[0]")(scope) == 7
    assert compile_path("$cart.items[*]")(scope) == [7]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        # localstack: test_base_scenarios.py::TestBaseScenarios::test_invalid_jsonpath
        ("$.nope", "No results for path: $['nope']"),
        # localstack: test_base_scenarios.py::TestBaseScenarios::test_catch_states_runtime
        ("$.no.such.thing", "Missing property in path $['no']"),
        ("$.address.no.such", "Missing property in path $['address']['no']"),
        ("$.lines[7]", "No results for path: $['lines'][7]"),
        ("$.lines[7].sku", "No results for path: $['lines'][7]['sku']"),
        ("$.id[0]", 'Filter: [0] can only be applied to arrays. Current context is: "o-1"'),
        ("$.address[1:]", None),
        ("$['address','id'].zip", "Multi properties can only be used as path leafs: $['address','id']"),
    ],
)
def test_path_fails_in_the_words_of_the_library(path: str, detail: str | None) -> None:
    with pytest.raises(EvaluationError) as raised:
        read(path)
    assert raised.value.error == "States.Runtime"
    assert raised.value.cause is not None
    assert raised.value.cause.startswith(f"Invalid path '{path}' : {detail or 'Filter: [1:] can only'}")


def test_path_names_its_field_when_a_template_holds_it() -> None:
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_invalid_jsonpath
    with pytest.raises(EvaluationError) as raised:
        compile_path("$.x", field="a.$")(scope_of({"b": "é", "c": [1, 2]}))
    assert raised.value.cause == (
        "The JSONPath '$.x' specified for the field 'a.$' could not be found in the input "
        '\'{"b":"é","c":[1,2]}\''
    )


def test_string_has_no_items() -> None:
    with pytest.raises(EvaluationError):
        read("$.id[0]")


@pytest.mark.parametrize(
    "text",
    ["", "a", "$.", "$..", "$.a.", "$.a b", "$[", "$[a]", "$['a", "$['a'", "$[?(@.a]", "$[?(@.a ==)]", "$[:]"]
    + [
        "$.a.length().b",
        "$.a.shout()",
        "$[?@.a]",
        "$.a[1",
        "$[1 2]",
        "$[?('a')]",
        "$$x",
        "$.a[?(@.b =~ /(/)]",
    ],
)
def test_text_is_refused_when_it_is_no_path(text: str) -> None:
    with pytest.raises(DefinitionError):
        compile_path(text)


NAMES = st.sampled_from(["a", "b", "c d", "é"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)


@given(DOCUMENTS, st.lists(NAMES | st.integers(-3, 3), max_size=4))
def test_definite_path_agrees_with_plain_lookups(document: Json, keys: list[str | int]) -> None:
    before = json.dumps(document)
    path = "$" + "".join(f"['{key}']" if isinstance(key, str) else f"[{key}]" for key in keys)
    value, exists = document, True
    for key in keys:
        kind = dict if isinstance(key, str) else list
        try:
            exists = exists and isinstance(value, kind)
            value = value[key]
        except (KeyError, IndexError, TypeError):
            exists = False
    if exists:
        assert read(path, document) is value
    else:
        with pytest.raises(EvaluationError):
            read(path, document)
    assert json.dumps(document) == before


@given(st.text(alphabet="$.[]()*?@'\"ab01:,-!=&|\\/ ", max_size=20))
def test_parser_refuses_or_reads_any_text(text: str) -> None:
    try:
        evaluate = compile_path("$" + text)
    except DefinitionError:
        return
    try:
        evaluate(scope_of({"a": [1, {"b": "x"}], "b": {}}, variables={"a": 1}))
    except EvaluationError as fault:
        assert fault.error == "States.Runtime"
