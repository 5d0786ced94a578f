"""ResultPath: a result is put into a document that nobody changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.paths import compile_path, compile_reference
from localcloud.states.language.scope import Json
from tests.states.language.support import scope_of


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("$", {"a": 1}, "R"),
        ("$.r", {"a": 1}, {"a": 1, "r": "R"}),
        ("$.a", {"a": 1, "b": 2}, {"a": "R", "b": 2}),
        ("$.x.y.z", {"a": 1}, {"a": 1, "x": {"y": {"z": "R"}}}),
        ("$['x y']", {}, {"x y": "R"}),
        ("$.a[1]", {"a": [1, 2, 3]}, {"a": [1, "R", 3]}),
        ("$.a[0].b", {"a": [{}]}, {"a": [{"b": "R"}]}),
    ],
)
def test_write_puts_the_value_in_its_place(path: str, document: Json, expected: Json) -> None:
    assert compile_reference(path).write(document, "R") == expected


def test_write_shares_what_it_does_not_change() -> None:
    document: Json = {"kept": {"deep": [1]}, "changed": {"sibling": {"x": 1}}}
    before = json.dumps(document)
    written = compile_reference("$.changed.new").write(document, 1)
    assert json.dumps(document) == before
    assert written["kept"] is document["kept"]
    assert written["changed"]["sibling"] is document["changed"]["sibling"]


@pytest.mark.parametrize(
    ("path", "document"), [("$.a", "text"), ("$.a", [1]), ("$.a.b", {"a": 1}), ("$.a[3]", {"a": [1]})]
)
def test_write_fails_when_something_is_in_the_way(path: str, document: Json) -> None:
    with pytest.raises(EvaluationError) as raised:
        compile_reference(path).write(document, 1)
    assert raised.value.error == "States.ResultPathMatchFailure"
    text = json.dumps(document, separators=(",", ":"))
    assert raised.value.cause == f"Unable to apply ReferencePath {path} to input {text}"


def test_read_returns_the_value_or_names_the_failing_step() -> None:
    assert compile_reference("$.a.b[0]").read({"a": {"b": [7]}}) == 7
    with pytest.raises(EvaluationError) as raised:
        compile_reference("$.a.jobs").read({"a": {"b": 1}})
    assert raised.value.error == "States.ReferencePathConflict"
    assert raised.value.cause == 'Unable to apply step "jobs" to input {"b":1}'


@pytest.mark.parametrize("path", ["$$.a", "$name", "$.a[*]", "$..a", "$.a[?(@.b)]", "$.a[0,1]", "a"])
def test_path_is_refused_when_it_is_no_reference(path: str) -> None:
    with pytest.raises(DefinitionError):
        compile_reference(path)


@given(
    st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("abc"), st.integers())),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=2),
    st.integers(),
)
def test_written_value_is_read_back(document: Json, names: list[str], value: int) -> None:
    path = "$." + ".".join(names)
    before = json.dumps(document)
    written = compile_reference(path).write(document, value)
    assert compile_path(path)(scope_of(written)) == value
    assert json.dumps(document) == before
