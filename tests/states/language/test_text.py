"""Text: JSON without blanks, and values as States.Format prints them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.text import to_display, to_text


def test_text_has_no_blanks_and_keeps_letters() -> None:
    assert to_text({"a": [1, 2.5, None, True], "é": "x y"}) == '{"a":[1,2.5,null,true],"é":"x y"}'


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_text_is_read_back(value: object) -> None:
    assert json.loads(to_text(value)) == value


def test_display_prints_objects_as_java_does() -> None:
    # localstack: test_generic.py::TestGeneric::test_format_2
    assert to_display({"Arg1": 1, "Arg2": []}) == "{Arg1=1, Arg2=[]}"
    assert to_display([None, True, "x", 1.5]) == "[null, true, x, 1.5]"
