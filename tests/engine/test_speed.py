"""What is there for speed answers as what it stands for."""

from __future__ import annotations

import copy
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.speed import copied

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def containers(value: object) -> list[int]:
    if isinstance(value, dict):
        return [id(value), *(container for item in value.values() for container in containers(item))]
    if isinstance(value, list):
        return [id(value), *(container for item in value for container in containers(item))]
    return []


@given(JSON)
def test_copy_is_equal_and_shares_nothing(value: object) -> None:
    duplicate = copied(value)
    assert duplicate == copy.deepcopy(value)
    assert not set(containers(duplicate)) & set(containers(value))


def test_other_types_are_deep_copied() -> None:
    value = {"set": {1, 2}, "default": defaultdict(list, {"a": [1]})}
    duplicate = copied(value)
    assert duplicate == value
    assert isinstance(duplicate, dict)
    assert isinstance(duplicate["default"], defaultdict)
    assert duplicate["default"]["a"] is not value["default"]["a"]
