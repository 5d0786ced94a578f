"""Objects that are read together with the text of a list's elements."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.calls.documents import JsonDocument
from localcloud.calls.elements import read_elements

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
    st.lists(VALUES, max_size=4),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_element_is_read_as_json_reads_it(
    others: JsonDocument, listed: list[object], indent: int | None, escaped: bool
) -> None:
    text = json.dumps({**others, "all": listed, "z": 1}, indent=indent, ensure_ascii=escaped)
    document, texts = read_elements(f" {text}\n", "all")
    assert document == json.loads(text)
    assert [json.loads(element) for element in texts] == listed


def test_missing_list_has_no_elements() -> None:
    assert read_elements("{}", "all") == ({}, [])
    assert read_elements('{"a": {"all": [1]}}', "all") == ({"a": {"all": [1]}}, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "{",
        '{"all": [',
        '{"all": [1',
        '{"all": [1 2]}',
        '{"all": 1}',
        '{"a": }',
        "{} x",
        "{a: 1}",
    ],
)
def test_malformed_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_elements(text, "all")
