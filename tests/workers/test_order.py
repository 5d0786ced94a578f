"""Which tests go to a worker together."""

from __future__ import annotations

from tests.workers.order import FIRST, units_of
from tests.workers.plugin import ROOT


def test_file_is_a_unit_wherever_its_tests_are() -> None:
    assert units_of(["a.py", "b.py", "a.py"], {}) == [[0, 2], [1]]


def test_files_that_share_a_fixture_are_a_unit_though_another_joins_them() -> None:
    shared = {"a.py": {"cloud"}, "b.py": {"cloud", "engine"}, "c.py": {"engine"}, "d.py": {"other"}}
    assert units_of(["c.py", "d.py", "a.py", "b.py"], shared) == [[0, 2, 3], [1]]


def test_unit_comes_where_the_first_of_its_files_does() -> None:
    files = ["tests/x.py", f"{FIRST[1]}/y.py", f"{FIRST[0]}/z.py"]
    assert units_of(files, {}) == [[2], [1], [0]]
    assert units_of(files, {files[0]: {"cloud"}, files[2]: {"cloud"}}) == [[0, 2], [1]]


def test_every_place_in_the_order_exists() -> None:
    assert [place for place in FIRST if not (ROOT / place).exists()] == []
