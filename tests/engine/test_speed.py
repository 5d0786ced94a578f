"""What is there for speed answers as what it stands for."""

from __future__ import annotations

import copy
import subprocess
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.speed import copied
from tests.engine.world import ROOT

IMPORTED = """
import sys
from localcloud.engine.speed import leave_http2_out
leave_http2_out()
import ministack.app
print("h11" in sys.modules, "hpack" in sys.modules)
"""

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


def test_ministack_is_imported_without_the_tables_of_http2() -> None:
    python = ROOT / ".venv-engine/bin/python"
    done = subprocess.run([python, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
