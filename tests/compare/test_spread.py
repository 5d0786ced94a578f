"""Whether a difference is one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compare.spread import Spread, spread, undecided

VALUES = st.lists(st.floats(0.1, 1e4), min_size=2, max_size=4)


def test_overlapping_spreads_are_undecided_and_separate_ones_decided() -> None:
    near, also, far = Spread("near", (10.0, 14.0)), Spread("also", (13.0, 20.0)), Spread("far", (90.0, 95.0))
    assert undecided([far, near, also]) == [("near", "also")]


def test_single_turn_decides_nothing() -> None:
    assert undecided([Spread("a", (1.0,)), Spread("b", (1000.0,))]) == [("a", "b")]


def test_turns_without_a_value_are_omitted() -> None:
    assert spread("a", [[3.0, 1.0, 2.0], [], [5.0]]) == Spread("a", (2.0, 5.0))
    assert spread("a", [[], []]) is None


@given(VALUES, st.floats(1.01, 100.0))
def test_channel_slower_in_every_turn_is_slower(values: list[float], factor: float) -> None:
    slower = tuple(max(values) * factor for _ in values)
    assert undecided([Spread("slow", slower), Spread("fast", tuple(values))]) == []
