"""How large a value is once it is JSON."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.limits import is_larger

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.text(st.characters(max_codepoint=31))
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@example([False] * 50, 0)
@example(["\x00" * 50] * 2, 0)
@example([[]] * 50, 0)
@example([-1e-300] * 50, 0)
@example([-(10**40)] * 50, 0)
@example(dict.fromkeys(map(str, range(50))), 0)
@given(VALUES, st.integers(-20, 20))
def test_value_is_larger_if_its_json_has_more_bytes(value: Json, more: int) -> None:
    size = len(to_text(value).encode())
    for limit in (size - 1, size, max(0, size + more), size * 2):
        assert is_larger(value, limit) is (size > limit)


@pytest.mark.parametrize("limit", [14, 15])
def test_value_of_a_class_of_its_own_is_measured_as_json(limit: int) -> None:
    class Object(dict[str, Json]):
        pass

    assert is_larger(Object(name="Zoë"), limit) is (limit < 15)
